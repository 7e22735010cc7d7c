import type { Node } from '../../../models/graph/index.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, type Input, int, ints, type MilValue, number, real, text } from './mil-value.ts';
import { Refused } from './refused.ts';
import { hardmax } from './threshold.ts';

/** Activations that MIL has, and those made of two or three that it has. */
export const ACTIVATION: Readonly<Record<string, Lowerer>> = {
  Relu: native('relu'),
  Sigmoid: native('sigmoid'),
  Tanh: native('tanh'),
  Softplus: native('softplus'),
  Softsign: native('softsign'),
  Erf: native('erf'),
  LeakyRelu: native('leaky_relu', ({ attributes }) => ({ alpha: real(attributes.float('alpha', 0.01)) })),
  Elu: native('elu', ({ attributes }) => ({ alpha: real(attributes.float('alpha', 1)) })),
  HardSigmoid: native('sigmoid_hard', ({ attributes }) => ({ alpha: real(attributes.float('alpha', 0.2)), beta: real(attributes.float('beta', 0.5)) })),
  Gelu: native('gelu', ({ attributes }) => ({ mode: text(attributes.string('approximate', 'none') === 'tanh' ? 'TANH_APPROXIMATION' : 'EXACT') })),
  Softmax: alongAxis((c, x, axis) => c.emit('softmax', { x, axis: int(axis) }, x)),
  LogSoftmax: alongAxis(logSoftmax),
  Hardmax: alongAxis(hardmax),
  Selu: selu,
  HardSwish: hardSwish,
  Swish: swish,
  Mish: mish,
  PRelu: prelu,
  Clip: clip,
};

function native(op: string, attributes: (node: Node) => Readonly<Record<string, Input>> = () => ({})): Lowerer {
  return (node, c) => void c.finish(op, { x: floatInput(c, 0), ...attributes(node) });
}

function selu({ attributes }: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const y = c.emit('elu', { x, alpha: real(attributes.float('alpha', 1.6732632423543772)) }, x);
  c.finish('mul', { x: y, y: real(attributes.float('gamma', 1.0507009873554805)) });
}

function hardSwish(_: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  c.finish('mul', { x, y: c.emit('sigmoid_hard', { x, alpha: real(1 / 6), beta: real(0.5) }, x) });
}

function swish({ attributes }: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const alpha = attributes.float('alpha', 1);
  if (alpha === 1) c.finish('silu', { x });
  else c.finish('mul', { x, y: c.emit('sigmoid', { x: c.emit('mul', { x, y: real(alpha) }, x) }, x) });
}

function mish(_: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  c.finish('mul', { x, y: c.emit('tanh', { x: c.emit('softplus', { x }, x) }, x) });
}

type AxisRule = (c: LowerContext, x: MilValue, axis: number) => MilValue;

/** Before version 13 the axes from the one named on are taken for one. */
function alongAxis(rule: AxisRule): Lowerer {
  return ({ attributes }, c) => {
    const x = floatInput(c, 0);
    const rank = x.shape.length;
    const given = attributes.int('axis', c.onnxVersion < 13 ? 1 : -1);
    const axis = given < 0 ? given + rank : given;
    if (c.onnxVersion >= 13 || axis === rank - 1) {
      c.settle(rule(c, x, axis));
      return;
    }
    const shape = c.staticShapeOf(x, 'a softmax of several axes');
    const flat = [shape.slice(0, axis), shape.slice(axis)].map((part) => part.reduce((a, b) => a * b, 1));
    const flattened = c.emit('reshape', { x, shape: ints(flat) }, { dtype: x.dtype, shape: flat }, 'flat');
    c.finish('reshape', { x: rule(c, flattened, 1), shape: ints(shape) });
  };
}

/** x − log Σ exp x: the logarithm of a softmax loses what is small. */
function logSoftmax(c: LowerContext, x: MilValue, axis: number): MilValue {
  const shape = x.shape.map((dim, i) => (i === axis ? 1 : dim));
  const sum = c.emit('reduce_log_sum_exp', { x, axes: ints([axis]), keep_dims: bool(true) }, { dtype: x.dtype, shape });
  return c.emit('sub', { x, y: sum }, x);
}

/** MIL's prelu has a slope for each channel of axis 1; other slopes are max(x, 0) + slope · min(x, 0). */
function prelu(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const slope = c.known(node.input(1));
  const channels = x.shape[1];
  if (slope?.size === 1) {
    c.finish('leaky_relu', { x, alpha: real(slope.numbers()[0] as number) });
    return;
  }
  const fromEnd = slope ? slope.dims.findIndex((dim) => dim !== 1) - slope.dims.length : 0;
  if (slope && slope.size === channels && x.shape.length >= 3 && x.shape.length + fromEnd === 1 && slope.dims.filter((dim) => dim !== 1).length === 1) {
    c.finish('prelu', { x, alpha: c.floats(slope.numbers(), [slope.size], 'alpha') });
    return;
  }
  const negative = c.emit('mul', { x: c.emit('minimum', { x, y: real(0) }, x), y: floatInput(c, 1) }, x, 'negative');
  c.finish('add', { x: c.emit('relu', { x }, x), y: negative });
}

/** ONNX takes the lower bound first, so that where they cross the upper one wins. */
function clip(node: Node, c: LowerContext): void {
  const x = c.input(0);
  const [least, most] = [boundAt(node, c, 1, -Infinity), boundAt(node, c, 2, Infinity)];
  const isPlain = x.dtype === 'fp32' && typeof least === 'number' && typeof most === 'number';
  if (isPlain && least === 0 && most === Infinity) c.finish('relu', { x });
  else if (isPlain && least <= most && Number.isFinite(least) && Number.isFinite(most)) c.finish('clip', { x, alpha: real(least), beta: real(most) });
  else {
    const above = least === -Infinity ? x : c.emit('maximum', { x, y: bound(x, least) }, x);
    if (most === Infinity) c.settle(above);
    else c.finish('minimum', { x: above, y: bound(x, most) });
  }
}

/** A bound that is known, or one that is computed. */
function boundAt(node: Node, c: LowerContext, index: number, none: number): number | MilValue {
  if (!node.input(index)) return none;
  const known = c.known(node.input(index))?.numbers()[0];
  if (Number.isNaN(known)) throw new Refused('a bound of it is NaN', 'Mend the model.');
  return known ?? c.input(index);
}

function bound(x: MilValue, value: number | MilValue): Input {
  return typeof value === 'number' ? number(x.dtype, value) : value;
}
