import { dtypeName } from '../../../contracts/dtype.ts';
import { addDims, ceilDim, divDims, floorDim, maxDims, mulDims, subDims } from '../../dims/dim.ts';
import type { Dim } from '../../types.ts';
import { broadcastShapes } from '../broadcast.ts';
import { fromFront, type OpCall, type OpRule, type OpTable, tensor, unknownDims } from '../op-call.ts';

const constant: OpRule = (call) => {
  const value = call.node.constantOutput();
  if (value) return tensor(value.dtype, value.dims);
  const a = call.attributes;
  if (a.has('value_string')) return tensor('string', []);
  const strings = a.strings('value_strings');
  if (strings) return tensor('string', [strings.length]);
  const stated = a.tensor('value');
  return stated ? tensor(stated.dtype, stated.dims) : null;
};

const shape: OpRule = (call) => tensor('int64', [shapeRange(call)?.length ?? null]);

/** The dimensions a Shape node reports: all, or from `start` to `end` since opset 15. */
export function shapeRange(call: OpCall): readonly Dim[] | null {
  const input = call.shape(0);
  return input?.slice(call.attributes.int('start', 0), call.attributes.int('end', input.length)) ?? null;
}

/** A shape given as a tensor: its elements, or as many unknowns as it is long. */
function shapeFrom(call: OpCall, index: number): readonly Dim[] | null {
  const elements = call.elements(index);
  if (elements) return elements;
  const length = call.shape(index)?.[0];
  return typeof length === 'number' ? unknownDims(length) : null;
}

const constantOfShape: OpRule = (call) => tensor(call.attributes.tensor('value')?.dtype ?? 'float32', shapeFrom(call, 0));

const expand: OpRule = (call) => tensor(call.dtype(0), broadcastShapes([call.shape(0), shapeFrom(call, 1)]));

const tile: OpRule = (call) => {
  const input = call.shape(0);
  if (call.opset > 0 && call.opset < 6) return tensor(call.dtype(0), input && unknownDims(input.length));
  const repeats = call.elements(1);
  return tensor(call.dtype(0), input?.map((dim, axis) => (repeats ? mulDims(dim, repeats[axis] ?? null) : null)) ?? null);
};

/** max(0, ⌈(limit − start) / delta⌉). */
const range: OpRule = (call) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => call.elements(i)?.[0] ?? null) as [Dim, Dim, Dim];
  const count = ceilDim(divDims(subDims(limit, start), delta), call.integral);
  return tensor(call.dtype(0), [count === null ? null : maxDims(count, 0)]);
};

/** The new axis of size `depth` goes in at `axis` (default: last). */
const oneHot: OpRule = (call) => {
  const indices = call.shape(0);
  const depth = call.elements(1)?.[0] ?? null;
  if (!indices) return tensor(call.dtype(2), null);
  const axis = fromFront(call.attributes.int('axis', -1), indices.length + 1);
  return tensor(call.dtype(2), axis === null ? null : indices.toSpliced(axis, 0, depth));
};

const nonZero: OpRule = (call) => tensor('int64', [call.shape(0) ? Math.max(call.shape(0)?.length ?? 1, 1) : null, null]);

const eyeLike: OpRule = (call) => tensor(dtypeName(call.attributes.int('dtype', 0)) ?? call.dtype(0), call.shape(0));

const random: OpRule = (call) => tensor(dtypeName(call.attributes.int('dtype', 1)), call.attributes.ints('shape') ?? null);

const multinomial: OpRule = (call) => {
  return tensor(dtypeName(call.attributes.int('dtype', 6)), [call.shape(0)?.[0] ?? null, call.attributes.int('sample_size', 1)]);
};

const window: OpRule = (call) => tensor(dtypeName(call.attributes.int('output_datatype', 1)), [call.elements(0)?.[0] ?? null]);

/** Last axis: 1 real or 2 complex parts. `onesided` keeps length/2 + 1 bins; its inverse gives the real signal back from them. */
const dft: OpRule = (call) => {
  const input = call.shape(0);
  if (!input) return tensor(call.dtype(0), null);
  const stated = call.opset >= 20 ? (call.has(2) ? call.elements(2)?.[0] : -2) : call.attributes.int('axis', 1);
  const axis = typeof stated === 'number' ? fromFront(stated, input.length) : null;
  if (axis === null) return tensor(call.dtype(0), unknownDims(input.length));
  const onesided = call.attributes.int('onesided', 0) !== 0;
  const inverse = call.attributes.int('inverse', 0) !== 0;
  const given = input[axis] ?? null;
  const length = call.has(1) ? (call.elements(1)?.[0] ?? null) : onesided && inverse ? mulDims(subDims(given, 1), 2) : given;
  const bins = onesided && !inverse ? addDims(floorDim(divDims(length, 2), call.integral), 1) : length;
  return tensor(call.dtype(0), [...input.map((dim, i) => (i === axis ? bins : dim)).slice(0, -1), onesided && inverse ? 1 : 2]);
};

/** Frames of the signal [batch, length, parts] → [batch, frames, bins, 2]. */
const stft: OpRule = (call) => {
  const [batch = null, length = null] = call.shape(0) ?? [];
  const step = call.elements(1)?.[0] ?? null;
  const frame = (call.has(3) ? call.elements(3)?.[0] : call.shape(2)?.[0]) ?? null;
  const frames = addDims(floorDim(divDims(subDims(length, frame), step), call.integral), 1);
  const bins = call.attributes.int('onesided', 1) !== 0 ? addDims(floorDim(divDims(frame, 2), call.integral), 1) : frame;
  return tensor(call.dtype(0), [batch, frames, bins, 2]);
};

/** Operators that make tensors, or whose output is a shape. */
export const SHAPES: OpTable = {
  Constant: constant,
  Shape: shape,
  Size: () => tensor('int64', []),
  ConstantOfShape: constantOfShape,
  Expand: expand,
  Tile: tile,
  Range: range,
  OneHot: oneHot,
  NonZero: nonZero,
  EyeLike: eyeLike,
  RandomNormal: random,
  RandomUniform: random,
  Multinomial: multinomial,
  HannWindow: window,
  HammingWindow: window,
  BlackmanWindow: window,
  DFT: dft,
  STFT: stft,
};
