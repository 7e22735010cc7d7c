import type { Node } from '../../../models/graph/index.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, int, ints, type MilValue, real, text } from './mil-value.ts';
import { Refused } from './refused.ts';

/** Normalisations without learned parameters. */
export const PLAIN_NORM: Readonly<Record<string, Lowerer>> = { LRN: localResponse, LpNormalization: lpNormalization, MeanVarianceNormalization: meanVariance };

function localResponse({ attributes }: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const size = attributes.int('size', 1);
  if (size % 2 === 0) throw new Refused(`it sums over ${size} channels, and Core ML does not say which of an even number`, 'Use an odd size.');
  if (x.shape.length < 3 || x.shape.length > 4) throw new Refused(`its input has rank ${x.shape.length}`, 'Core ML normalises across channels at ranks 3 and 4.');
  c.finish('local_response_norm', { x, size: int(size), alpha: real(attributes.float('alpha', 1e-4)), beta: real(attributes.float('beta', 0.75)), k: real(attributes.float('bias', 1)) });
}

function lpNormalization({ attributes }: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const given = attributes.int('axis', -1);
  const axis = given < 0 ? given + x.shape.length : given;
  const op = attributes.int('p', 2) === 1 ? 'reduce_l1_norm' : 'reduce_l2_norm';
  const shape = x.shape.map((dim, i) => (i === axis ? 1 : dim));
  const length = c.emit(op, { x, axes: ints([axis]), keep_dims: bool(true) }, { dtype: x.dtype, shape }, 'length');
  c.finish('real_div', { x, y: orOne(c, length) });
}

/** ONNX adds 1e-9 to the deviation, which matters only where that is zero. */
function meanVariance({ attributes }: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const rank = x.shape.length;
  const axes = (attributes.ints('axes') ?? [0, 2, 3]).map((axis) => (axis < 0 ? axis + rank : axis));
  const type = { dtype: x.dtype, shape: x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim)) };
  const mean = (value: MilValue, hint: string): MilValue => c.emit('reduce_mean', { x: value, axes: ints(axes), keep_dims: bool(true) }, type, hint);
  const centred = c.emit('sub', { x, y: mean(x, 'mean') }, x, 'centred');
  const variance = mean(c.emit('mul', { x: centred, y: centred }, x, 'squares'), 'variance');
  c.finish('real_div', { x: centred, y: orOne(c, c.emit('sqrt', { x: variance }, type, 'deviation')) });
}

/** Numbers that are not negative, zeros replaced by ones: what they divide is zero then, too. */
function orOne(c: LowerContext, x: MilValue): MilValue {
  const isZero = c.emit('equal', { x, y: real(0) }, { dtype: 'bool', shape: x.shape }, 'is_zero');
  return c.emit('add', { x, y: c.emit('cast', { x: isZero, dtype: text('fp32') }, x, 'ones') }, x, 'divisor');
}
