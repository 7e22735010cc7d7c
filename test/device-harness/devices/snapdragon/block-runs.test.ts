import { describe, expect, test } from 'vitest';
import { estimateEach, meanWithoutStart, planRuns, splitTimes } from '../../../../device-harness/devices/snapdragon/block-runs.ts';
import { timesOf } from '../../../../device-harness/devices/snapdragon/profile/figures.ts';
import { BLOCK_PROFILES } from '../../../../device-harness/index.ts';
import { Prng } from '../../../../models/run/prng.ts';

const { warmUp, timed } = BLOCK_PROFILES.default;

describe('how often a model runs', () => {
  test('both minima are met, and no maximum is passed', () => {
    expect(planRuns(10, warmUp, timed)).toEqual({ warmUp: 150, timed: 500, total: 651 });
    expect(planRuns(1, warmUp, timed)).toEqual({ warmUp: 1500, timed: 2000, total: 3501 });
    expect(planRuns(2000, warmUp, timed)).toEqual({ warmUp: 15, timed: 30, total: 46 });
    expect(planRuns(100_000, warmUp, timed)).toEqual({ warmUp: 1, timed: 1, total: 3 });
    expect(planRuns(0, warmUp, timed).total).toBeLessThan(1e7);
  });
});

describe('the start of a launch is left out', () => {
  const rule = { minRuns: 6, minMs: 0, maxMs: 1e9, tolerance: 0.04 };

  test('the first apart, then the descent of the warm-up', () => {
    const times = [9, ...Array.from({ length: 5 }, (_, i) => 3 - i * 0.3), ...Array.from({ length: 67 }, () => 1.2)];
    const { firstMs, warmup, samples } = splitTimes(times, rule, 40);
    expect([firstMs, warmup.stable, warmup.runs + samples.length]).toEqual([9, true, 72]);
    expect(new Set(samples)).toEqual(new Set([1.2]));
  });

  test('where it never becomes stable the timed part stays whole', () => {
    const { warmup, samples } = splitTimes(Array.from({ length: 51 }, (_, i) => 100 / (i + 1)), rule, 20);
    expect([warmup, samples.length]).toEqual([{ runs: 30, stable: false }, 20]);
  });

  test('fewer rows than asked for, down to none', () => {
    expect(splitTimes([5, 1, 1], rule, 20)).toEqual({ firstMs: 5, warmup: { runs: 0, stable: false }, samples: [1, 1] });
    expect(splitTimes([5], rule, 20).samples).toEqual([]);
  });
});

describe('means of launches', () => {
  test('the slope between a short and a long launch has no share of the start, also with noise', () => {
    const prng = new Prng(7);
    const launch = (runs: number): { runs: number; meanMs: number } => {
      const times = Array.from({ length: runs }, (_, i) => (i === 0 ? 40 : 1) * (1 + 0.02 * prng.normal()));
      return { runs, meanMs: times.reduce((a, b) => a + b) / runs };
    };
    const long = launch(400);
    expect(long.meanMs).toBeGreaterThan(1.08);
    expect(meanWithoutStart(long, launch(10), 0.9)?.meanMs).toBeCloseTo(1, 1);
  });

  test('a slope that contradicts what was seen counts for nothing', () => {
    expect(meanWithoutStart({ runs: 100, meanMs: 1 }, { runs: 10, meanMs: 9 }, 0.8)).toBeNull();
    expect(meanWithoutStart({ runs: 12, meanMs: 1 }, { runs: 10, meanMs: 1 }, null)).toBeNull();
  });

  test('what an inference takes: the later half, or the shortest', () => {
    expect(estimateEach(timesOf([9, 4, 2, 2, 2, 2]) as NonNullable<ReturnType<typeof timesOf>>)).toBe(2);
    expect(estimateEach({ each: null, meanMs: 3, minMs: 2, maxMs: 9 })).toBe(2);
    expect(estimateEach({ each: null, meanMs: 3, minMs: null, maxMs: null })).toBe(3);
  });
});
