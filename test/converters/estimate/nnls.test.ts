import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nonNegativeLeastSquares } from '../../../converters/estimate/index.ts';
import { fixture } from '../../support/paths.ts';

interface Case {
  readonly name: string;
  readonly a: number[][];
  readonly b: number[];
  readonly x: number[];
  readonly residual: number;
  readonly rank: number;
}

/** Solved by SciPy (`test/fixtures/nnls/make_nnls.py`). */
const { cases } = JSON.parse(readFileSync(fixture('nnls/nnls.json'), 'utf8')) as { cases: Case[] };

test.each(cases)('$name', ({ a, b, x, residual, rank }) => {
  const ours = nonNegativeLeastSquares(a, b);
  const left = Math.hypot(...a.map((row, i) => row.reduce((sum, value, j) => sum + value * (ours[j] as number), -(b[i] as number))));
  expect(ours.every((value) => value >= 0)).toBe(true);
  expect(left).toBeCloseTo(residual, 9);
  if (rank === x.length) for (const [j, value] of x.entries()) expect(Math.abs((ours[j] as number) - value)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(value)));
});

describe('what has no answer', () => {
  test('columns that say the same are not both used', () => {
    const x = nonNegativeLeastSquares([[1, 2], [2, 4], [3, 6]], [2, 4, 6]);
    expect(x.filter((value) => value > 0)).toHaveLength(1);
  });
  test('no columns', () => expect(nonNegativeLeastSquares([[], []], [1, 2])).toEqual([]));
  test('no rows', () => expect(nonNegativeLeastSquares([], [])).toEqual([]));
  test.each([[[[1, Number.NaN]], [1]], [[[1, 2]], [Number.POSITIVE_INFINITY]], [[[1, 2], [3]], [1, 2]], [[[1, 2]], [1, 2]]])('%j, %j is refused', (a, b) => {
    expect(() => nonNegativeLeastSquares(a as number[][], b as number[])).toThrow(RangeError);
  });
  test('13 columns are refused', () => expect(() => nonNegativeLeastSquares([Array.from({ length: 13 }, () => 1)], [1])).toThrow(RangeError));
});
