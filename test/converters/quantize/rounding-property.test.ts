import { expect, test } from 'vitest';
import { compensate } from '../../../converters/quantize/compensate.ts';
import { descend, roundingCost } from '../../../converters/quantize/descend.ts';
import { type Encoding, quantizeValues, weightEncoding } from '../../../converters/quantize/encoding.ts';
import { gridShares } from '../../../converters/quantize/grid-share.ts';
import type { LayerStatistics } from '../../../converters/quantize/layer-statistics.ts';
import { roundRows, rowRounder } from '../../../converters/quantize/second-order.ts';
import { Prng } from '../../../models/run/index.ts';

const prng = new Prng(77);

/** Covariance of `rank` independent sources mixed into `size` inputs; below full rank it is singular. */
function statistics(size: number, rank: number, groups = 1): LayerStatistics {
  const covariance = Array.from({ length: groups }, () => {
    const mixing = Float64Array.from({ length: size * rank }, () => prng.normal());
    return Float64Array.from({ length: size * size }, (_, at) => {
      const [i, j] = [Math.floor(at / size), at % size];
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += (mixing[i * rank + r] as number) * (mixing[j * rank + r] as number);
      return sum;
    });
  });
  return { covariance, mean: covariance.map(() => new Float64Array(size)), size, float: null };
}

/** The objective with the damping that rounding is told to use, 1 % of the mean variance. */
function costOf(weights: Float64Array, codes: Float64Array, o: number, encoding: Encoding, { covariance, size }: LayerStatistics, outChannels: number): number {
  const matrix = covariance[Math.floor(o / (outChannels / covariance.length))] as Float64Array;
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i] as number;
  const hessian = matrix.map((value, at) => value + (at % (size + 1) === 0 ? 0.01 * (trace / size) + 1e-12 : 0));
  return roundingCost(weights.slice(o * size, (o + 1) * size), codes.slice(o * size, (o + 1) * size), hessian, encoding.scale[o] as number);
}

test.each([
  [1, 1, 4, 1], [9, 2, 4, 1], [27, 27, 8, 1], [27, 5, 4, 1], [18, 18, 4, 2], [45, 3, 8, 1], [16, 0, 4, 1],
])('window %i, rank %i, %i bits, %i groups: no channel is worse than rounded to nearest', (size, rank, bits, groups) => {
  for (let run = 0; run < 5; run++) {
    const outChannels = 4;
    const known = statistics(size, rank, groups);
    const weights = Float64Array.from({ length: outChannels * size }, (_, i) => (i < size ? 0 : prng.normal() * (run === 4 ? 1e6 : 1)));
    const encoding = weightEncoding(weights, [outChannels, size], 0, bits);
    const nearest = quantizeValues(weights, [outChannels, size], encoding);
    const codes = roundRows(weights, outChannels, encoding, rowRounder(outChannels, known));
    const top = 2 ** (bits - 1) - 1;
    expect(codes.every((c) => Number.isInteger(c) && c >= -top - 1 && c <= top)).toBe(true);
    for (let o = 0; o < outChannels; o++) {
      const [ours, theirs] = [costOf(weights, codes, o, encoding, known, outChannels), costOf(weights, nearest, o, encoding, known, outChannels)];
      expect(ours).toBeLessThanOrEqual(theirs * (1 + 1e-9) + 1e-12);
    }
    expect([...roundRows(weights, outChannels, encoding, rowRounder(outChannels, known))]).toEqual([...codes]);
  }
});

test('descending ends where no single step helps, by exhaustive search of steps', () => {
  const hessian = statistics(6, 6).covariance[0] as Float64Array;
  const weights = Float64Array.from({ length: 6 }, () => prng.normal());
  const grid = { scale: 0.3, top: 7 };
  const codes = descend(weights, new Float64Array(6), hessian, grid);
  const cost = roundingCost(weights, codes, hessian, grid.scale);
  for (let i = 0; i < 6; i++) {
    for (const by of [-1, 1]) {
      const other = Float64Array.from(codes);
      other[i] = (other[i] as number) + by;
      if (Math.abs(other[i] as number) <= 7) expect(roundingCost(weights, other, hessian, grid.scale)).toBeGreaterThanOrEqual(cost - 1e-9);
    }
  }
});

test('fitted weights give the float output from disturbed inputs better than the weights themselves', () => {
  const [size, count] = [4, 500];
  const pairs = Array.from({ length: count }, () => {
    const x = Float64Array.from({ length: size }, () => prng.normal());
    return { x, seen: x.map((v, i) => 0.8 * v + 0.1 * (x[(i + 1) % size] as number) + 0.05 * prng.normal()) };
  });
  const moment = (f: (p: (typeof pairs)[number]) => [Float64Array, Float64Array]): Float64Array =>
    Float64Array.from({ length: size * size }, (_, at) => pairs.reduce((sum, p) => sum + ((f(p)[0][Math.floor(at / size)] as number) * (f(p)[1][at % size] as number)) / count, 0));
  const known: LayerStatistics = {
    covariance: [moment(({ seen }) => [seen, seen])], mean: [new Float64Array(size)], size,
    float: { cross: [moment(({ x, seen }) => [x, seen])], mean: [new Float64Array(size)] },
  };
  const weights = Float64Array.from({ length: size }, () => prng.normal());
  const fitted = compensate(weights, 1, known, 1e-6);
  const error = (w: Float64Array): number => pairs.reduce((sum, { x, seen }) => sum + (weights.reduce((s, v, i) => s + v * (x[i] as number), 0) - w.reduce((s, v, i) => s + v * (seen[i] as number), 0)) ** 2, 0);
  expect(error(fitted)).toBeLessThan(error(weights) / 10);
});

test('a coarse grid leaves an outlier out where the others gain by it; a fine one keeps it', () => {
  const weights = Float64Array.from({ length: 64 }, (_, i) => (i === 0 ? 2 : prng.normal() * 0.3));
  const known = statistics(64, 64);
  const four = weightEncoding(weights, [1, 64], 0, 4);
  expect(gridShares(weights, 1, four, [], rowRounder(1, known)).scale[0]).toBeLessThan(four.scale[0] as number);
  const eight = weightEncoding(weights, [1, 64], 0, 8);
  expect(gridShares(weights, 1, eight, [], rowRounder(1, known))).toBe(eight);
});
