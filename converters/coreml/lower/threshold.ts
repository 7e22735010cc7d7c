import type { Node } from '../../../models/graph/index.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, int, type MilValue, real, text } from './mil-value.ts';
import { openSize, Refused } from './refused.ts';

/** Activations that choose by a threshold or by the largest element. */
export const THRESHOLD: Readonly<Record<string, Lowerer>> = { Celu: celu, ThresholdedRelu: thresholdedRelu, Shrink: shrink };

/** α·elu(x / α), which is max(0, x) + min(0, α·(exp(x / α) − 1)) for positive α. */
function celu({ attributes }: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const alpha = attributes.float('alpha', 1);
  if (alpha <= 0) throw new Refused(`its alpha is ${alpha}`, 'Use a positive alpha.');
  if (alpha === 1) {
    c.finish('elu', { x, alpha: real(1) });
    return;
  }
  const unit = c.emit('elu', { x: c.emit('mul', { x, y: real(1 / alpha) }, x, 'shares'), alpha: real(1) }, x, 'unit');
  c.finish('mul', { x: unit, y: real(alpha) });
}

/** MIL's own keeps elements that equal the threshold; ONNX makes them zero. */
function thresholdedRelu({ attributes }: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  c.finish('select', { cond: compared(c, 'greater', x, attributes.float('alpha', 1)), a: x, b: real(0) });
}

function shrink({ attributes }: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const [lambda, bias] = [attributes.float('lambd', 0.5), attributes.float('bias', 0)];
  const shifted = (by: number, hint: string): MilValue => (by === 0 ? x : c.emit('add', { x, y: real(by) }, x, hint));
  const above = c.emit('select', { cond: compared(c, 'greater', x, lambda), a: shifted(-bias, 'lowered'), b: real(0) }, x, 'kept_above');
  c.finish('select', { cond: compared(c, 'less', x, -lambda), a: shifted(bias, 'raised'), b: above });
}

function compared(c: LowerContext, op: 'greater' | 'less', x: MilValue, to: number): MilValue {
  return c.emit(op, { x, y: real(to) }, { dtype: 'bool', shape: x.shape }, op === 'greater' ? 'above' : 'below');
}

/** One where the largest element of an axis is, the first of equal ones, and zero elsewhere. */
export function hardmax(c: LowerContext, x: MilValue, axis: number): MilValue {
  const size = x.shape[axis];
  if (typeof size !== 'number') throw openSize('it chooses along an open size');
  const shape = x.shape.filter((_, i) => i !== axis);
  const more = c.release >= 17 ? { output_dtype: text('int32') } : {};
  const largest = c.emit('reduce_argmax', { x, axis: int(axis), keep_dims: bool(false), ...more }, { dtype: 'int32', shape }, 'largest', [0, size - 1]);
  return c.emit('one_hot', { indices: largest, one_hot_vector_size: int(size), axis: int(axis), on_value: real(1), off_value: real(0) }, x, 'chosen');
}
