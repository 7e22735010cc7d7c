import type { Node, Value } from '../../../../models/graph/index.ts';
import { readConv } from '../../weights/index.ts';

/** A value that only repeats or reorders channels of another: output channel k is source channel `map[k]`, positions unmoved. */
export interface ChannelMap {
  readonly source: Value;
  readonly map: readonly number[];
  /** The nodes that spell it, deepest first. */
  readonly nodes: readonly Node[];
}

/**
 * Reads Concat of copies, Gather and Tile on axis 1, Identity, repeat-interleave (Unsqueeze on axis 2, Tile or Expand there, Reshape
 * back), and a 1×1 convolution that picks one channel for each of its outputs. A value that is none of these maps onto itself. Null where the channel count is unknown.
 */
export function readChannelMap(value: Value): ChannelMap | null {
  const shape = value.type.shape;
  const channels = shape?.[1];
  if (shape?.length !== 4 || typeof channels !== 'number') return null;
  const itself = { source: value, map: Array.from({ length: channels }, (_, i) => i), nodes: [] };
  const node = value.producer;
  if (!node) return itself;
  return readIdentity(node) ?? readConcat(node) ?? readGather(node) ?? readTile(node) ?? readInterleave(node, channels) ?? readSelection(node) ?? itself;
}

function through(node: Node, input: Value | null, pick: (map: readonly number[]) => number[]): ChannelMap | null {
  const inner = input ? readChannelMap(input) : null;
  return inner ? { source: inner.source, map: pick(inner.map), nodes: [...inner.nodes, node] } : null;
}

function readIdentity(node: Node): ChannelMap | null {
  return node.is('Identity') ? through(node, node.input(0), (map) => [...map]) : null;
}

function readConcat(node: Node): ChannelMap | null {
  if (!node.is('Concat') || ![1, -3].includes(node.attributes.int('axis', 1))) return null;
  const parts = node.inputs.map((v) => (v ? readChannelMap(v) : null));
  const first = parts[0];
  if (!first || !parts.every((p): p is ChannelMap => p?.source === first.source)) return null;
  return { source: first.source, map: parts.flatMap((p) => [...p.map]), nodes: [...new Set(parts.flatMap((p) => [...p.nodes])), node] };
}

function readGather(node: Node): ChannelMap | null {
  const indices = node.input(1)?.constant;
  if (!node.is('Gather') || ![1, -3].includes(node.attributes.int('axis', 0)) || indices?.dims.length !== 1) return null;
  return through(node, node.input(0), (map) => Array.from(indices.numbers(), (i) => map.at(i) as number));
}

function readTile(node: Node): ChannelMap | null {
  const repeats = node.input(1)?.constant;
  if (!node.is('Tile') || repeats?.size !== 4) return null;
  const [n, c, h, w] = repeats.numbers();
  if (n !== 1 || h !== 1 || w !== 1 || c === undefined) return null;
  return through(node, node.input(0), (map) => Array.from({ length: c }, () => map).flat());
}

/** x [N, C, H, W] → Unsqueeze → [N, C, 1, H, W] → ×r on axis 2 → Reshape [N, C·r, H, W]: channel k is k div r. */
function readInterleave(reshape: Node, channels: number): ChannelMap | null {
  const repeat = reshape.is('Reshape') ? reshape.input(0)?.producer : null;
  const unsqueeze = repeat?.is('Tile', 'Expand') ? repeat.input(0)?.producer : null;
  const source = unsqueeze?.is('Unsqueeze', 'Reshape') ? unsqueeze.input(0) : null;
  const [from, to, wide, out] = [source, unsqueeze?.output(), repeat?.output(), reshape.output()].map((v) => v?.type.shape);
  if (!from || !to || !wide || !out || !repeat || !unsqueeze || from.length !== 4 || wide.length !== 5 || typeof wide[2] !== 'number') return null;
  const kept = to.length === 5 && to[2] === 1 && equal([to[0], to[1], to[3], to[4]], from);
  const spread = equal([wide[0], wide[1], wide[3], wide[4]], from);
  const back = out.length === 4 && equal([out[0], out[2], out[3]], [from[0], from[2], from[3]]) && channels === (from[1] as number) * wide[2];
  const sole = repeat.output()?.soleConsumer === reshape && unsqueeze.output()?.soleConsumer === repeat;
  if (!kept || !spread || !back || !sole) return null;
  const count = wide[2];
  const inner = through(unsqueeze, source, (map) => map.flatMap((c) => Array.from({ length: count }, () => c)));
  return inner ? { ...inner, nodes: [...inner.nodes, repeat, reshape] } : null;
}

/** A 1×1 Conv whose every row is a single one, without a bias or with one of zeros: the frozen anchor of ABPN. */
function readSelection(node: Node): ChannelMap | null {
  const conv = node.is('Conv') ? readConv(node) : 'no convolution';
  if (typeof conv === 'string' || conv.group !== 1 || conv.kernel.some((k) => k !== 1) || conv.strides.some((s) => s !== 1)) return null;
  if (!conv.pads || [...conv.pads.begin, ...conv.pads.end].some((p) => p !== 0) || conv.biases()?.some((b) => b !== 0)) return null;
  const weights = conv.weights();
  const rows = Array.from({ length: conv.outChannels }, (_, o) => [...weights.subarray(o * conv.inChannels, (o + 1) * conv.inChannels)]);
  if (!rows.every((row) => row.filter((w) => w !== 0).length === 1 && row.includes(1))) return null;
  return through(node, conv.input, (map) => rows.map((row) => map[row.indexOf(1)] as number));
}

function equal(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((d, i) => d !== null && d !== undefined && d === b[i]);
}

/** Nodes of a map that nothing outside of it (and of `consumer`) uses: they may go with the rewrite. */
export function removableNodes(map: ChannelMap, consumers: readonly Node[]): Node[] {
  const going = new Set<Node>(consumers);
  const removable: Node[] = [];
  for (const node of [...map.nodes].reverse()) {
    const free = node.outputs.every((v) => v === null || (!v.isGraphOutput && !v.isCaptured && v.consumers.every((c) => going.has(c))));
    if (!free) continue;
    going.add(node);
    removable.push(node);
  }
  return removable;
}

