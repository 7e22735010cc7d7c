import { FLOAT_DTYPES } from '../../../models/contracts/index.ts';
import type { Node } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { LowerContext } from './context.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, bools, int, ints, type MilValue, real, text } from './mil-value.ts';
import { Refused } from './refused.ts';

/** Padding; MIL has constant along all axes, and reflect and replicate along the last two. Other axes are put together from slices. */
export const PAD: Readonly<Record<string, Lowerer>> = { Pad: pad };

const MODES: Readonly<Record<string, string>> = { constant: 'constant', reflect: 'reflect', edge: 'replicate' };

/** Begin and end of one axis. */
type Pads = readonly [begin: number, end: number];

function pad(node: Node, c: LowerContext): void {
  const mode = node.attributes.string('mode', 'constant');
  let x = c.input(0);
  const all = padsOf(node, c, x.shape.length);
  if (all.every(([begin, end]) => begin === 0 && end === 0)) {
    c.settle(x);
    return;
  }
  const dtype = node.input(0)?.type.dtype;
  const isNative = (axis: number): boolean => mode === 'constant' ? x.dtype === 'fp32' : mode !== 'wrap' && x.dtype === 'fp32' && axis >= x.shape.length - 2;
  if (x.dtype === 'bool') throw new Refused('it pads booleans', 'Cast to int32 before it.');
  const value = mode === 'constant' ? (c.knownNumbers(2, 'value')?.[0] ?? 0) : 0;
  x = cropped(c, x, all);
  const growing = all.map(([begin, end]): Pads => [Math.max(0, begin), Math.max(0, end)]);
  growing.forEach((pads, axis) => {
    if (!isNative(axis) && pads.some((size) => size > 0)) x = padAxis(c, x, axis, pads, mode, value, dtype !== null && dtype !== undefined && !FLOAT_DTYPES.has(dtype));
  });
  const native = growing.map((pads, axis): Pads => (isNative(axis) ? pads : [0, 0]));
  if (native.every(([begin, end]) => begin + end === 0)) {
    c.settle(x);
    return;
  }
  const last = mode === 'constant' ? native : native.slice(-2);
  c.finish('pad', { x, pad: ints(last.flat()), mode: text(MODES[mode] ?? mode), constant_val: real(value) });
}

function padsOf(node: Node, c: LowerContext, rank: number): Pads[] {
  const pads = c.knownNumbers(1, 'pads') ?? node.attributes.ints('pads') ?? [];
  const axes = (c.knownNumbers(3, 'axes') ?? Array.from({ length: rank }, (_, axis) => axis)).map((axis) => (axis < 0 ? axis + rank : axis));
  const result = Array.from({ length: rank }, (): Pads => [0, 0]);
  axes.forEach((axis, i) => {
    result[axis] = [pads[i] ?? 0, pads[i + axes.length] ?? 0];
  });
  return result;
}

/** Negative pads cut. */
function cropped(c: LowerContext, x: MilValue, pads: readonly Pads[]): MilValue {
  if (pads.every(([begin, end]) => begin >= 0 && end >= 0)) return x;
  const shape = c.staticShapeOf(x, 'a negative pad');
  return part(c, x, shape.map((size, axis): Pads => [Math.max(0, -(pads[axis] as Pads)[0]), size - Math.max(0, -(pads[axis] as Pads)[1])]), 'cut');
}

/** Pads one axis by putting parts of the tensor, or constants, at its ends. */
function padAxis(c: LowerContext, x: MilValue, axis: number, [begin, end]: Pads, mode: string, value: number, isWhole: boolean): MilValue {
  const shape = c.staticShapeOf(x, 'padding this axis');
  const size = shape[axis] as number;
  if ((mode === 'reflect' && Math.max(begin, end) >= size) || (mode === 'wrap' && Math.max(begin, end) > size)) throw new Refused(`it pads more than the axis of size ${size} has`, 'Pad in several steps.');
  const span = (from: number, to: number, hint: string): MilValue => part(c, x, shape.map((dim, i): Pads => (i === axis ? [from, to] : [0, dim])), hint);
  const filled = (count: number): MilValue => {
    const dims = shape.map((dim, i) => (i === axis ? count : dim));
    const elements = new Float64Array(dims.reduce((a, b) => a * b, 1)).fill(value);
    return c.constant(Tensor.of(isWhole && x.dtype === 'int32' ? 'int32' : 'float32', dims, elements), `${c.node.output()?.name ?? ''}_fill`);
  };
  const ends: Readonly<Record<string, (count: number, atBegin: boolean) => MilValue>> = {
    constant: (count) => filled(count),
    edge: (count, atBegin) => repeated(c, atBegin ? span(0, 1, 'first') : span(size - 1, size, 'last'), axis, count),
    reflect: (count, atBegin) => reversed(c, atBegin ? span(1, count + 1, 'near') : span(size - 1 - count, size - 1, 'far'), axis),
    wrap: (count, atBegin) => (atBegin ? span(size - count, size, 'far') : span(0, count, 'near')),
  };
  const make = ends[mode];
  if (!make) throw new Refused(`it pads in mode ${mode}`, 'Use constant, reflect, edge or wrap.');
  const values = [...(begin > 0 ? [make(begin, true)] : []), x, ...(end > 0 ? [make(end, false)] : [])];
  const type = { dtype: x.dtype, shape: shape.map((dim, i) => (i === axis ? dim + begin + end : dim)) };
  return c.emit('concat', { values, axis: int(axis), interleave: bool(false) }, type, `padded_${axis}`);
}

function part(c: LowerContext, x: MilValue, spans: readonly Pads[], hint: string): MilValue {
  const none = spans.map(() => false);
  const inputs = {
    x, begin: ints(spans.map(([begin]) => begin)), end: ints(spans.map(([, end]) => end)), stride: ints(spans.map(() => 1)), begin_mask: bools(none),
    end_mask: bools(none), squeeze_mask: bools(none),
  };
  return c.emit('slice_by_index', inputs, { dtype: x.dtype, shape: spans.map(([begin, end]) => end - begin) }, hint);
}

function repeated(c: LowerContext, x: MilValue, axis: number, count: number): MilValue {
  const shape = x.shape.map((dim, i) => (i === axis ? count : dim));
  return c.emit('tile', { x, reps: ints(x.shape.map((_, i) => (i === axis ? count : 1))) }, { dtype: x.dtype, shape }, 'repeated');
}

function reversed(c: LowerContext, x: MilValue, axis: number): MilValue {
  return x.shape[axis] === 1 ? x : c.emit('reverse', { x, axes: ints([axis]) }, x, 'reversed');
}
