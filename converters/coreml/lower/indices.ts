import { Tensor } from '../../../models/onnx/index.ts';
import type { Immediate } from '../plan.ts';
import type { LowerContext } from './context.ts';
import { bool, type MilValue, number } from './mil-value.ts';
import { openSize, Refused } from './refused.ts';

/**
 * Indices as MIL takes them, none negative: from iOS 17 on it does not count them from the end. `sizes` is that of the axis they point into, or one
 * for each element of their last axis. Throws Refused for known ones that lie outside.
 */
export function wrappedIndices(c: LowerContext, input: number, sizes: readonly (number | string)[]): MilValue {
  if (sizes.some((size) => typeof size !== 'number')) throw openSize('it counts along an open size');
  const fixed = sizes as readonly number[];
  const known = c.known(c.node.input(input));
  if (known) return knownIndices(c, known, fixed);
  const computed = c.input(input);
  if (computed.dtype !== 'int32') throw new Refused('its indices are no whole numbers', 'Cast them to int32 before it.');
  if (computed.range && computed.range[0] >= 0) return computed;
  const size = fixed.length === 1 ? number('int32', fixed[0] as number) : c.constant(Tensor.of('int32', [fixed.length], fixed), 'sizes');
  const below = c.emit('less', { x: computed, y: number('int32', 0) }, { dtype: 'bool', shape: computed.shape }, 'below');
  const wrapped = c.emit('add', { x: computed, y: size }, computed, 'from_end');
  return c.emit('select', { cond: below, a: wrapped, b: computed }, computed, 'indices');
}

function knownIndices(c: LowerContext, tensor: Tensor, sizes: readonly number[]): MilValue {
  const sizeOf = (i: number): number => sizes[i % sizes.length] as number;
  const values = Array.from(tensor.numbers(), (index, i) => (index < 0 ? index + sizeOf(i) : index));
  const outside = values.findIndex((index, i) => index < 0 || index >= sizeOf(i));
  if (outside >= 0) throw new Refused(`its index ${tensor.numbers()[outside]} lies outside of an axis of ${sizeOf(outside)}`, 'Check the model with onnx.checker.');
  return c.constant(Tensor.of('int32', tensor.dims, values), `${c.node.output()?.name ?? c.node.label}_indices`);
}

/** From iOS 17 on these operations say whether they look for indices outside; what ONNX forbids need not be looked for. */
export function unchecked(c: LowerContext): { readonly validate_indices?: Immediate } {
  return c.release >= 17 ? { validate_indices: bool(false) } : {};
}
