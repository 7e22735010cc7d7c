import { addDims, ceilDim, divDims, maxDims, minDims, mulDims, subDims } from '../../dims/dim.ts';
import type { Dim } from '../../types.ts';
import { fromFront, type OpCall, type OpRule, type OpTable, tensor, unknownDims } from '../op-call.ts';

const concat: OpRule = (call) => {
  const shapes = call.node.inputs.map((value) => value?.type.shape ?? null);
  const dtype = call.node.inputs.find((value) => value?.type.dtype)?.type.dtype ?? null;
  const known = shapes.filter((shape) => shape !== null);
  const [first] = known;
  if (!first) return tensor(dtype, null);
  const axis = fromFront(call.attributes.int('axis', 1), first.length);
  const out = first.map((_, i) => {
    if (i === axis) return shapes.reduce<Dim>((sum, shape) => addDims(sum, shape?.[i] ?? null), 0);
    return agree(call, known.map((shape) => shape[i] ?? null));
  });
  return tensor(dtype, out);
};

/** Dimensions that a valid model has equal: a number where one is known, else the first expression. */
function agree(call: OpCall, dims: readonly Dim[]): Dim {
  const known = dims.filter((dim) => dim !== null);
  for (const dim of known) call.learn(known[0] ?? null, dim);
  return known.find((dim) => typeof dim === 'number') ?? known[0] ?? null;
}

const split: OpRule = (call) => {
  const input = call.shape(0);
  const dtype = call.dtype(0);
  const axis = input && fromFront(call.attributes.int('axis', 0), input.length);
  if (!input || axis === null) return Array.from({ length: call.outputs }, () => tensor(dtype, input));
  const sizes = splitSizes(call, input[axis] ?? null);
  return Array.from({ length: call.outputs }, (_, i) => tensor(dtype, input.map((dim, at) => (at === axis ? (sizes[i] ?? null) : dim))));
};

/** Stated sizes, or equal parts of ⌈size / parts⌉ with a smaller last one. */
function splitSizes(call: OpCall, size: Dim): Dim[] {
  const stated = call.attributes.ints('split') ?? call.elements(1);
  if (stated) return [...stated];
  if (call.has(1)) return unknownDims(call.outputs);
  const parts = call.attributes.int('num_outputs', call.outputs);
  const part = ceilDim(divDims(size, parts), call.integral);
  return Array.from({ length: parts }, (_, i) => (i < parts - 1 ? part : subDims(size, mulDims(part, parts - 1))));
}

const slice: OpRule = (call) => {
  const input = call.shape(0);
  const dtype = call.dtype(0);
  if (!input) return tensor(dtype, null);
  const ranges = sliceRanges(call, input);
  return tensor(dtype, ranges ? input.map((dim, axis) => (ranges[axis] ? ranges[axis].size : dim)) : unknownDims(input.length));
};

interface SliceRange {
  readonly start: Dim;
  readonly step: number;
  readonly size: Dim;
}

/** What a Slice takes along each axis (undefined: all of it); null where axes or steps are not known. */
export function sliceRanges(call: OpCall, input: readonly Dim[]): (SliceRange | undefined)[] | null {
  const a = call.attributes;
  const starts = a.ints('starts') ?? call.elements(1);
  const ends = a.ints('ends') ?? call.elements(2);
  const count = starts?.length ?? ends?.length ?? call.shape(1)?.[0];
  if (typeof count !== 'number') return null;
  const axes = call.axes(3);
  const steps = call.has(4) ? call.numbers(4) : Array<number>(count).fill(1);
  if (axes === 'unknown' || !steps) return null;
  const out: (SliceRange | undefined)[] = Array.from({ length: input.length });
  for (let i = 0; i < count; i++) {
    const axis = fromFront(axes === 'absent' ? i : (axes[i] ?? 0), input.length);
    if (axis !== null) out[axis] = rangeOf(call, input[axis] ?? null, starts?.[i] ?? null, ends?.[i] ?? null, steps[i] ?? 1);
  }
  return out;
}

/** size = max(0, ⌈(end − start) / step⌉) of the clamped start and end. */
function rangeOf(call: OpCall, size: Dim, start: Dim, end: Dim, step: number): SliceRange {
  const last = step > 0 ? size : subDims(size, 1);
  const from = clamp(index(size, start), 0, last);
  const to = clamp(index(size, end), step > 0 ? 0 : -1, last);
  const count = ceilDim(divDims(subDims(to, from), step), call.integral);
  return { start: from, step, size: count === null ? null : maxDims(count, 0) };
}

/** Negative indices count from the end; expressions are taken to count from the front. */
function index(size: Dim, at: Dim): Dim {
  if (typeof at !== 'number' || at >= 0) return at;
  return at <= -FAR ? -FAR : addDims(size, at);
}

function clamp(at: Dim, low: number, high: Dim): Dim {
  if (typeof at === 'number' && at >= FAR) return high;
  return at === null || high === null ? null : minDims(maxDims(at, low), high);
}

/** Exporters write INT32_MAX or INT64_MAX for "to the end". */
const FAR = 2 ** 31 - 1;

/** Slicing and joining along axes. */
export const SLICING: OpTable = { Concat: concat, Split: split, Slice: slice };
