import { describe, expect, it } from 'vitest';
import {
  direction,
  limitVerdict,
  logMeanInterval,
  median,
  medianAbsoluteDeviation,
  pairedRatio,
  quantile,
  studentCdf,
  studentQuantile,
  twoSided,
} from '../../../../device-harness/method/stats/index.ts';
import { oracle } from '../../../fixtures/stats/oracle.ts';

describe('order statistics', () => {
  it.each(oracle.samples.map((s) => [s.x.length, s] as const))('of %i values as NumPy has them', (_, s) => {
    const shuffled = [...s.x].reverse();
    expect(median(shuffled)).toBeCloseTo(s.median, 12);
    expect(quantile(shuffled, 0.1)).toBeCloseTo(s.q10, 12);
    expect(quantile(shuffled, 0.9)).toBeCloseTo(s.q90, 12);
    expect(medianAbsoluteDeviation(shuffled)).toBeCloseTo(s.mad, 12);
  });

  it('sorts as numbers and leaves its argument alone', () => {
    const values = [10, 9, 100, -1];
    expect(median(values)).toBe(9.5);
    expect(values).toEqual([10, 9, 100, -1]);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('Student t', () => {
  it('matches the published table of critical values', () => {
    const table: [degrees: number, p95: number, p975: number, p995: number][] = [
      [1, 6.314, 12.706, 63.657],
      [2, 2.92, 4.303, 9.925],
      [4, 2.132, 2.776, 4.604],
      [5, 2.015, 2.571, 4.032],
      [9, 1.833, 2.262, 3.25],
      [11, 1.796, 2.201, 3.106],
      [20, 1.725, 2.086, 2.845],
      [30, 1.697, 2.042, 2.75],
      [120, 1.658, 1.98, 2.617],
    ];
    for (const [degrees, p95, p975, p995] of table) {
      expect([0.95, 0.975, 0.995].map((p) => Number(studentQuantile(p, degrees).toFixed(3)))).toEqual([p95, p975, p995]);
    }
  });

  it('matches SciPy to ten digits', () => {
    for (const [p, degrees, t] of oracle.t_quantile) expect(studentQuantile(p, degrees) / t).toBeCloseTo(1, 10);
    for (const [t, degrees, p] of oracle.t_cdf) expect(studentCdf(t, degrees) / p).toBeCloseTo(1, 10);
    expect(studentQuantile(0.05, 7)).toBe(-studentQuantile(0.95, 7));
    expect(() => studentQuantile(1, 3)).toThrow(RangeError);
  });
});

describe('paired ratio', () => {
  it.each(oracle.pairs.map((p) => [p.a.length, p] as const))('of %i pairs as SciPy has it', (_, p) => {
    const interval = pairedRatio(p.a, p.b, 0.9);
    expect(interval.center).toBeCloseTo(p.ratio, 12);
    expect(interval.low).toBeCloseTo(p.low, 10);
    expect(interval.high).toBeCloseTo(p.high, 10);
    expect(interval.warnings.length).toBe(p.a.length < 5 ? 1 : 0);
  });

  it('is the same in other units, and inverts when the sides are swapped', () => {
    const [, pair] = oracle.pairs;
    const { a, b } = pair as { a: number[]; b: number[] };
    const [one, scaled, swapped] = [
      pairedRatio(a, b),
      pairedRatio(
        a.map((x) => x * 1e3),
        b.map((x) => x * 1e3),
      ),
      pairedRatio(b, a),
    ];
    expect(scaled.low).toBeCloseTo(one.low, 12);
    expect(swapped.low).toBeCloseTo(1 / one.high, 12);
  });

  it('opens the interval of one block and refuses what is no duration', () => {
    expect(logMeanInterval([3])).toMatchObject({
      center: expect.closeTo(3),
      low: 0,
      high: Infinity,
      n: 1,
      warnings: ['One block has no interval: need ≥ 2.'],
    });
    expect(() => logMeanInterval([1, 0])).toThrow('0 is no duration');
    expect(() => logMeanInterval([1, NaN])).toThrow(RangeError);
    expect(() => pairedRatio([1], [1, 2])).toThrow('no pairs');
  });
});

describe('verdict', () => {
  it('needs the whole interval on one side', () => {
    expect(limitVerdict({ low: 1.06, high: 1.2 }, 1.05)).toBe('regressed');
    expect(limitVerdict({ low: 0.9, high: 1.05 }, 1.05)).toBe('ok');
    expect(limitVerdict({ low: 1.04, high: 1.06 }, 1.05)).toBe('inconclusive');
    expect(limitVerdict({ low: 0, high: Infinity }, 1.05)).toBe('inconclusive');
    expect(
      [
        [0.8, 0.9],
        [1.1, 1.2],
        [0.9, 1.1],
      ].map(([low, high]) => direction({ low: low as number, high: high as number })),
    ).toEqual(['better', 'worse', '~']);
    expect(twoSided(0.95)).toBeCloseTo(0.9);
  });
});
