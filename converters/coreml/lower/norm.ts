import type { Node } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { ints, type MilValue, real } from './mil-value.ts';
import { Refused } from './refused.ts';

/** Normalisations, each as the operation that units know. */
export const NORM: Readonly<Record<string, Lowerer>> = {
  BatchNormalization: batchNorm,
  InstanceNormalization: instanceNorm,
  LayerNormalization: layerNorm,
  GroupNormalization: groupNorm,
};

function batchNorm(node: Node, c: LowerContext): void {
  if (node.attributes.int('training_mode', 0) !== 0) throw new Refused('it is in training mode', 'Export for inference.');
  const x = floatInput(c, 0);
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((index) => parameter(node, c, index)) as [Tensor, Tensor, Tensor, Tensor];
  const epsilon = node.attributes.float('epsilon', 1e-5);
  if (x.shape.length >= 3) {
    const constants = { mean: c.constant(mean, 'mean'), variance: c.constant(variance, 'variance'), gamma: c.constant(gamma, 'gamma'), beta: c.constant(beta, 'beta') };
    c.finish('batch_norm', { x, ...constants, epsilon: real(epsilon) });
    return;
  }
  const [g, b, m, v] = [gamma, beta, mean, variance].map((tensor) => tensor.numbers()) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const scale = g.map((value, i) => value / Math.sqrt((v[i] as number) + epsilon));
  const shift = b.map((value, i) => value - (m[i] as number) * (scale[i] as number));
  const dims = x.shape.length === 2 ? [scale.length] : [];
  const product = c.emit('mul', { x, y: c.floats(scale, dims.length === 0 ? [scale.length] : dims, 'scale') }, x, 'scaled');
  c.finish('add', { x: product, y: c.floats(shift, [shift.length], 'shift') });
}

/** MIL has it up to rank 4; the spatial axes of more are one. */
function instanceNorm(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const inputs = { gamma: c.constant(parameter(node, c, 1), 'gamma'), beta: c.constant(parameter(node, c, 2), 'beta'), epsilon: real(node.attributes.float('epsilon', 1e-5)) };
  if (x.shape.length <= 4) {
    c.finish('instance_norm', { x, ...inputs });
    return;
  }
  const shape = c.staticShapeOf(x, 'an instance normalisation of rank 5');
  const flat = [shape[0] as number, shape[1] as number, shape.slice(2).reduce((a, b) => a * b, 1)];
  const folded = c.emit('reshape', { x, shape: ints(flat) }, { dtype: x.dtype, shape: flat }, 'flat');
  c.finish('reshape', { x: c.emit('instance_norm', { x: folded, ...inputs }, folded), shape: ints(shape) });
}

function layerNorm(node: Node, c: LowerContext): void {
  if (node.output(1) || node.output(2)) throw new Refused('its mean or deviation is used', 'Export without them.');
  const x = floatInput(c, 0);
  const rank = x.shape.length;
  const given = node.attributes.int('axis', -1);
  const axes = Array.from({ length: rank }, (_, axis) => axis).slice(given);
  const normalized = axes.map((axis) => x.shape[axis]);
  const fits = (tensor: Tensor | null): boolean => tensor !== null && tensor.dims.length === normalized.length && tensor.dims.every((dim, i) => dim === normalized[i]);
  const [scale, bias] = [c.known(node.input(1)), c.known(node.input(2))];
  const epsilon = real(node.attributes.float('epsilon', 1e-5));
  if (fits(scale) && (!node.input(2) || fits(bias))) {
    const beta = bias ? c.constant(bias, 'beta') : c.floats(new Float64Array(scale?.size ?? 0), scale?.dims ?? [], 'beta');
    c.finish('layer_norm', { x, axes: ints(axes), gamma: c.constant(scale as Tensor, 'gamma'), beta, epsilon });
    return;
  }
  const plain = c.emit('layer_norm', { x, axes: ints(axes), epsilon }, x, 'normalized');
  if (!node.input(2)) {
    c.finish('mul', { x: plain, y: floatInput(c, 1) });
    return;
  }
  c.finish('add', { x: c.emit('mul', { x: plain, y: floatInput(c, 1) }, x, 'scaled'), y: floatInput(c, 2) });
}

/** Instance normalisation of groups taken for channels, then scale and bias by channel (or by group before version 21). */
function groupNorm(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const shape = c.staticShapeOf(x, 'a group normalisation');
  const groups = node.attributes.int('num_groups', 1);
  const channels = shape[1] as number;
  const flat = [shape[0] as number, groups, shape.slice(1).reduce((a, b) => a * b, 1) / groups];
  const grouped = c.emit('reshape', { x, shape: ints(flat) }, { dtype: x.dtype, shape: flat }, 'grouped');
  const ones = { gamma: c.floats(new Float64Array(groups).fill(1), [groups], 'ones'), beta: c.floats(new Float64Array(groups), [groups], 'zeros') };
  const normalized = c.emit('instance_norm', { x: grouped, ...ones, epsilon: real(node.attributes.float('epsilon', 1e-5)) }, grouped);
  const back = c.emit('reshape', { x: normalized, shape: ints(shape) }, x, 'normalized');
  const scaled = c.emit('mul', { x: back, y: byChannel(node, c, 1, channels, shape.length) }, x, 'scaled');
  c.finish('add', { x: scaled, y: byChannel(node, c, 2, channels, shape.length) });
}

function byChannel(node: Node, c: LowerContext, index: number, channels: number, rank: number): MilValue {
  const values = parameter(node, c, index).numbers();
  const each = channels / values.length;
  const spread = Float64Array.from({ length: channels }, (_, i) => values[Math.floor(i / each)] as number);
  return c.floats(spread, [1, channels, ...new Array<number>(rank - 2).fill(1)], index === 1 ? 'scale' : 'bias');
}

function parameter(node: Node, c: LowerContext, index: number): Tensor {
  const tensor = c.known(node.input(index));
  if (!tensor) throw new Refused(`its parameter "${node.input(index)?.name ?? index}" is computed`, 'Core ML takes constant parameters here.');
  return tensor;
}
