import { type Node, staticShape } from '../../models/graph/index.ts';

/** Multiply-accumulates of a node; 0 for operators without, null where shapes leave it open. Bias additions do not count. */
export function macsOf(node: Node): number | null {
  if (!node.isOnnx || !MATRIX.has(node.opType)) return 0;
  const depth = accumulationDepth(node);
  const elements = size(node, node.opType === 'ConvTranspose' ? 'input' : 'output');
  return depth === null || elements === null ? null : elements * depth;
}

/** Sum of `macsOf`; undefined where one is unknown. */
export function totalMacs(nodes: Iterable<Node>): number | undefined {
  let total = 0;
  for (const node of nodes) {
    const macs = macsOf(node);
    if (macs === null) return undefined;
    total += macs;
  }
  return total;
}

/**
 * Products that are summed into one element of the output (for ConvTranspose: that one element of the input takes part in): Cin/g · k for
 * Conv, the inner dimension for Gemm and MatMul, the reduced elements for reductions and normalisations; 1 elsewhere, null where unknown.
 */
export function accumulationDepth(node: Node): number | null {
  if (!node.isOnnx) return 1;
  if (node.is('Conv', 'ConvInteger', 'QLinearConv', 'ConvTranspose')) return product(staticShape(node.input(node.opType === 'QLinearConv' ? 3 : 1)?.type)?.slice(1));
  if (node.is('MatMul', 'MatMulInteger')) return product(node.input(0)?.type.shape?.slice(-1));
  if (node.is('Gemm')) return product([node.input(0)?.type.shape?.[node.attributes.int('transA', 0) ? 0 : 1]]);
  if (REDUCING.test(node.opType)) return ratio(node);
  return 1;
}

const MATRIX = new Set(['Conv', 'ConvInteger', 'QLinearConv', 'ConvTranspose', 'MatMul', 'MatMulInteger', 'Gemm']);
const REDUCING = /^(Reduce|AveragePool|GlobalAveragePool|LayerNorm|InstanceNorm|GroupNorm|BatchNorm|Softmax|LogSoftmax|Einsum|LpPool|CumSum)/;

function size(node: Node, side: 'input' | 'output'): number | null {
  return product(staticShape((side === 'input' ? node.input(0) : node.output(0))?.type));
}

function ratio(node: Node): number | null {
  const before = size(node, 'input');
  const after = size(node, 'output');
  if (before === null || after === null || after === 0) return null;
  return before === after ? Math.max(1, Math.round(Math.sqrt(before))) : Math.max(1, Math.ceil(before / after));
}

function product(dims: readonly unknown[] | null | undefined): number | null {
  if (!dims || dims.some((d) => typeof d !== 'number')) return null;
  return (dims as number[]).reduce((a, b) => a * b, 1);
}
