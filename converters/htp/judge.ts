import type { NdArray } from '../../models/contracts/index.ts';
import { Tensor } from '../../models/onnx/index.ts';

/** The arithmetic that explains a difference. */
export type HtpArithmetic = 'fp16' | 'int8';

/** How far an emulated output is from the reference, and whether the arithmetic explains it. */
export interface Judgement {
  /** 20·log10(peak / rms error); peak is the larger of range and largest magnitude of the reference. Infinity where equal. */
  readonly db: number;
  /** What the arithmetic explains at this depth. */
  readonly floor: number;
  readonly verdict: 'explained' | 'overflow' | 'wrong';
  readonly maxAbs: number;
}

/**
 * Least dB for one operator. fp16: rounding a value errs by at most 2⁻¹² of the peak, uniformly: 83 dB below it; inputs, weights and result
 * are rounded, and peaks inside may be a few times those outside: 60. int8: a level is 1/255 of the range; results one level off at every
 * second value are 51 dB below it, and scales of other tensors are coarser: 45.
 */
const ONE_OPERATOR: Readonly<Record<HtpArithmetic, number>> = { fp16: 60, int8: 45 };
/** Below this no arithmetic explains anything: errors add up only so far. */
const LEAST: Readonly<Record<HtpArithmetic, number>> = { fp16: 35, int8: 25 };
export const FP16_MAX = 65504;
/** Relative error that rounding explains: 8 bits. */
const ROUNDED = 2 ** -8;
/** Share of whole numbers (positions, classes) that rounding before them may flip. */
const FLIPPED = 0.02;

/** Independent errors of `depth` operators in a row add in power: the floor sinks by 10·log10(depth). */
export function floorDb(arithmetic: HtpArithmetic, depth: number): number {
  return Math.max(LEAST[arithmetic], ONE_OPERATOR[arithmetic] - 10 * Math.log10(Math.max(1, depth)));
}

/** Compares an output with the reference. Where the reference is NaN (the root of a negative number), anything will do; where a reference beyond fp16 comes out as something else, the output
 * counts as overflown, with all that this does to its neighbours. */
export function judge(reference: NdArray, emulated: NdArray, arithmetic: HtpArithmetic, depth: number): Judgement {
  const floor = floorDb(arithmetic, depth);
  const wrong: Judgement = { db: Number.NEGATIVE_INFINITY, floor, verdict: 'wrong', maxAbs: Number.POSITIVE_INFINITY };
  if (reference.dims.join() !== emulated.dims.join() || reference.dtype !== emulated.dtype) return wrong;
  const [expected, actual] = [Tensor.fromNdArray(reference).numbers(), Tensor.fromNdArray(emulated).numbers()];
  const figures = compare(expected, actual);
  if (figures.overflows > 0) return { ...wrong, verdict: 'overflow' };
  if (figures.strays > 0) return wrong;
  const db = figures.maxAbs === 0 ? Number.POSITIVE_INFINITY : 20 * Math.log10(figures.peak / figures.rms);
  const explained = db >= floor || (isFloat(reference) ? flipsSteps(expected, actual) : explainsWhole(reference, figures, expected.length));
  return { db, floor, verdict: explained ? 'explained' : 'wrong', maxAbs: figures.maxAbs };
}

interface Figures {
  readonly peak: number;
  readonly rms: number;
  readonly maxAbs: number;
  readonly differing: number;
  /** Other values where the reference is too large for fp16. */
  readonly overflows: number;
  /** Infinite or NaN on one side only. */
  readonly strays: number;
}

function compare(expected: Float64Array, actual: Float64Array): Figures {
  let [low, high, largest, squares, maxAbs, differing, overflows, strays, counted] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const [e, a] = [expected[i] as number, actual[i] as number];
    if (Number.isNaN(e)) continue;
    if (e === a) {
      if (Number.isFinite(e)) { low = Math.min(low, e); high = Math.max(high, e); largest = Math.max(largest, Math.abs(e)); counted++; }
      continue;
    }
    if (Math.abs(e) > FP16_MAX && !(Number.isFinite(e) && Math.abs(a - e) <= Math.abs(e) * ROUNDED)) {
      overflows++;
      continue;
    }
    if (!Number.isFinite(e) || !Number.isFinite(a)) {
      strays++;
      continue;
    }
    low = Math.min(low, e); high = Math.max(high, e); largest = Math.max(largest, Math.abs(e)); counted++;
    differing++;
    maxAbs = Math.max(maxAbs, Math.abs(e - a));
    squares += (e - a) ** 2;
  }
  const peak = counted === 0 ? 0 : Math.max(high - low, largest);
  return { peak: peak > 0 ? peak : 1e-3, rms: Math.sqrt(squares / Math.max(1, counted)), maxAbs, differing, overflows, strays };
}

function isFloat({ dtype }: NdArray): boolean {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'float64' || dtype === 'bfloat16';
}

/** Steps (Round, Floor, a mask) in floats: several whole numbers on both sides to rounding, a few of them on the neighbouring step. */
function flipsSteps(expected: Float64Array, actual: Float64Array): boolean {
  if (expected.every((value) => value === expected[0])) return false;
  let flips = 0;
  for (let i = 0; i < expected.length; i++) {
    const [e, a] = [expected[i] as number, actual[i] as number];
    if (e === a || Number.isNaN(e)) continue;
    const step = Math.round(a);
    if (!Number.isInteger(e) || Math.abs(a - step) > Math.max(1, Math.abs(a)) * ROUNDED || Math.abs(step - e) > 1) return false;
    if (step !== e) flips++;
  }
  return flips <= Math.max(1, FLIPPED * expected.length);
}

/** Pixels may be one level off, positions and classes a few elsewhere. */
function explainsWhole({ dtype }: NdArray, { maxAbs, differing }: Figures, size: number): boolean {
  const levels = dtype === 'uint8' || dtype === 'int8' || dtype === 'uint16' || dtype === 'int16';
  return (levels && maxAbs <= 1) || (!levels && differing / size <= FLIPPED);
}
