import type { Tensor } from '../../../models/onnx/index.ts';
import type { PlanDim } from '../plan.ts';
import type { LowerContext } from './context.ts';
import { int, ints, type MilValue, text } from './mil-value.ts';

/** x · matrixᵀ + bias, of the shape given: the operation `linear`, or a convolution of 1×1 over tokens as width, which Apple's networks for the Neural Engine prefer. */
export function linear(c: LowerContext, x: MilValue, matrix: Tensor, hint: string, bias: MilValue, shape: readonly PlanDim[]): MilValue {
  if (c.linearAs === 'linear') return c.emit('linear', { x, weight: c.constant(matrix, hint), bias }, { dtype: 'fp32', shape });
  const sizes = c.staticShapeOf(x, 'a product as a convolution');
  const [rows, inner] = [sizes.at(-2) ?? 1, sizes.at(-1) as number];
  const outer = matrix.dims[0] as number;
  const lead = sizes.slice(0, -2).reduce((a, b) => a * b, 1);
  const tokens = c.emit('reshape', { x, shape: ints([lead, 1, rows, inner]) }, { dtype: 'fp32', shape: [lead, 1, rows, inner] }, 'tokens');
  const planes = c.emit('transpose', { x: tokens, perm: ints([0, 3, 1, 2]) }, { dtype: 'fp32', shape: [lead, inner, 1, rows] }, 'planes');
  const inputs = { x: planes, weight: c.constant(matrix, hint, [outer, inner, 1, 1]), bias, strides: ints([1, 1]), pad_type: text('custom'), pad: ints([0, 0, 0, 0]), dilations: ints([1, 1]), groups: int(1) };
  const made = c.emit('conv', inputs, { dtype: 'fp32', shape: [lead, outer, 1, rows] }, 'product');
  const back = c.emit('transpose', { x: made, perm: ints([0, 2, 3, 1]) }, { dtype: 'fp32', shape: [lead, 1, rows, outer] }, 'back');
  return c.emit('reshape', { x: back, shape: ints(shape as number[]) }, { dtype: 'fp32', shape }, 'rows');
}
