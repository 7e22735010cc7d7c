import { FLOAT_DTYPES } from '../../../models/contracts/index.ts';
import type { Node } from '../../../models/graph/index.ts';
import type { MilDtype } from '../plan.ts';
import { broadcastShape } from './broadcast.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { ints, type MilValue, number, real, text } from './mil-value.ts';
import { openSize, Refused } from './refused.ts';

/** Comparison, selection, and conversion between types. */
export const LOGIC: Readonly<Record<string, Lowerer>> = {
  Equal: compare('equal'),
  Greater: compare('greater'),
  GreaterOrEqual: compare('greater_equal'),
  Less: compare('less'),
  LessOrEqual: compare('less_equal'),
  And: (_, c) => void c.finish('logical_and', { x: c.input(0), y: c.input(1) }),
  Or: (_, c) => void c.finish('logical_or', { x: c.input(0), y: c.input(1) }),
  Xor: (_, c) => void c.finish('logical_xor', { x: c.input(0), y: c.input(1) }),
  Not: (_, c) => void c.finish('logical_not', { x: c.input(0) }),
  IsNaN: (_, c) => void notANumber(c),
  IsInf: isInfinite,
  Where: where,
  Cast: cast,
  CastLike: cast,
};

function compare(op: string): Lowerer {
  return (_, c) => {
    const [x, y] = [c.input(0), c.input(1)].map((value, i) => (value.dtype === 'bool' ? c.emit('cast', { x: value, dtype: text('int32') }, { dtype: 'int32', shape: value.shape }, `operand_${i}`, [0, 1]) : value));
    c.finish(op, { x, y });
  };
}

/** Nothing but NaN differs from itself. */
function notANumber(c: LowerContext): void {
  const x = floatInput(c, 0);
  c.finish('not_equal', { x, y: x });
}

function isInfinite({ attributes }: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const [negative, positive] = [attributes.int('detect_negative', 1) !== 0, attributes.int('detect_positive', 1) !== 0];
  if (!negative && !positive) throw new Refused('it detects neither sign', 'Take it out of the model.');
  if (negative && positive) c.finish('equal', { x: c.emit('abs', { x }, x), y: real(Number.POSITIVE_INFINITY) });
  else c.finish('equal', { x, y: real(positive ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY) });
}

/** MIL takes the shape of the result from the two values alone. */
function where(_: Node, c: LowerContext): void {
  const [cond, a, b] = [c.input(0), c.input(1), c.input(2)];
  const { shape } = c.outputType();
  const values = broadcastShape(a.shape, b.shape);
  const fits = values.length === shape.length && values.every((dim, axis) => dim === shape[axis]);
  c.finish('select', { cond, a: fits ? a : spread(c, a, shape), b }, 0, a.range && b.range ? [Math.min(a.range[0], b.range[0]), Math.max(a.range[1], b.range[1])] : null);
}

function spread(c: LowerContext, x: MilValue, shape: readonly (number | string)[]): MilValue {
  const aligned = [...new Array<number>(shape.length - x.shape.length).fill(1), ...c.staticShapeOf(x, 'a broadcast value')];
  const ranked = aligned.length === x.shape.length ? x : c.emit('reshape', { x, shape: ints(aligned) }, { dtype: x.dtype, shape: aligned }, 'ranked');
  const reps = shape.map((dim, axis) => (dim === aligned[axis] ? 1 : dim));
  if (reps.some((rep) => typeof rep !== 'number')) throw openSize('its condition is of an open size and larger than its values');
  return c.emit('tile', { x: ranked, reps: ints(reps as number[]) }, { dtype: x.dtype, shape }, 'spread');
}

function cast(node: Node, c: LowerContext): void {
  const x = c.input(0);
  const output = node.output();
  const [from, to] = [node.input(0)?.type.dtype ?? 'float32', output ? c.dtypeOf(output) : 'float32'];
  const { dtype } = c.outputType();
  if (to === 'bool') {
    if (x.dtype === 'bool') c.settle(x);
    else c.finish('not_equal', { x, y: number(x.dtype, 0) });
    return;
  }
  if (to === 'uint8' || to === 'int8') {
    toByte(c, x, to);
    return;
  }
  const isWide = to === 'int64' || to === 'uint32' || to === 'uint64';
  if (isWide && FLOAT_DTYPES.has(from) && !c.allowsNarrowing) throw new Refused(`it casts ${from} to ${to}, and results beyond 32 bits would be lost`, 'Cast to int32 in the model, or allow it: --allow dtype.');
  if (to === 'float16' && from !== 'float16' && x.dtype === 'fp32') {
    c.finish('cast', { x: c.emit('cast', { x, dtype: text('fp16') }, { dtype: 'fp16', shape: x.shape }, 'rounded'), dtype: text('fp32') });
    return;
  }
  if (x.dtype === dtype) c.settle(x, x.range);
  else c.finish('cast', { x, dtype: text(dtype) }, 0, x.dtype === 'bool' ? [0, 1] : x.range);
}

/** Towards zero, as ONNX casts; carried as floats. */
function toByte(c: LowerContext, x: MilValue, to: 'uint8' | 'int8'): void {
  const range: readonly [number, number] = to === 'uint8' ? [0, 255] : [-128, 127];
  if (x.dtype !== 'fp32') {
    checkRange(x, range, to);
    c.finish('cast', { x, dtype: text('fp32') }, 0, x.range ?? range);
    return;
  }
  if (x.range && x.range[0] >= range[0] && x.range[1] <= range[1]) {
    c.settle(x, x.range);
    return;
  }
  if (to === 'uint8') {
    const floor = c.emit('floor', { x }, x);
    c.finish('clip', { x: floor, alpha: real(0), beta: real(255) }, 0, range);
    return;
  }
  const whole: MilDtype = 'int32';
  c.finish('cast', { x: c.emit('cast', { x, dtype: text(whole) }, { dtype: whole, shape: x.shape }, 'whole'), dtype: text('fp32') }, 0, range);
}

function checkRange(x: MilValue, [least, most]: readonly [number, number], to: string): void {
  if (x.dtype === 'bool' || (x.range && x.range[0] >= least && x.range[1] <= most)) return;
  throw new Refused(`it casts whole numbers to ${to}, which wraps around`, 'Clip to the range of bytes before it.');
}
