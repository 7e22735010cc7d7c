import type { NdArray } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';

/** How far an array is from its reference. */
export interface Figures {
  readonly maxAbs: number;
  /** 20·log10(peak / rms error); peak is the larger of range and largest magnitude of the reference. Infinity where equal. */
  readonly psnr: number;
  /** 10·log10(Σ reference² / Σ error²). */
  readonly sqnr: number;
  readonly cosine: number;
}

/** Where shapes differ, or one side only is infinite or not a number. */
export const NOTHING_IN_COMMON: Figures = { maxAbs: Number.POSITIVE_INFINITY, psnr: Number.NEGATIVE_INFINITY, sqnr: Number.NEGATIVE_INFINITY, cosine: 0 };

/** Compares an array with its reference, element by element; equal infinities and NaN on both sides are equal. Element types may differ. */
export function figuresOf(reference: NdArray, actual: NdArray): Figures {
  const [expected, found] = [Tensor.fromNdArray(reference).numbers(), Tensor.fromNdArray(actual).numbers()];
  if (reference.dims.join() !== actual.dims.join()) return NOTHING_IN_COMMON;
  let [low, high, maxAbs, noise, signal, product, energy] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [expected[i] as number, found[i] as number];
    if (!Number.isFinite(a) || !Number.isFinite(b)) {
      if (Object.is(a, b)) continue;
      return NOTHING_IN_COMMON;
    }
    low = Math.min(low, a);
    high = Math.max(high, a);
    maxAbs = Math.max(maxAbs, Math.abs(a - b));
    noise += (a - b) ** 2;
    signal += a * a;
    product += a * b;
    energy += b * b;
  }
  const peak = Math.max(high - low, Math.abs(high), Math.abs(low));
  const equal = noise === 0;
  return {
    maxAbs,
    psnr: equal ? Number.POSITIVE_INFINITY : 10 * Math.log10((peak * peak * expected.length) / noise),
    sqnr: equal ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise),
    cosine: equal ? 1 : product / Math.sqrt(signal * energy || 1),
  };
}

/** The worse of each. */
export function worstOf(a: Figures, b: Figures): Figures {
  return { maxAbs: Math.max(a.maxAbs, b.maxAbs), psnr: Math.min(a.psnr, b.psnr), sqnr: Math.min(a.sqnr, b.sqnr), cosine: Math.min(a.cosine, b.cosine) };
}
