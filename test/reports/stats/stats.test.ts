import { describe, expect, it } from 'vitest';
import { pairedRatio } from '../../../device-harness/index.ts';
import { Prng } from '../../../models/run/prng.ts';
import {
  bootstrapInterval,
  checkBudget,
  compareTimes,
  compareWithBaseline,
  countOutliers,
  exactMetric,
  mannWhitney,
  medianInterval,
  qualityDrop,
  signFlipTest,
  summarizeTimes,
  welchRatio,
} from '../../../reports/stats/index.ts';
import { oracle } from '../../fixtures/stats/oracle.ts';
import { blockOf, blocksOf } from './blocks.ts';

describe('interval of the median', () => {
  it.each(oracle.samples.map((s) => [s.x.length, s] as const))('of %i values by exact binomial ranks', (n, s) => {
    const interval = medianInterval([...s.x].reverse());
    if (s.interval === null) {
      expect(interval).toMatchObject({ low: -Infinity, high: Infinity, warnings: ['Need ≥ 6 blocks for a 95 % interval of the median.'] });
    } else {
      expect([interval.low, interval.high]).toEqual(s.interval.slice(0, 2));
      expect(interval.confidence).toBeCloseTo(s.interval[2], 12);
    }
    expect(interval.n).toBe(n);
  });

  it('has the ranks and confidences of the published table', () => {
    const table: [n: number, low: number, high: number, confidence: number][] = [
      [6, 1, 6, 0.969],
      [8, 1, 8, 0.992],
      [9, 2, 8, 0.961],
      [10, 2, 9, 0.979],
      [12, 3, 10, 0.961],
      [15, 4, 12, 0.965],
      [20, 6, 15, 0.959],
      [25, 8, 18, 0.957],
      [30, 10, 21, 0.957],
    ];
    for (const [n, low, high, confidence] of table) {
      const interval = medianInterval(Array.from({ length: n }, (_, i) => i + 1));
      expect([interval.low, interval.high, Number(interval.confidence.toFixed(3))]).toEqual([low, high, confidence]);
    }
  });

  it('does not underflow for thousands of values', () => {
    const { low, high, confidence } = medianInterval(Array.from({ length: 5000 }, (_, i) => i + 1));
    expect([low, high]).toEqual([2431, 2570]);
    expect(confidence).toBeGreaterThanOrEqual(0.95);
    expect(confidence).toBeLessThan(0.952);
  });

  it('asks for more blocks at a higher confidence', () => {
    expect(medianInterval([1, 2, 3], 0.99, 'pairs').warnings).toEqual(['Need ≥ 8 pairs for a 99 % interval of the median.']);
  });

  it('covers the median as often as it says', () => {
    const prng = new Prng(11);
    let hits = 0;
    for (let i = 0; i < 4000; i++) {
      const { low, high } = medianInterval(Array.from({ length: 9 }, () => -Math.log(1 - prng.uniform())));
      if (low <= Math.LN2 && Math.LN2 <= high) hits++;
    }
    expect(Math.abs(hits / 4000 - 0.9609)).toBeLessThan(0.012);
  });
});

describe('permutation', () => {
  it.each(oracle.pairs.map((p) => [p.a.length, p] as const))('of %i pairs counts what SciPy counts', (_, { a, b, p_two, p_greater }) => {
    const logs = b.map((value, i) => Math.log(value / (a[i] as number)));
    expect(signFlipTest(logs, 'two-sided')).toEqual({ p: p_two, exact: true });
    expect(signFlipTest(logs, 'greater')).toEqual({ p: p_greater, exact: true });
  });

  it('cannot go below 2⁻ⁿ, and is 1 for no difference', () => {
    expect(signFlipTest([1, 1, 1, 1, 1], 'greater').p).toBe(1 / 32);
    expect(signFlipTest([0, 0, 0], 'two-sided').p).toBe(1);
    expect(() => signFlipTest([], 'greater')).toThrow(RangeError);
  });

  it('samples where counting is too much, near the exact value', () => {
    const prng = new Prng(5);
    const differences = Array.from({ length: 17 }, () => 0.3 + prng.normal());
    const sampled = signFlipTest(differences, 'two-sided');
    expect(sampled.exact).toBe(false);
    expect(sampled).toEqual(signFlipTest(differences, 'two-sided'));
    let extreme = 0;
    const observed = Math.abs(differences.reduce((x, y) => x + y));
    for (let signs = 0; signs < 2 ** 17; signs++) {
      let sum = 0;
      for (let i = 0; i < 17; i++) sum += (signs >> i) & 1 ? (differences[i] as number) : -(differences[i] as number);
      if (Math.abs(sum) >= observed - 1e-9) extreme++;
    }
    expect(Math.abs(sampled.p - extreme / 2 ** 17)).toBeLessThan(0.01);
  });
});

describe('Mann-Whitney', () => {
  it.each(oracle.mann_whitney.map((m, i) => [i, m] as const))('case %i as SciPy has it', (_, { a, b, u, p, exact }) => {
    const result = mannWhitney(a, b);
    expect(result.u).toBe(u);
    expect(result.exact).toBe(exact && a.length + b.length <= 50);
    expect(result.p).toBeCloseTo(p, result.exact === exact ? 10 : 2);
  });

  it('says nothing about equal values', () => {
    expect(mannWhitney([1, 1], [1, 1, 1]).p).toBe(1);
    expect(mannWhitney([1, 2, 3], [4, 5, 6]).p).toBeCloseTo(0.1, 12);
  });
});

describe('bootstrap', () => {
  it('repeats for a seed and lies near the t interval', () => {
    const prng = new Prng(2);
    const values = Array.from({ length: 60 }, () => Math.exp(0.1 * prng.normal()));
    const mean = (x: readonly number[]): number => Math.exp(x.reduce((s, v) => s + Math.log(v), 0) / x.length);
    const interval = bootstrapInterval(values, mean, { seed: 7 });
    expect(interval).toEqual(bootstrapInterval(values, mean, { seed: 7 }));
    const t = pairedRatio(
      values.map(() => 1),
      values,
    );
    expect(Math.abs(interval.low - t.low)).toBeLessThan(0.005);
    expect(Math.abs(interval.high - t.high)).toBeLessThan(0.005);
  });

  it('warns below 8 items and has no interval of one', () => {
    expect(bootstrapInterval([1, 2, 3], (x) => x[0] ?? 0, { what: 'images' }).warnings).toEqual([
      'Only 3 images: the interval is too narrow below 8.',
    ]);
    expect(bootstrapInterval([1], (x) => x[0] ?? 0)).toMatchObject({ center: 1, low: -Infinity, high: Infinity });
  });
});

describe('comparison of times', () => {
  const base = [10, 11, 10.5, 10.2, 10.8];
  const times = (ratio: number): number[] => base.map((ms, i) => ms * ratio * (1 + (i - 2) * 0.002));

  it('gives ratio, direction and verdict', () => {
    const slower = compareTimes(blocksOf(base), blocksOf(times(1.2)), { maxIncrease: 0.05 });
    expect(slower).toMatchObject({ direction: 'worse', verdict: 'regressed', permutation: { p: 2 / 32, exact: true }, warnings: [] });
    expect(slower.ratio.center).toBeCloseTo(1.2, 4);
    expect(compareTimes(blocksOf(base), blocksOf(times(0.9)), { maxIncrease: 0.05 })).toMatchObject({ direction: 'better', verdict: 'ok' });
    expect(compareTimes(blocksOf(base), blocksOf(times(1)), { maxIncrease: null })).toMatchObject({ direction: '~', verdict: null });
    expect(compareTimes(blocksOf(base), blocksOf(times(1.05)), { maxIncrease: 0.05 }).verdict).toBe('inconclusive');
  });

  it('counts a record against itself as no change', () => {
    expect(compareTimes(blocksOf(base), blocksOf(base), { maxIncrease: 0 })).toMatchObject({
      ratio: { center: 1, low: 1, high: 1 },
      direction: '~',
      verdict: 'ok',
    });
  });

  it('warns about few pairs and refuses none', () => {
    const few = compareTimes(blocksOf([1, 2]), blocksOf([1.1, 2.2]), { maxIncrease: 0.05 });
    expect(few.warnings).toEqual(['Only 2 pairs: need ≥ 5 pairs.']);
    expect(() => compareTimes(blocksOf([1]), [], { maxIncrease: null })).toThrow(RangeError);
  });

  it('says when the tests disagree', () => {
    const candidate = [1, 1.001, 1.002, 1.001, 1.003, 1.002, 1.001, 3].map((r) => r * 10);
    const result = compareTimes(blocksOf(candidate.map(() => 9.999)), blocksOf(candidate), { maxIncrease: null });
    expect(result.direction).toBe('~');
    expect(result.permutation.p).toBeLessThan(0.05);
    expect(result.warnings.join()).toMatch(/disagree/);
  });
});

describe('stored baseline', () => {
  it.each(oracle.welch.map((w) => [w.a.length, w] as const))(
    'without a session spread is the t interval of Welch (%i)',
    (_, { a, b, low, high }) => {
      const interval = welchRatio(a, b, 0.9, 0);
      expect(interval.low).toBeCloseTo(low, 10);
      expect(interval.high).toBeCloseTo(high, 10);
    },
  );

  it('does not fail below what sessions differ, nor where nobody knows', () => {
    const [base, candidate] = [blocksOf([10, 10.1, 9.9, 10, 10.05]), blocksOf([10.8, 10.9, 10.7, 10.8, 10.85])];
    const compare = (sessionSpread: number | null) => compareWithBaseline(base, candidate, { maxIncrease: 0.05, sessionSpread });
    expect(compare(0.001)).toMatchObject({ verdict: 'regressed', direction: 'worse', warnings: [] });
    expect(compare(0.04)).toMatchObject({ verdict: 'inconclusive', direction: '~' });
    expect(compare(null)).toMatchObject({
      verdict: 'inconclusive',
      direction: '~',
      warnings: [expect.stringContaining('another session')],
    });
    expect(compareWithBaseline(base, blocksOf([5, 5.1]), { maxIncrease: 0.05, sessionSpread: null }).verdict).toBe('ok');
    expect(compareWithBaseline(base, blocksOf([5]), { maxIncrease: 0.05, sessionSpread: 0 }).verdict).toBe('inconclusive');
    expect(compareWithBaseline(blocksOf([3, 3]), blocksOf([3, 3]), { maxIncrease: 0.05, sessionSpread: 0 }).ratio).toMatchObject({
      low: 1,
      high: 1,
    });
  });
});

describe('other budgets', () => {
  it('absolute: one-sided at either end', () => {
    const values = [14.8, 15.1, 15, 14.9, 15.2];
    expect([14, 15, 16].map((limit) => checkBudget(values, limit).verdict)).toEqual(['regressed', 'inconclusive', 'ok']);
    expect(checkBudget([15], 16).verdict).toBe('inconclusive');
  });

  it('exact figures carry no statistics', () => {
    expect(exactMetric([4096, 4096], 'The size')).toEqual({ value: 4096, warnings: [] });
    expect(exactMetric([7, 8, 7, 9], 'The node count')).toEqual({
      value: 7,
      warnings: ['The node count should be exact and was read as 7, 8, 9.'],
    });
    expect(exactMetric([NaN, NaN], 'x').warnings).toEqual([]);
    expect(() => exactMetric([], 'The size')).toThrow('The size has no reading.');
  });

  it('quality: paired by image', () => {
    const images = Array.from({ length: 12 }, (_, i) => ({ image: `i${i}`, value: 30 + i }));
    const worse = images.map(({ image, value }, i) => ({ image, value: value - 0.2 - (i % 3) * 0.01 })).reverse();
    const { drop, verdict } = qualityDrop(images, worse, { maxDrop: 0.1, exact: false });
    expect(drop.center).toBeCloseTo(0.21, 10);
    expect(drop.low).toBeGreaterThan(0.2);
    expect(drop.high).toBeLessThan(0.22);
    expect(verdict).toBe('regressed');
    expect(qualityDrop(images, worse, { maxDrop: 0.21, exact: false }).verdict).toBe('inconclusive');
    expect(qualityDrop(images, worse, { maxDrop: 0.2100001, exact: true }).verdict).toBe('ok');
    expect(qualityDrop(images, worse.slice(2), { maxDrop: null, exact: true })).toMatchObject({
      verdict: null,
      warnings: ['2 images have a score on one side only and do not count.'],
    });
    expect(() => qualityDrop(images, [{ image: 'other', value: 1 }], { maxDrop: 0, exact: true })).toThrow(/no image in common/);
  });

  it('quality: identical images have infinite PSNR on both sides and lose nothing', () => {
    const perfect = [
      { image: 'a', value: Infinity },
      { image: 'b', value: 40 },
    ];
    expect(qualityDrop(perfect, perfect, { maxDrop: 0.1, exact: true })).toMatchObject({
      drop: { center: 0, low: 0, high: 0 },
      verdict: 'ok',
    });
    expect(
      qualityDrop(
        perfect,
        [
          { image: 'a', value: 50 },
          { image: 'b', value: 40 },
        ],
        { maxDrop: 0.1, exact: true },
      ),
    ).toMatchObject({ drop: { center: Infinity }, verdict: 'regressed' });
  });
});

describe('summary of times', () => {
  it('keeps every sample and says where outliers are', () => {
    const samples = [10, 10, 11, 10, 12, 10, 11, 10, 10, 200];
    const summary = summarizeTimes([
      blockOf(samples, 0),
      blockOf(
        samples.map((ms) => ms * 1.1),
        1,
      ),
    ]);
    expect(summary).toMatchObject({ blocks: 2, samples: 20, min: 10, p99: null, loadMs: 5, firstMs: 7, median: { n: 2, low: -Infinity } });
    expect(summary.median.center).toBeCloseTo(10.5, 9);
    expect(summary.blockSpread).toBeCloseTo(0.1, 9);
    expect(summary.outliers).toEqual({ mild: 0, severe: 2, total: 20 });
    expect(summary.warnings).toEqual(['Need ≥ 6 blocks for a 95 % interval of the median.']);
    expect(
      summarizeTimes([
        blockOf(
          Array.from({ length: 1000 }, (_, i) => i + 1),
          0,
        ),
      ]).p99,
    ).toBeCloseTo(990.01, 6);
  });

  it('counts outliers by Tukey', () => {
    expect(countOutliers([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toEqual({ mild: 0, severe: 0, total: 10 });
    expect(countOutliers([1, 2, 3, 4, 5, 6, 7, 8, 9, 17])).toEqual({ mild: 1, severe: 0, total: 10 });
    expect(countOutliers([5, 5, 5, 5, 6])).toEqual({ mild: 0, severe: 1, total: 5 });
  });
});
