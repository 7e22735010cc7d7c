import { expect, test } from 'vitest';
import { TimeLeft } from '../../../cli/work/time-left.ts';

test('time left is what the rest takes at the pace so far, and nothing is said too early', () => {
  let now = 0;
  const left = new TimeLeft(() => now);
  const at = (ms: number, share: number): string => {
    now = ms;
    return left.text(share);
  };
  expect([at(1000, 0.5), at(60_000, 0.01), at(60_000, 1)]).toEqual(['', '', '']);
  expect(at(30_000, 0.25)).toBe(', about 1 min 30 s left');
  expect(at(10_000, 0.5)).toBe(', about 10 s left');
  expect(at(10_000, 0.99)).toBe(', about 1 s left');
});
