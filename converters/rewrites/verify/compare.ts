import { type DType, type Exactness, FLOAT_DTYPES, type NdArray } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';

/** How two arrays that should be equal differ. */
export interface Difference {
  readonly maxAbs: number;
  /** maxAbs over (max − min) of the reference. */
  readonly maxRelToRange: number;
  /** maxAbs over max(|reference|, `magnitude`): what a rounding error is relative to. */
  readonly relative: number;
  /** `relative` without the outermost `reach` rows and columns. */
  readonly interior: number;
  /** NaN equals NaN here; 0 and −0 differ. */
  readonly bitEqual: boolean;
  /** Elements that are finite on one side only. */
  readonly nonFinite: number;
  /** Share of elements that differ. */
  readonly offShare: number;
  /** Why they cannot be compared at all: type or shape. */
  readonly mismatch: string | null;
}

export interface CompareOptions {
  /** Largest magnitude known from other inputs, so that an output of all zeros does not turn rounding into an infinite error. */
  readonly magnitude?: number;
  /** Width of the border that `interior` leaves out. */
  readonly reach?: number;
}

export function compareArrays(reference: NdArray, candidate: NdArray, { magnitude = 0, reach = 0 }: CompareOptions = {}): Difference {
  const mismatch = incomparable(reference, candidate);
  if (mismatch) return { ...EQUAL, ...INCOMPARABLE, mismatch };
  const [a, b] = [Tensor.fromNdArray(reference), Tensor.fromNdArray(candidate)];
  if (Buffer.compare(a.bytes(), b.bytes()) === 0) return EQUAL;
  const [x, y] = [a.numbers(), b.numbers()];
  const isInside = interiorOf(reference.dims, reach);
  const most = { abs: 0, inside: 0 };
  let [nonFinite, off, zeros] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [p, q] = [x[i] as number, y[i] as number];
    if (Object.is(p, q)) continue;
    if (p === q) {
      zeros++;
      continue;
    }
    off++;
    if (!Number.isFinite(p) || !Number.isFinite(q)) {
      nonFinite++;
      continue;
    }
    const difference = Math.abs(p - q);
    if (difference > most.abs) most.abs = difference;
    if (difference > most.inside && isInside(i)) most.inside = difference;
  }
  const { range, largest } = spread(x, magnitude);
  return {
    maxAbs: most.abs,
    maxRelToRange: over(most.abs, range),
    relative: over(most.abs, largest),
    interior: over(most.inside, largest),
    bitEqual: off + zeros === 0,
    nonFinite,
    offShare: off / x.length,
    mismatch: null,
  };
}

/** The larger of two differences in every respect. */
export function worse(a: Difference, b: Difference): Difference {
  return {
    maxAbs: Math.max(a.maxAbs, b.maxAbs),
    maxRelToRange: Math.max(a.maxRelToRange, b.maxRelToRange),
    relative: Math.max(a.relative, b.relative),
    interior: Math.max(a.interior, b.interior),
    bitEqual: a.bitEqual && b.bitEqual,
    nonFinite: Math.max(a.nonFinite, b.nonFinite),
    offShare: Math.max(a.offShare, b.offShare),
    mismatch: a.mismatch ?? b.mismatch,
  };
}

/** Largest magnitude of the finite elements. */
export function magnitudeOf(array: NdArray): number {
  return spread(Tensor.fromNdArray(array).numbers(), 0).largest;
}

/** Why a difference is too large for an exactness class; null when it is not. `allowed`: relative error that rounding explains. */
export function tooFar(difference: Difference, exactness: Exactness, dtype: DType, allowed: number): string | null {
  if (difference.mismatch) return difference.mismatch;
  if (difference.bitEqual) return null;
  if (exactness === 'bit') return `the outputs are not bit equal (largest difference ${show(difference.maxAbs)})`;
  if (difference.nonFinite > 0) return `${difference.nonFinite} elements are finite on one side only`;
  const most = exactness === 'approximate' ? MOST_APPROXIMATE : allowed;
  if (!FLOAT_DTYPES.has(dtype)) return levelsOff(difference, dtype, most);
  const measured = exactness === 'border' ? difference.interior : difference.relative;
  return measured > most ? `the outputs differ by ${show(measured)} of the largest value; ${show(most)} is what ${exactness} allows` : null;
}

export const EQUAL: Difference = {
  maxAbs: 0,
  maxRelToRange: 0,
  relative: 0,
  interior: 0,
  bitEqual: true,
  nonFinite: 0,
  offShare: 0,
  mismatch: null,
};
const INCOMPARABLE = { maxAbs: Infinity, maxRelToRange: Infinity, relative: Infinity, interior: Infinity, bitEqual: false, offShare: 1 };
const MOST_APPROXIMATE = 0.1;
const LEVELS: ReadonlySet<DType> = new Set(['uint8', 'int8', 'uint16', 'int16']);

/** An error before the rounding to levels tips as many elements over as it is levels wide; one in a thousand is always let pass. */
function levelsOff({ maxAbs, relative, offShare }: Difference, dtype: DType, allowed: number): string | null {
  const width = allowed * (relative > 0 ? maxAbs / relative : 0);
  if (LEVELS.has(dtype) && maxAbs <= Math.max(1, Math.ceil(width)) && offShare <= Math.max(0.001, width)) return null;
  return maxAbs === 0 ? null : `${show(100 * offShare)} % of the ${dtype} outputs differ, by up to ${maxAbs}`;
}

function incomparable(a: NdArray, b: NdArray): string | null {
  if (a.dtype !== b.dtype) return `the output is ${b.dtype} instead of ${a.dtype}`;
  const same = a.dims.length === b.dims.length && a.dims.every((dim, i) => dim === b.dims[i]);
  return same ? null : `the output is [${b.dims}] instead of [${a.dims}]`;
}

/** Range and largest magnitude of the finite elements. */
function spread(values: Float64Array, magnitude: number): { range: number; largest: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const largest = Math.max(magnitude, low <= high ? Math.max(Math.abs(low), Math.abs(high)) : 0);
  return { range: high > low ? high - low : largest, largest };
}

function over(value: number, by: number): number {
  return value === 0 ? 0 : value / (by || Number.MIN_VALUE);
}

/** Tells whether an element lies at least `reach` from the ends of the last two axes. */
function interiorOf(dims: readonly number[], reach: number): (index: number) => boolean {
  const [height, width] = [dims.at(-2) ?? 1, dims.at(-1) ?? 1];
  const within = (at: number, size: number): boolean => size === 1 || (at >= reach && at < size - reach);
  return (index) => within(Math.floor(index / width) % height, height) && within(index % width, width);
}

function show(value: number): string {
  return value === 0 ? '0' : value.toPrecision(2);
}
