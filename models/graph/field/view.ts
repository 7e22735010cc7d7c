/** Axis of a picture. */
export type Axis = 'y' | 'x';

/**
 * A factor of one dimension, as in mixed-radix numbers: `extent` places whose neighbours lie `pitch` input pixels apart along `axis`, or mean
 * something else (channels, batch) where `axis` is null. The one that grows with the picture is `open`.
 */
export interface Digit {
  readonly axis: Axis | null;
  readonly pitch: number;
  readonly extent: number;
  readonly open: boolean;
}

/** Input pixels that an element at position p depends on: none before p + low, none after p + high. */
export interface Reach {
  readonly low: number;
  readonly high: number;
}

/** How a value lies on the input picture: digits of each dimension, the most significant first, and how far its elements see. */
export interface View {
  readonly dims: readonly (readonly Digit[])[];
  readonly reach: Readonly<Record<Axis, Reach>>;
}

/** What keeps elements of a value from being a function of their surroundings alone: they see all of the picture, its size or their place in it decides, or nobody knows. */
export type FarReach = 'global' | 'placed' | 'unknown';

/** Why a value is not local. */
export class NotLocal extends Error {
  readonly kind: FarReach;

  constructor(kind: FarReach, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** A digit that is no place in the picture. */
export function plain(extent: number): Digit[] {
  return extent === 1 ? [] : [{ axis: null, pitch: 0, extent, open: false }];
}

export function sizeOf(dim: readonly Digit[]): number {
  return dim.reduce((size, { extent }) => size * extent, 1);
}

/** The view with the reach along one axis widened. */
export function reaching(view: View, axis: Axis, by: Reach): View {
  const { low, high } = view.reach[axis];
  return { ...view, reach: { ...view.reach, [axis]: { low: low + by.low, high: high + by.high } } };
}

/**
 * The view after something mixed all places of a dimension, which become `extent` plain ones: from the first place of a digit, which is what
 * stays of it, all are seen. Throws NotLocal where the dimension grows with the picture.
 */
export function mixed(view: View, index: number, extent: number): View {
  let result = view;
  for (const { axis, pitch, extent: places, open } of view.dims[index] ?? []) {
    if (axis === null) continue;
    if (open) throw new NotLocal('global', 'it joins all places of the picture');
    result = reaching(result, axis, { low: 0, high: (places - 1) * pitch });
  }
  return withDim(result, index, plain(extent));
}

export function withDim(view: View, index: number, dim: readonly Digit[]): View {
  return { ...view, dims: view.dims.map((old, i) => (i === index ? dim : old)) };
}

/**
 * The view with dimension `index` as one open digit, where it is one: lower digits of the same axis are joined with it, and plain ones below it
 * become finer places, as in a pixel shuffle. A dimension that does not grow with the picture stays as it is.
 */
export function settled(view: View, index: number): View {
  const digits = view.dims[index] ?? [];
  const [open, ...lower] = digits;
  if (!digits.some((digit) => digit.open)) return view;
  if (!open?.open || open.axis === null) throw new NotLocal('unknown', 'places of the picture lie below something else in one dimension');
  const { axis } = open;
  let { pitch, extent } = open;
  let result = view;
  for (const digit of lower) {
    const finer = pitch / digit.extent;
    if (digit.axis === null) result = reaching(result, axis, { low: finer - pitch, high: 0 });
    else if (digit.axis !== axis || Math.abs(digit.pitch - finer) > TINY) throw new NotLocal('unknown', 'rows and columns are joined into one dimension');
    pitch = finer;
    extent *= digit.extent;
  }
  return withDim(result, index, [{ axis, pitch, extent, open: true }]);
}

/** One view of elements that are computed from elements of both, as in a sum; a dimension of size 1 goes with any. Throws NotLocal where they lie on other grids. */
export function joined(a: View, b: View): View {
  const rank = Math.max(a.dims.length, b.dims.length);
  let [left, right] = [padded(a, rank), padded(b, rank)];
  for (let i = 0; i < rank; i++) {
    if (same(left.dims[i] as readonly Digit[], right.dims[i] as readonly Digit[])) continue;
    [left, right] = [settled(left, i), settled(right, i)];
    const [one, other] = [left.dims[i] as readonly Digit[], right.dims[i] as readonly Digit[]];
    if (sizeOf(one) === 1) left = fromEach(left, i, other);
    else if (sizeOf(other) === 1) right = fromEach(right, i, one);
    else if (!alike(one, other)) [left, right] = [mixed(left, i, sizeOf(one)), mixed(right, i, sizeOf(other))];
  }
  return { dims: left.dims, reach: { y: hull(left.reach.y, right.reach.y), x: hull(left.reach.x, right.reach.x) } };
}

/** The view repeated along a dimension: places of a window see what its first place sees. */
function fromEach(view: View, index: number, dim: readonly Digit[]): View {
  const within = dim.filter(({ axis, open }) => axis !== null && !open);
  const result = within.reduce((sum, { axis, pitch, extent }) => reaching(sum, axis as Axis, { low: -(extent - 1) * pitch, high: 0 }), view);
  return withDim(result, index, dim);
}

export const TINY = 1e-6;

function hull(a: Reach, b: Reach): Reach {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

function padded(view: View, rank: number): View {
  return { ...view, dims: [...Array.from({ length: rank - view.dims.length }, () => []), ...view.dims] };
}

/** Whether two settled dimensions count the same places. Throws NotLocal for two grids of the picture. */
function alike(one: readonly Digit[], other: readonly Digit[]): boolean {
  const [a, b] = [one.find(({ open }) => open), other.find(({ open }) => open)];
  if (!a && !b) return [...one, ...other].every(({ axis }) => axis === null);
  if (a?.axis === b?.axis && Math.abs((a?.pitch ?? 0) - (b?.pitch ?? 0)) < TINY) return true;
  throw new NotLocal('placed', 'it joins values whose grids do not match: one was resized to a size, and not by a factor');
}

function same(one: readonly Digit[], other: readonly Digit[]): boolean {
  return one.length === other.length && one.every((digit, i) => {
    const { axis, pitch, extent, open } = other[i] as Digit;
    return digit.axis === axis && digit.extent === extent && digit.open === open && Math.abs(digit.pitch - pitch) < TINY;
  });
}
