import type { Model, Node, Value } from '../../../models/graph/index.ts';
import { layerSeed, type LayerUnits, layerUnits } from './layer-seed.ts';
import { backTrack, type Origins } from './back-track.ts';
import type { Seed } from './trace.ts';
import type { Track } from './track.ts';

/** An attention in a graph: softmax(Q·K)·V in several heads, and the layers that make Q, K and V. */
export interface Attention {
  /** The softmax. */
  readonly node: Node;
  readonly heads: number;
  readonly seeds: readonly Seed[];
}

const BETWEEN = ['Add', 'Sub', 'Mul', 'Div', 'Where', 'Reshape', 'Cast', 'Clip', 'Unsqueeze', 'Squeeze', 'Identity'];

/** Attentions whose heads can be told apart, and those of which it cannot be said, with the reason. */
export function findAttentions({ graph }: Model): { readonly found: Attention[]; readonly unknown: { readonly node: Node; readonly reason: string }[] } {
  const found: Attention[] = [];
  const unknown: { node: Node; reason: string }[] = [];
  for (const node of graph.nodes()) {
    if (node.is('Attention') || (node.domain === 'com.microsoft' && node.opType.endsWith('Attention'))) unknown.push({ node, reason: `its heads are inside of one ${node.opType}` });
    if (!node.is('Softmax')) continue;
    const weighted = follow(node, (next) => next.is('MatMul'));
    if (!weighted || weighted.input(0) === null || weighted.input(1)?.constant) continue;
    const attention = readAttention(node, weighted);
    if (typeof attention === 'string') unknown.push({ node, reason: attention });
    else found.push(attention);
  }
  return { found, unknown };
}

/** Heads are counted where they end: the layer behind takes heads · width inputs. */
function readAttention(softmax: Node, weighted: Node): Attention | string {
  const scores = before(softmax);
  if (!scores) return 'no product of queries and keys is before it';
  const end = follow(weighted, (next) => layerUnits(next) !== null);
  const inputs = end?.input(1)?.type.shape?.at(end.is('MatMul') || (end.is('Gemm') && end.attributes.int('transB', 0) === 0) ? 0 : 1);
  const value = weighted.input(1) as Value;
  const width = value.type.shape?.at(-1);
  if (typeof inputs !== 'number' || typeof width !== 'number') return 'the layer that takes its heads is not known';
  const heads = inputs / width;
  if (!Number.isInteger(heads)) return `${inputs} inputs of ${end?.label} are no heads of ${width}`;
  const origins: Origins = new Map();
  for (const operand of [value, ...scores.inputs]) {
    const track = operand && headTrack(operand, heads);
    if (!operand || !track) return 'its heads are no axis of what it multiplies';
    const reason = backTrack(operand, track, origins);
    if (reason !== null) return reason;
  }
  const seeds: Seed[] = [];
  for (const [node, units] of origins) {
    if (units.includes(-1)) return `some outputs of ${node.label} go elsewhere`;
    seeds.push(layerSeed(layerUnits(node) as LayerUnits, units));
  }
  return { node: softmax, heads, seeds };
}

/** Queries, keys and values are [.., heads, length, width], or heads and batch are one axis, heads inside. */
function headTrack({ type: { shape } }: Value, heads: number): Track | null {
  const axis = (shape?.length ?? 0) - 3;
  const length = shape?.[axis];
  if (typeof length !== 'number' || length % heads !== 0 || (length !== heads && axis !== 0)) return null;
  return { axis, units: Array.from({ length }, (_, i) => i % heads) };
}

/** The product of two computed values that scores come from, through what is added to them and how they are scaled. */
function before(softmax: Node): Node | null {
  const seen = new Set<Node>();
  const open = producers(softmax);
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.is('MatMul') && node.inputs.every((value) => value && !value.constant)) return node;
    if (node.is(...BETWEEN)) open.push(...producers(node));
  }
  return null;
}

function producers(node: Node): Node[] {
  return node.inputs.flatMap((value) => value?.producer ?? []);
}

/** The nearest node of a kind behind, through what moves values, scales them or adds to them. */
function follow(from: Node, isWanted: (node: Node) => boolean): Node | null {
  const seen = new Set<Node>();
  const open = consumers(from);
  for (const node of open) {
    if (isWanted(node)) return node;
    if (seen.has(node) || !node.is(...BETWEEN, 'Transpose', 'Dropout')) continue;
    seen.add(node);
    open.push(...consumers(node));
  }
  return null;
}

function consumers(node: Node): Node[] {
  return node.output()?.consumers ?? [];
}
