import { type Node, staticShape, type Value } from '../../../models/graph/index.ts';

/**
 * Products that are summed into one element of the output, or an upper bound: Cin/g · kernel for Conv and ConvTranspose, the inner dimension
 * for Gemm and MatMul, the reduced elements for reductions, one item of the batch for normalisations and Einsum; 1 elsewhere, null where unknown.
 */
export function accumulationDepth(node: Node): number | null {
  if (!node.isOnnx) return 1;
  if (node.is('Conv', 'ConvInteger')) return product(weightShape(node, 1)?.slice(1));
  if (node.is('QLinearConv')) return product(weightShape(node, 3)?.slice(1));
  if (node.is('ConvTranspose')) return product(weightShape(node, 1)?.toSpliced(1, 1));
  if (node.is('MatMul', 'MatMulInteger')) return product(node.input(0)?.type.shape?.slice(-1));
  if (node.is('Gemm')) return product([node.input(0)?.type.shape?.[node.attributes.int('transA', 0) ? 0 : 1]]);
  if (node.opType.startsWith('Reduce')) return reduced(node);
  return SUMMING.has(node.opType) ? product(node.input(0)?.type.shape?.slice(1)) : 1;
}

const SUMMING: ReadonlySet<string> = new Set(
  `
  AveragePool GlobalAveragePool LpPool GlobalLpPool BatchNormalization InstanceNormalization GroupNormalization
  LayerNormalization RMSNormalization Softmax LogSoftmax Einsum CumSum`
    .trim()
    .split(/\s+/),
);

function reduced(node: Node): number | null {
  const [before, after] = [elements(node.input(0)), elements(node.output())];
  return before === null || !after ? null : Math.max(1, Math.ceil(before / after));
}

function weightShape(node: Node, input: number): number[] | null {
  return staticShape(node.input(input)?.type);
}

function elements(value: Value | null): number | null {
  return product(value?.type.shape);
}

function product(dims: readonly unknown[] | null | undefined): number | null {
  if (!dims || dims.some((dim) => typeof dim !== 'number')) return null;
  return (dims as number[]).reduce((a, b) => a * b, 1);
}
