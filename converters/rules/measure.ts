import { type Node, staticShape, type Value } from '../../models/graph/index.ts';

/** Rank of a value, or null where it is unknown. */
export function rankOf(value: Value | null | undefined): number | null {
  return value?.type.shape?.length ?? null;
}

/** Size of one axis (negative counts from the end) where it is a number. */
export function axisSize(value: Value | null | undefined, axis: number): number | null {
  const dim = value?.type.shape?.at(axis);
  return typeof dim === 'number' ? dim : null;
}

/** The output with the highest rank, with that rank. */
export function highestOutput(node: Node): { value: Value; rank: number } | null {
  let best: { value: Value; rank: number } | null = null;
  for (const value of node.outputs) {
    const rank = rankOf(value);
    if (value && rank !== null && (best === null || rank > best.rank)) best = { value, rank };
  }
  return best;
}

/** Kernel [height, width] of a convolution or pool, from the attribute or the weight; null where neither tells. */
export function kernelOf(node: Node): readonly number[] | null {
  const stated = node.attributes.ints('kernel_shape');
  if (stated) return stated;
  const weight = staticShape(node.input(1)?.type);
  return weight ? weight.slice(2) : null;
}

export function padsOf(node: Node): readonly number[] {
  return node.attributes.ints('pads') ?? [];
}

/** An axis attribute or first axes value counted from the front, given the rank. */
export function normalAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** True for Conv and relatives, Gemm and MatMul: what an NPU is bought for. */
export function isMatrixOp(node: Node): boolean {
  return node.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul');
}
