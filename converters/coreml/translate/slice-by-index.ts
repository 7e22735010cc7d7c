import type { Emitter } from './emitter.ts';
import { AFTER_ALL, BEFORE_ALL } from './indexing.ts';
import { asInt64 } from './movement.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';

/** x[begin:end:stride], as NumPy slices; masks leave out a bound, or take one element and its axis (tensor_transformation.py). */
export const SLICES: Family = { slice_by_index: sliceByIndex };

interface Bounds {
  readonly strides: readonly number[];
  readonly noBegin: readonly boolean[];
  readonly noEnd: readonly boolean[];
  readonly single: readonly boolean[];
}

function sliceByIndex(o: Operands, out: Emitter): string {
  const rank = o.rank('x');
  const mask = (parameter: string): boolean[] => o.numbers(parameter, Array.from({ length: rank }, () => 0)).map((value) => value !== 0);
  const single = mask('squeeze_mask');
  const given = o.numbers('stride', Array.from({ length: rank }, () => 1));
  const bounds: Bounds = { strides: given.map((stride, i) => (single[i] ? 1 : stride)), noBegin: mask('begin_mask'), noEnd: mask('end_mask'), single };
  const axes = out.vector(given.map((_, i) => i));
  const [starts, ends] = o.known('begin') && o.known('end') ? knownBounds(o, out, bounds) : computedBounds(o, out, bounds);
  const sliced = out.node('Slice', [o.value('x'), starts, ends, axes, out.vector(bounds.strides)]);
  const dropped = single.flatMap((drop, i) => (drop ? [i] : []));
  return dropped.length === 0 ? sliced : out.node('Squeeze', [sliced, out.vector(dropped)]);
}

function openBegin({ strides }: Bounds, i: number): number {
  return (strides[i] as number) > 0 ? 0 : AFTER_ALL;
}

function openEnd({ strides }: Bounds, i: number): number {
  return (strides[i] as number) > 0 ? AFTER_ALL : BEFORE_ALL;
}

function knownBounds(o: Operands, out: Emitter, bounds: Bounds): [starts: string, ends: string] {
  const starts = o.numbers('begin').map((begin, i) => (bounds.noBegin[i] ? openBegin(bounds, i) : begin));
  const ends = o.numbers('end').map((end, i) => {
    if (bounds.single[i]) return starts[i] === -1 ? AFTER_ALL : (starts[i] as number) + 1;
    return bounds.noEnd[i] ? openEnd(bounds, i) : end;
  });
  return [out.vector(starts), out.vector(ends)];
}

function computedBounds(o: Operands, out: Emitter, bounds: Bounds): [starts: string, ends: string] {
  const { noBegin, noEnd, single } = bounds;
  const where = (mask: readonly boolean[], fill: readonly number[], value: string): string =>
    mask.includes(true) ? out.node('Where', [out.constant('bool', [mask.length], mask.map(Number)), out.vector(fill), value]) : value;
  const starts = where(noBegin, noBegin.map((_, i) => openBegin(bounds, i)), asInt64(o, out, 'begin'));
  let ends = where(noEnd, noEnd.map((_, i) => openEnd(bounds, i)), asInt64(o, out, 'end'));
  if (single.includes(true)) {
    const last = out.node('Equal', [starts, out.vector([-1])]);
    const next = out.node('Where', [last, out.vector([AFTER_ALL]), out.node('Add', [starts, out.vector([1])])]);
    ends = out.node('Where', [out.constant('bool', [single.length], single.map(Number)), next, ends]);
  }
  return [starts, ends];
}
