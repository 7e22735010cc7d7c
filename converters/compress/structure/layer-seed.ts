import type { Node } from '../../../models/graph/index.ts';
import { rootsOf } from './parameter.ts';
import type { Seed } from './trace.ts';
import type { Track } from './track.ts';

/** Channels or units that a linear layer makes. */
export interface LayerUnits {
  readonly node: Node;
  readonly count: number;
}

/** How many outputs a Conv, ConvTranspose, Gemm or MatMul by constant weights makes; null for other nodes, the reason for grouped ones. */
export function layerUnits(node: Node): LayerUnits | string | null {
  if (!node.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul')) return null;
  const [weight, output] = [node.input(1), node.output()];
  const [dims, rank] = [weight?.type.shape, output?.type.shape?.length];
  if (!weight || !dims || dims.length < 2 || rank === undefined) return null;
  const axis = weightAxis(node, dims.length);
  const count = dims[axis];
  if (typeof count !== 'number' || typeof rootsOf(weight, { axis, units: new Array<number>(count).fill(0) }) === 'string') return null;
  if (node.attributes.int('group', 1) > 1) return `${node.label} makes them in ${node.attributes.int('group', 1)} groups, which have to stay of one size`;
  return { node, count };
}

/** The layer as the one that makes units; `units` says which unit each of its outputs belongs to. */
export function layerSeed({ node }: LayerUnits, units: readonly number[]): Seed {
  const rank = node.output()?.type.shape?.length as number;
  const weights = node.input(1)?.type.shape?.length as number;
  const parameters = new Map<number, Track>([[1, { axis: weightAxis(node, weights), units }]]);
  const bias = node.is('MatMul') ? null : node.input(2);
  const dims = bias?.type.shape ?? [];
  if (bias && dims.length > 0 && dims.at(-1) !== 1) parameters.set(2, { axis: dims.length - 1, units });
  return { node, narrowing: { outputs: new Map([[0, { axis: node.is('Conv', 'ConvTranspose', 'Gemm') ? 1 : rank - 1, units }]]), parameters } };
}

/** Of outputs among a layer's weights. */
function weightAxis(node: Node, rank: number): number {
  if (node.is('Conv')) return 0;
  if (node.is('Gemm')) return node.attributes.int('transB', 0) === 0 ? 1 : 0;
  return node.is('ConvTranspose') ? 1 : rank - 1;
}
