import type { Node } from '../../../models/graph/index.ts';
import type { PlanDim } from '../plan.ts';
import type { LowerContext } from './context.ts';
import { gather } from './gather.ts';
import type { Lowerer } from './lowerer.ts';
import { bools, ints, type MilValue } from './mil-value.ts';
import { openSize, Refused } from './refused.ts';

/** Parts of tensors. */
export const SLICE: Readonly<Record<string, Lowerer>> = { Slice: slice, Gather: gather };

/** One axis as MIL takes it; `null` ends mean the end of the axis. */
interface Span { readonly begin: number; readonly end: number | null; readonly step: number }

function slice(_: Node, c: LowerContext): void {
  const x = c.input(0);
  const starts = c.knownNumbers(1, 'starts') ?? [];
  const ends = c.knownNumbers(2, 'ends') ?? [];
  const axes = (c.knownNumbers(3, 'axes') ?? starts.map((_, i) => i)).map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  const steps = c.knownNumbers(4, 'steps') ?? starts.map(() => 1);
  const spans = x.shape.map((): Span => ({ begin: 0, end: null, step: 1 }));
  axes.forEach((axis, i) => {
    spans[axis] = spanOf(x.shape[axis] as PlanDim, starts[i] as number, ends[i] as number, steps[i] as number);
  });
  if (c.outputType().shape.includes(0)) throw new Refused('it takes nothing', 'Core ML has no empty tensors: take it out of the model.');
  emitSlice(c, x, spans);
}

function emitSlice(c: LowerContext, x: MilValue, spans: readonly Span[]): void {
  c.finish('slice_by_index', {
    x, begin: ints(spans.map(({ begin }) => begin)), end: ints(spans.map(({ end }) => end ?? 0)), stride: ints(spans.map(({ step }) => step)),
    begin_mask: bools(spans.map(() => false)), end_mask: bools(spans.map(({ end }) => end === null)), squeeze_mask: bools(spans.map(() => false)),
  });
}

/** Bounds clamped as ONNX does; of an open size only those that need no size to be known. */
function spanOf(size: PlanDim, start: number, end: number, step: number): Span {
  if (typeof size !== 'number') return openSpan(start, end, step);
  const wrap = (at: number): number => (at < 0 ? at + size : at);
  if (step > 0) {
    const [begin, stop] = [clamp(wrap(start), 0, size), clamp(wrap(end), 0, size)];
    return { begin, end: stop === size ? null : stop, step };
  }
  const [begin, stop] = [clamp(wrap(start), 0, size - 1), clamp(wrap(end), -1, size - 1)];
  return { begin, end: stop === -1 ? null : stop, step };
}

function openSpan(start: number, end: number, step: number): Span {
  if (step < 0) throw openSize('it runs backwards along an open size');
  return { begin: start, end: end > MOST ? null : end, step };
}

const MOST = 2 ** 31 - 2;

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
