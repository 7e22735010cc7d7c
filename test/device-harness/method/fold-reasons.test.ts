import { expect, it } from 'vitest';
import { foldReasons } from '../../../device-harness/method/fold-reasons.ts';

it('says texts that differ in a number once, with the range', () => {
  expect(foldReasons(['others used 40 %', 'it throttled', 'others used 12 %', 'others used 25 %', 'it throttled'])).toEqual([
    'others used 12–40 %', 'it throttled',
  ]);
});

it('keeps a single number, decimals, and texts that differ in words', () => {
  expect(foldReasons(['rose by 5.5 %', 'fell by 5.5 %', 'rose by 5.5 %'])).toEqual(['rose by 5.5 %', 'fell by 5.5 %']);
  expect(foldReasons([])).toEqual([]);
});
