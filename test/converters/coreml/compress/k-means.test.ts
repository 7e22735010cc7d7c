import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { kMeans, nearestCentres } from '../../../../converters/coreml/compress/k-means.ts';
import { findEnvironment } from '../../../../converters/toolchain/index.ts';
import { Prng } from '../../../../models/run/prng.ts';

function distance(values: Float64Array, centres: Float64Array): number {
  const nearest = nearestCentres(values, centres);
  return values.reduce((sum, value, i) => sum + (value - (centres[nearest[i] as number] as number)) ** 2, 0);
}

/** The least sum over all ways to cut the sorted numbers into so many intervals. */
function leastOfAll(values: Float64Array, count: number): number {
  const sorted = values.toSorted();
  const spread = (part: Float64Array): number => {
    const mean = part.reduce((a, b) => a + b, 0) / part.length;
    return part.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  const from = (start: number, left: number): number => {
    if (left === 1) return spread(sorted.subarray(start));
    let least = Number.POSITIVE_INFINITY;
    for (let end = start + 1; end <= sorted.length - left + 1; end++) least = Math.min(least, spread(sorted.subarray(start, end)) + from(end, left - 1));
    return least;
  };
  return from(0, count);
}

const normal = (count: number, seed: number): Float64Array => {
  const prng = new Prng(seed);
  return Float64Array.from({ length: count }, () => prng.normal());
};

describe('centres of numbers', () => {
  test.each(Array.from({ length: 12 }, (_, seed) => [seed] as const))('are the best of all partitions (%i)', (seed) => {
    const values = normal(9 + (seed % 4), seed).map((value) => (seed % 3 === 0 ? Math.round(value * 2) : seed % 3 === 1 ? value ** 5 * 1e4 : value));
    const count = 2 + (seed % 3);
    const centres = kMeans(values, count);
    expect(centres).toEqual(centres.toSorted());
    const distinct = new Set(values).size;
    expect(distance(values, centres)).toBeCloseTo(distinct <= count ? 0 : leastOfAll(values, count), 6);
  });

  test('few distinct numbers are kept as they are', () => {
    expect([...kMeans(Float64Array.of(3, 1, 3, 1, 1), 4)]).toEqual([1, 3, 3, 3]);
    expect([...kMeans(Float64Array.of(0.1, 0.1, 0.1), 2)]).toEqual([0.1, 0.1].map((value) => expect.closeTo(value, 15)));
    expect([...kMeans(new Float64Array(), 2)]).toEqual([0, 0]);
  });

  test('a number goes to the nearest, also beyond the ends', () => {
    expect([...nearestCentres(Float64Array.of(-9, 0.4, 0.6, 1.4, 99), Float64Array.of(0, 1, 2))]).toEqual([0, 0, 1, 1, 2]);
  });

  const environment = findEnvironment();
  test.skipIf(!environment)('are no worse than the best of five runs of scikit-learn', () => {
    const values = normal(20_000, 7).map((value) => value * Math.abs(value));
    const script = 'import sys, json, numpy\nfrom sklearn.cluster import KMeans\nx = numpy.frombuffer(sys.stdin.buffer.read(), numpy.float64).reshape(-1, 1)\nprint(json.dumps([KMeans(k, n_init=5, random_state=0).fit(x).inertia_ for k in (2, 8, 16)]))';
    const { stdout } = spawnSync(environment?.python ?? '', ['-c', script], { input: new Uint8Array(values.buffer), encoding: 'utf8' });
    (JSON.parse(stdout) as number[]).forEach((theirs, i) => expect(distance(values, kMeans(values, [2, 8, 16][i] as number))).toBeLessThan(theirs * (1 + 1e-5)));
  }, 480_000);
});
