import type { NdArray } from '../../../models/contracts/ndarray.ts';
import { toNumbers } from './numbers.ts';

/** What equal outputs have: signal to noise has no finite value there, and a mean over inputs needs one. */
const EQUAL_SQNR = 200;

/** How far an output is from its reference, of equal length. Outputs that are not finite where the reference is have nothing in common with it. */
export interface TensorDifference {
  /** 10 log₁₀(Σ reference² ∕ Σ (reference − output)²) in dB, at most 200; 0 for outputs that are not finite. */
  readonly sqnr: number;
  /** Of the angle between the two; 1 for two zero vectors, 0 where one is zero. */
  readonly cosine: number;
  /** Largest absolute difference. */
  readonly max: number;
  readonly finite: boolean;
}

export function tensorDifference(reference: NdArray, output: NdArray): TensorDifference {
  const [a, b] = [toNumbers(reference), toNumbers(output)];
  let [signal, noise, power, product, max] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (Object.is(x, y)) {
      if (!Number.isFinite(x)) continue;
    } else if (!Number.isFinite(x - y)) return { sqnr: 0, cosine: 0, max: Number.MAX_VALUE, finite: false };
    signal += x * x;
    power += y * y;
    product += x * y;
    noise += (x - y) ** 2;
    max = Math.max(max, Math.abs(x - y));
  }
  return { sqnr: decibels(signal, noise), cosine: cosine(signal, power, product), max, finite: true };
}

function decibels(signal: number, noise: number): number {
  if (noise === 0) return EQUAL_SQNR;
  return signal === 0 ? 0 : Math.min(EQUAL_SQNR, 10 * Math.log10(signal / noise));
}

function cosine(signal: number, power: number, product: number): number {
  if (signal === 0 || power === 0) return signal === power ? 1 : 0;
  return Math.max(-1, Math.min(1, product / Math.sqrt(signal * power)));
}
