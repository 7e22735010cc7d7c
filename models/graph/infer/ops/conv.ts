import { addDims, ceilDim, divDims, floorDim, minDims, mulDims, subDims } from '../../dims/dim.ts';
import type { Dim } from '../../types.ts';
import { type OpCall, type OpRule, type OpTable, tensor } from '../op-call.ts';

/** Windows along the spatial axes: Conv, pooling and their kin share these attributes. */
interface Window {
  readonly kernel: readonly Dim[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begins, then ends. */
  readonly pads: readonly number[];
  readonly autoPad: string;
}

export function readWindow(call: OpCall, kernel: readonly Dim[]): Window {
  const a = call.attributes;
  const rank = kernel.length;
  return {
    kernel, autoPad: a.string('auto_pad', 'NOTSET'),
    strides: a.ints('strides') ?? Array<number>(rank).fill(1),
    dilations: a.ints('dilations') ?? Array<number>(rank).fill(1),
    pads: a.ints('pads') ?? Array<number>(2 * rank).fill(0),
  };
}

/**
 * Output size along one spatial axis: ⌊(in + pads − dilated kernel) / stride⌋ + 1, or ⌈in / stride⌉ for SAME. `ceil` rounds up, but no
 * window may start beyond the input and its leading padding.
 */
export function windowedSize(call: OpCall, input: Dim, window: Window, axis: number, ceil = false): Dim {
  const stride = window.strides[axis] ?? 1;
  const extent = dilatedKernel(window, axis);
  if (window.autoPad.startsWith('SAME')) return ceilDim(divDims(input, stride), call.integral);
  const valid = window.autoPad === 'VALID';
  const begin = valid ? 0 : (window.pads[axis] ?? 0);
  const end = valid ? 0 : (window.pads[axis + window.kernel.length] ?? 0);
  if (stride === 1 && !ceil) return addDims(input, subDims(begin + end + 1, extent));
  const steps = divDims(subDims(addDims(input, begin + end), extent), stride);
  if (!ceil) return addDims(floorDim(steps, call.integral), 1);
  const started = ceilDim(divDims(addDims(input, begin), stride), call.integral);
  return minDims(addDims(ceilDim(steps, call.integral), 1), started);
}

function dilatedKernel(window: Window, axis: number): Dim {
  return addDims(mulDims(subDims(window.kernel[axis] ?? null, 1), window.dilations[axis] ?? 1), 1);
}

/** Spatial sizes of the kernel: the attribute, or the weight's trailing dimensions. */
function kernelOf(call: OpCall, weight: number): readonly Dim[] | null {
  return call.attributes.ints('kernel_shape') ?? call.shape(weight)?.slice(2) ?? null;
}

/** [N, C, …] × [M, C/group, …] → [N, M, …]; `x` and `w` are input positions. */
function convShape(call: OpCall, x: number, w: number): Dim[] | null {
  const [input, weight] = [call.shape(x), call.shape(w)];
  const kernel = kernelOf(call, w);
  const rank = input?.length ?? (kernel && kernel.length + 2);
  if (!rank) return null;
  const spatial = Array.from({ length: rank - 2 }, (_, axis) => {
    return input && kernel ? windowedSize(call, input[axis + 2] as Dim, readWindow(call, kernel), axis) : null;
  });
  return [input?.[0] ?? null, weight?.[0] ?? null, ...spatial];
}

const conv: OpRule = (call) => tensor(call.dtype(0) ?? call.dtype(1), convShape(call, 0, 1));

/** [N, C, …] × [C, M/group, …] → [N, M, …], size = stride·(in − 1) + output_padding + dilated kernel − pads. */
const convTranspose: OpRule = (call) => {
  const input = call.shape(0);
  const kernel = kernelOf(call, 1);
  const dtype = call.dtype(0) ?? call.dtype(1);
  if (!input || !kernel) return tensor(dtype, null);
  const window = readWindow(call, kernel);
  const channels = mulDims(call.shape(1)?.[1] ?? null, call.attributes.int('group', 1));
  const stated = call.attributes.ints('output_shape')?.slice(-kernel.length);
  const extra = call.attributes.ints('output_padding') ?? [];
  const spatial = input.slice(2).map((size, axis) => stated?.[axis] ?? transposedSize(size, window, axis, extra[axis] ?? 0));
  return tensor(dtype, [input[0] ?? null, channels, ...spatial]);
};

function transposedSize(input: Dim, window: Window, axis: number, extra: number): Dim {
  const stride = window.strides[axis] ?? 1;
  if (window.autoPad.startsWith('SAME')) return mulDims(input, stride);
  const rank = window.kernel.length;
  const pads = window.autoPad === 'VALID' ? 0 : (window.pads[axis] ?? 0) + (window.pads[axis + rank] ?? 0);
  const full = addDims(mulDims(subDims(input, 1), stride), dilatedKernel(window, axis));
  return addDims(full, extra - pads);
}

/** Input [N, C, …], weight [M, C/group, …], offset: the offset field fixes the output's size. */
const deformConv: OpRule = (call) => {
  const [shape, offset] = [convShape(call, 0, 1), call.shape(2)];
  return tensor(call.dtype(0), shape?.map((dim, axis) => dim ?? (axis < 2 ? null : (offset?.[axis] ?? null))) ?? null);
};

/** Convolutions. */
export const CONV = {
  Conv: conv,
  ConvTranspose: convTranspose,
  DeformConv: deformConv,
  ConvInteger: (call) => tensor('int32', convShape(call, 0, 1)),
  QLinearConv: (call) => tensor(call.dtype(7), convShape(call, 0, 3)),
} satisfies OpTable;
