import type { LowerContext } from './context.ts';
import { bools, ints, type MilValue } from './mil-value.ts';

/** Cuts so many elements off the begin and the end of the last axes; the value itself where nothing goes. */
export function cropEnds(c: LowerContext, x: MilValue, cuts: readonly (readonly [number, number])[]): MilValue {
  if (cuts.every(([begin, end]) => begin === 0 && end === 0)) return x;
  const shape = c.staticShapeOf(x, 'a crop');
  const lead = shape.length - cuts.length;
  const begin = shape.map((_, axis) => cuts[axis - lead]?.[0] ?? 0);
  const end = shape.map((size, axis) => size - (cuts[axis - lead]?.[1] ?? 0));
  const result = shape.map((_, axis) => (end[axis] as number) - (begin[axis] as number));
  const all = shape.map(() => false);
  const inputs = { x, begin: ints(begin), end: ints(end), stride: ints(shape.map(() => 1)), begin_mask: bools(all), end_mask: bools(all), squeeze_mask: bools(all) };
  return c.emit('slice_by_index', inputs, { dtype: x.dtype, shape: result }, 'crop');
}
