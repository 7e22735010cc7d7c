import type { Node } from '../../../models/graph/index.ts';
import type { PlanDim } from '../plan.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { int, ints, type MilValue, real, text } from './mil-value.ts';
import { explicitPads, interleaved } from './padding.ts';
import { openSize, Refused } from './refused.ts';
import { cropEnds } from './crop.ts';

/** Convolutions of one to three spatial axes. Pads are always written out: what MIL calls `same` is another thing than ONNX's. */
export const CONV: Readonly<Record<string, Lowerer>> = { Conv: conv, ConvTranspose: convTranspose };

function conv(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const weight = c.input(1);
  const kernel = c.staticShapeOf(weight, 'a convolution’s weight').slice(2);
  const { strides, dilations, groups } = parameters(node, kernel.length);
  if (!weight.isConstant && dilations.some((d) => d > 1)) throw new Refused('its weight is computed and it is dilated', 'Core ML dilates constant weights only.');
  const pads = explicitPads(node, x.shape.slice(2), kernel, strides, dilations);
  const inputs = {
    x, weight, strides: ints(strides), pad_type: text('custom'), pad: ints(interleaved(pads)), dilations: ints(dilations), groups: int(groups),
  };
  const bias = c.optional(2);
  if (!bias || bias.isConstant) {
    c.finish('conv', { ...inputs, bias: bias ?? undefined });
    return;
  }
  const type = c.outputType();
  const y = c.emit('conv', inputs, type, 'unbiased');
  c.finish('add', { x: y, y: perChannel(c, bias, type.shape.length) });
}

/**
 * MIL computes the whole result and takes `pad` away at both ends. Ends that differ are cut off by a slice, since units disagree about
 * asymmetric pads; an end that ONNX puts behind the last product (output_padding) holds the bias alone.
 */
function convTranspose(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const weight = c.input(1);
  if (!weight.isConstant) throw new Refused('its weight is computed', 'Core ML takes constant weights here.');
  const shape = c.staticShapeOf(weight, 'a transposed convolution’s weight');
  const kernel = shape.slice(2);
  const { strides, dilations, groups } = parameters(node, kernel.length);
  const output = c.outputType();
  const whole = x.shape.slice(2).map((size, i) => wholeSize(size, strides[i] as number, kernel[i] as number, dilations[i] as number));
  const cuts = transposedCuts(node, whole, output.shape.slice(2));
  const symmetric = cuts.map(([begin, end]) => Math.max(0, Math.min(begin, end)));
  const inputs = {
    x, weight, strides: ints(strides), pad_type: text('custom'), pad: ints(symmetric.flatMap((p) => [p, p])), dilations: ints(dilations), groups: int(groups),
  };
  const bias = c.optional(2);
  const beyond = cuts.some(([, end]) => end < 0);
  if (cuts.every(([begin, end]) => begin === end) && (!bias || bias.isConstant)) {
    c.finish('conv_transpose', { ...inputs, bias: bias ?? undefined });
    return;
  }
  const type = { dtype: x.dtype, shape: [...output.shape.slice(0, 2), ...whole.map((size, i) => size - 2 * (symmetric[i] as number))] };
  const late = bias && (beyond || !bias.isConstant) ? bias : null;
  let y = c.emit('conv_transpose', { ...inputs, bias: late ? undefined : (bias ?? undefined) }, type, 'whole');
  const rest = cuts.map(([begin, end], i): [number, number] => [begin - (symmetric[i] as number), end - (symmetric[i] as number)]);
  y = cropEnds(c, y, rest.map(([begin, end]): [number, number] => [begin, Math.max(0, end)]));
  if (beyond) {
    const pad = rest.flatMap(([, end]) => [0, Math.max(0, -end)]);
    y = c.emit('pad', { x: y, pad: ints([0, 0, 0, 0, ...pad]), mode: text('constant'), constant_val: real(0) }, output, 'extended');
  }
  if (late) c.finish('add', { x: y, y: perChannel(c, late, output.shape.length) });
  else c.settle(y);
}

interface Parameters { readonly strides: number[]; readonly dilations: number[]; readonly groups: number }

function parameters({ attributes }: Node, axes: number): Parameters {
  const ones = new Array<number>(axes).fill(1);
  return { strides: attributes.ints('strides') ?? ones, dilations: attributes.ints('dilations') ?? ones, groups: attributes.int('group', 1) };
}

function wholeSize(size: PlanDim, stride: number, kernel: number, dilation: number): number {
  if (typeof size !== 'number') throw openSize('a transposed convolution of an open size');
  return (size - 1) * stride + (kernel - 1) * dilation + 1;
}

/** How much of the whole result goes at each end; negative at an end that reaches beyond it. */
function transposedCuts({ attributes }: Node, whole: readonly number[], output: readonly PlanDim[]): [number, number][] {
  const auto = attributes.string('auto_pad', 'NOTSET');
  const pads = attributes.ints('pads') ?? [];
  const isFree = attributes.has('output_shape') || auto.startsWith('SAME');
  return whole.map((size, i) => {
    const total = size - Number(output[i]);
    if (!isFree) return [pads[i] ?? 0, total - (pads[i] ?? 0)];
    const half = Math.trunc(total / 2);
    const begin = auto === 'SAME_UPPER' ? half : total - half;
    return total < 0 ? [0, total] : [begin, total - begin];
  });
}

function perChannel(c: LowerContext, bias: MilValue, rank: number): MilValue {
  const [channels] = c.staticShapeOf(bias, 'a bias');
  const shape = [1, channels as number, ...new Array<number>(rank - 2).fill(1)];
  return c.emit('reshape', { x: bias, shape: ints(shape) }, { dtype: bias.dtype, shape }, 'bias');
}
