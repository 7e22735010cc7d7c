import { expect, test } from 'vitest';
import { hashJson } from '../../../cli/pipeline/hash.ts';

test('the order of keys makes no difference, everything else does', () => {
  expect(hashJson({ a: 1, b: [1, { c: null, d: 'x' }] })).toBe(hashJson({ b: [1, { d: 'x', c: null }], a: 1 }));
  const others = [{ a: 1 }, { a: '1' }, { a: [1] }, { a: null }, {}, [1], null, 'a', { a: { a: 1 } }, ['a', 1], [['a', 1]]];
  expect(new Set(others.map(hashJson)).size).toBe(others.length);
});

test('what is undefined is not there, as JSON has it', () => {
  expect(hashJson({ a: 1, b: undefined })).toBe(hashJson({ a: 1 }));
});
