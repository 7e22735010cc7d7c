import { expect, test } from 'vitest';
import { fuzzyScore } from '../../../cli/app/rows/fuzzy.ts';

const score = (filter: string, label: string, more = ''): number => fuzzyScore(filter, label, more) ?? Number.NEGATIVE_INFINITY;

test.each([
  ['edsr', 'nets/edsr-x4.onnx', 'speed-scorer.onnx'],
  ['x4', 'edsr-x4.onnx', 'max42.onnx'],
  ['umx', 'ultra-mini-x2', 'quantum-maximum'],
])('%s: %s before %s', (filter, better, worse) => expect(score(filter, better)).toBeGreaterThan(score(filter, worse)));

test('every word must be found, in any order; case says nothing; nothing matches everything', () => {
  expect(fuzzyScore('X4 EDSR', 'edsr-x4.onnx', '')).not.toBeNull();
  expect(fuzzyScore('edsr x2', 'edsr-x4.onnx', '')).toBeNull();
  expect(fuzzyScore('  ', 'anything', '')).toBe(0);
});

test('letters in order count in the label alone: long texts hold every letter', () => {
  expect(fuzzyScore('abc', 'x', 'a long text, but without it, says nothing of character')).toBeNull();
  expect(fuzzyScore('text', 'x', 'a long text')).not.toBeNull();
});

test('signs of regular expressions are letters', () => {
  expect(fuzzyScore('a.c', 'abc', '')).toBeNull();
  expect(fuzzyScore('[x', 'a[x]', '')).not.toBeNull();
});
