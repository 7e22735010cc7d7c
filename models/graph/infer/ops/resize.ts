import { addDims, floorDim, mulDims } from '../../dims/dim.ts';
import type { Dim } from '../../types.ts';
import { fromFront, type OpCall, type OpRule, type OpTable, tensor, unknownDims } from '../op-call.ts';

/** ⌊in · scale⌋ along the axes, or the sizes given; opset 10 has scales only, opset 18 adds axes and the aspect-ratio policies. */
const resize: OpRule = (call) => {
  const input = call.shape(0);
  if (!input) return tensor(call.dtype(0), null);
  const old = call.opset > 0 && call.opset < 11;
  const axes = (call.attributes.ints('axes') ?? input.map((_, axis) => axis)).map((axis) => fromFront(axis, input.length) ?? 0);
  const sizes = !old && call.has(3) ? call.elements(3) : null;
  if (sizes) return tensor(call.dtype(0), place(input, axes, fitAspect(call, input, axes, sizes)));
  const scales = call.elements(old ? 1 : 2);
  if (!scales || (!old && call.has(3))) return tensor(call.dtype(0), place(input, axes, unknownDims(axes.length)));
  return tensor(call.dtype(0), place(input, axes, axes.map((axis, i) => scaled(call, input[axis] ?? null, scales[i] ?? null))));
};

function place(input: readonly Dim[], axes: readonly number[], sizes: readonly Dim[]): Dim[] {
  return input.map((dim, axis) => (axes.includes(axis) ? (sizes[axes.indexOf(axis)] ?? null) : dim));
}

/** Scales are float32: the product is rounded down as ONNX Runtime does it, in float32 when both sides are numbers. */
function scaled(call: OpCall, dim: Dim, scale: Dim): Dim {
  if (typeof dim === 'number' && typeof scale === 'number') return Math.floor(Math.fround(dim * scale));
  return floorDim(mulDims(dim, scale), call.integral);
}

/** `not_larger` takes the smallest of the scales for all axes, `not_smaller` the largest; sizes are rounded to nearest, halves up. */
function fitAspect(call: OpCall, input: readonly Dim[], axes: readonly number[], sizes: readonly Dim[]): readonly Dim[] {
  const policy = call.attributes.string('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch') return sizes;
  const scales = axes.map((axis, i) => {
    const [from, to] = [input[axis], sizes[i]];
    return typeof from === 'number' && typeof to === 'number' ? to / from : NaN;
  });
  const scale = policy === 'not_larger' ? Math.min(...scales) : Math.max(...scales);
  return axes.map((axis) => (Number.isNaN(scale) ? null : Math.floor(scale * (input[axis] as number) + 0.5)));
}

const upsample: OpRule = (call) => {
  const input = call.shape(0);
  const scales = call.attributes.floats('scales') ?? call.elements(1);
  if (!input || !scales) return tensor(call.dtype(0), input && unknownDims(input.length));
  return tensor(call.dtype(0), input.map((dim, axis) => scaled(call, dim, scales[axis] ?? null)));
};

/** Pads are begins, then ends, of all axes or (opset 18) of `axes`; negative ones crop. */
const pad: OpRule = (call) => {
  const input = call.shape(0);
  const pads = call.attributes.ints('pads') ?? call.attributes.ints('paddings') ?? call.elements(1);
  const axes = call.has(3) ? call.numbers(3) : input?.map((_, axis) => axis);
  if (!input || !axes) return tensor(call.dtype(0), input && unknownDims(input.length));
  if (!pads) return tensor(call.dtype(0), place(input, axes.map((axis) => fromFront(axis, input.length) ?? 0), unknownDims(axes.length)));
  const front = axes.map((axis) => fromFront(axis, input.length) ?? 0);
  const sizes = front.map((axis, i) => addDims(addDims(input[axis] ?? null, pads[i] ?? null), pads[i + axes.length] ?? null));
  return tensor(call.dtype(0), place(input, front, sizes));
};

/** Reads what lies centred in the target size: crop where larger, pad where smaller. */
const centerCropPad: OpRule = (call) => {
  const [input, target] = [call.shape(0), call.elements(1)];
  if (!input || !target) return tensor(call.dtype(0), input && unknownDims(input.length));
  const axes = (call.attributes.ints('axes') ?? input.map((_, axis) => axis)).map((axis) => fromFront(axis, input.length) ?? 0);
  return tensor(call.dtype(0), place(input, axes, target));
};

/** Operators that change spatial sizes. */
export const RESIZE: OpTable = { Resize: resize, Upsample: upsample, Pad: pad, CenterCropPad: centerCropPad };
