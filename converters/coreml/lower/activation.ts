import type { Node } from '../../../models/graph/index.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { type Input, int, number, real, text } from './mil-value.ts';
import { Refused } from './refused.ts';

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
  Softmax: native('softmax', ({ attributes }) => ({ axis: int(attributes.int('axis', -1)) })),
  LogSoftmax: logSoftmax,
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

/** x − log Σ exp x: the logarithm of a softmax loses what is small. */
function logSoftmax({ attributes }: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const given = attributes.int('axis', -1);
  const axis = given < 0 ? given + x.shape.length : given;
  const shape = x.shape.map((dim, i) => (i === axis ? 1 : dim));
  const sum = c.emit('reduce_log_sum_exp', { x, axes: { dtype: 'int32', value: [axis] }, keep_dims: { dtype: 'bool', value: true } }, { dtype: x.dtype, shape });
  c.finish('sub', { x, y: sum });
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
  const [least, most] = [1, 2].map((index) => (node.input(index) ? (c.knownNumbers(index, 'bounds')?.[0] ?? null) : null)) as [number | null, number | null];
  if (Number.isNaN(least) || Number.isNaN(most)) throw new Refused('a bound of it is NaN', 'Mend the model.');
  if (x.dtype === 'fp32' && least === 0 && (most === null || most === Infinity)) c.finish('relu', { x });
  else if (x.dtype === 'fp32' && least !== null && most !== null && least <= most && Number.isFinite(least) && Number.isFinite(most)) {
    c.finish('clip', { x, alpha: real(least), beta: real(most) });
  } else {
    const above = least === null || least === -Infinity ? x : c.emit('maximum', { x, y: number(x.dtype, least) }, x);
    if (most === null || most === Infinity) c.finish('identity', { x: above });
    else c.finish('minimum', { x: above, y: number(x.dtype, most) });
  }
}
