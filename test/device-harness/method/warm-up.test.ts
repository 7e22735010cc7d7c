import { describe, expect, it } from 'vitest';
import { driftWithin } from '../../../device-harness/method/drift.ts';
import { timedPartIsOver, WarmUp } from '../../../device-harness/method/warm-up.ts';
import { Prng } from '../../../models/run/prng.ts';

const rule = { minRuns: 10, minMs: 100, maxMs: 5000, tolerance: 0.04 };

/** Runs until the warm-up ends; `ms(i)` is the time of run i. */
function warm(ms: (run: number) => number, own = rule): { runs: number; state: string; total: number } {
  const warmUp = new WarmUp(own);
  let total = 0;
  for (let i = 0; ; i++) {
    total += ms(i);
    const state = warmUp.add(ms(i));
    if (state !== 'go on') return { runs: warmUp.runs, state, total };
  }
}

describe('warm-up', () => {
  it('ends a steady series after both minima', () => {
    expect(warm(() => 10)).toEqual({ runs: 10, state: 'stable', total: 100 });
    expect(warm(() => 100)).toMatchObject({ runs: 10, state: 'stable' });
    const quick = warm(() => 0.5);
    expect(quick.total).toBeGreaterThanOrEqual(100);
    expect(quick.total).toBeLessThan(115);
  });

  it('outlasts a slow descent that looks flat from run to run', () => {
    const descent = (i: number): number => 5 * (1 + Math.exp(-i / 60));
    const { runs, state } = warm(descent);
    expect(state).toBe('stable');
    expect(descent(runs) / 5).toBeLessThan(1.06);
  });

  it('outlasts a start that is slow for many runs', () => {
    expect(warm((i) => (i < 8 ? 30 : 10)).runs).toBeGreaterThan(14);
  });

  it('accepts noise around a steady time and single outliers', () => {
    const prng = new Prng(4);
    const { state, runs } = warm(() => 10 * Math.exp(0.03 * prng.normal()) * (prng.uniform() < 0.05 ? 3 : 1));
    expect(state).toBe('stable');
    expect(runs).toBeLessThan(60);
  });

  it('gives up on what never settles', () => {
    const { state, total } = warm((i) => 10 * 1.02 ** i);
    expect(state).toBe('gave up');
    expect(total).toBeGreaterThanOrEqual(5000);
  });

  it('zero times are steady', () => {
    expect(warm((i) => (i === 0 ? 200 : 0)).state).toBe('stable');
  });
});

describe('timed part', () => {
  const part = { minRuns: 10, minMs: 100, maxRuns: 50, maxMs: 1000 };
  it.each([
    [0, 5000, false],
    [9, 500, false],
    [10, 99, false],
    [10, 100, true],
    [50, 1, true],
    [3, 1000, true],
  ])('%i runs in %i ms: %s', (runs, ms, over) => {
    expect(timedPartIsOver(runs, ms, part)).toBe(over);
  });
});

describe('drift', () => {
  it('is the change from the first to the last third', () => {
    expect(driftWithin([1, 1, 1, 5, 5, 5, 2, 2, 2])).toBe(1);
    expect(driftWithin([2, 2, 2, 5, 5, 5, 1, 1, 1])).toBe(-0.5);
    expect(driftWithin([1, 1, 90, 1, 1, 1, 1, 90, 1, 1])).toBe(0);
    expect(driftWithin([1, 2, 3, 4, 5, 6, 7, 8])).toBeNull();
  });
});
