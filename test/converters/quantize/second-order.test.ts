import { expect, test } from 'vitest';
import { inverseUpperFactor } from '../../../converters/quantize/cholesky.ts';
import { quantizeValues, weightEncoding } from '../../../converters/quantize/encoding.ts';
import { roundingShift, roundRows, rowRounder } from '../../../converters/quantize/second-order.ts';
import { Prng } from '../../../models/run/index.ts';

const prng = new Prng(3);
const K = 12;
const O = 6;

/** Strongly correlated inputs about a mean, their covariance and mean. */
function inputs(count: number): { samples: Float64Array[]; covariance: Float64Array; mean: Float64Array } {
  const mixing = Float64Array.from({ length: K * 3 }, () => prng.normal());
  const samples = Array.from({ length: count }, () => {
    const latent = [prng.normal(), prng.normal(), prng.normal()];
    return Float64Array.from({ length: K }, (_, k) => 0.7 + 0.1 * prng.normal() + latent.reduce((s, l, i) => s + l * (mixing[k * 3 + i] as number), 0));
  });
  const mean = Float64Array.from({ length: K }, (_, k) => samples.reduce((s, x) => s + (x[k] as number), 0) / count);
  const covariance = new Float64Array(K * K);
  for (const x of samples) {
    for (let i = 0; i < K; i++) for (let j = 0; j < K; j++) covariance[i * K + j] = (covariance[i * K + j] as number) + (((x[i] as number) - (mean[i] as number)) * ((x[j] as number) - (mean[j] as number))) / count;
  }
  return { samples, covariance, mean };
}

test('the factor is that of the inverse: Uᵀ·U·A = I', () => {
  const { covariance } = inputs(400);
  const U = inverseUpperFactor(covariance, K) as Float64Array;
  for (let i = 0; i < K; i++) {
    for (let j = 0; j < K; j++) {
      let sum = 0;
      for (let k = 0; k < K; k++) for (let m = 0; m < K; m++) sum += (U[k * K + i] as number) * (U[k * K + m] as number) * (covariance[m * K + j] as number);
      expect(sum).toBeCloseTo(i === j ? 1 : 0, 6);
      if (i > j) expect(U[i * K + j]).toBe(0);
    }
  }
  expect(inverseUpperFactor(new Float64Array(4), 2)).toBeNull();
});

test('the output error on the inputs is a fraction of nearest rounding\'s, and its mean goes into the bias', () => {
  const { samples, covariance, mean } = inputs(600);
  const weights = Float64Array.from({ length: O * K }, () => prng.normal());
  const encoding = weightEncoding(weights, [O, K], 0, 4);
  const statistics = { covariance: [covariance], mean: [mean], size: K, float: null };
  const error = (codes: Float64Array, shift: Float64Array | null): number => samples.reduce((sum, x) => {
    for (let o = 0; o < O; o++) {
      let at = -(shift?.[o] ?? 0);
      for (let k = 0; k < K; k++) at += ((weights[o * K + k] as number) - (codes[o * K + k] as number) * (encoding.scale[o] as number)) * (x[k] as number);
      sum += at * at;
    }
    return sum;
  }, 0);
  const nearest = quantizeValues(weights, [O, K], encoding);
  const second = roundRows(weights, O, encoding, rowRounder(O, statistics));
  expect(second.every((c) => Number.isInteger(c) && c >= -8 && c <= 7)).toBe(true);
  const corrected = error(second, roundingShift(weights, second, O, encoding, statistics));
  expect(corrected).toBeLessThan(error(nearest, roundingShift(weights, nearest, O, encoding, statistics)) / 2);
  expect(corrected).toBeLessThan(error(second, null));
});

test('without correlation it is nearest rounding', () => {
  const identity = Float64Array.from({ length: K * K }, (_, i) => (i % (K + 1) === 0 ? 1 : 0));
  const weights = Float64Array.from({ length: O * K }, () => prng.normal());
  const encoding = weightEncoding(weights, [O, K], 0, 8);
  const codes = roundRows(weights, O, encoding, rowRounder(O, { covariance: [identity], mean: [new Float64Array(K)], size: K, float: null }));
  expect([...codes]).toEqual([...quantizeValues(weights, [O, K], encoding)]);
});
