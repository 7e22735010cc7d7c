import { expect, test } from 'vitest';
import { figuresOf } from '../../../../converters/coreml/parity/figures.ts';
import { ndarray } from '../../../support/ort.ts';

test('figures by hand', () => {
  const { maxAbs, psnr, sqnr, cosine } = figuresOf(ndarray('float32', [4], [0, 1, 2, -2]), ndarray('float32', [4], [0, 1, 2, -1]));
  expect(maxAbs).toBe(1);
  expect(psnr).toBeCloseTo(10 * Math.log10((16 * 4) / 1), 10);
  expect(sqnr).toBeCloseTo(10 * Math.log10(9), 10);
  expect(cosine).toBeCloseTo(7 / Math.sqrt(9 * 6), 10);
});

test('equal arrays, also with infinities and NaN, are equal; zeros too', () => {
  for (const values of [[1, 2], [Number.POSITIVE_INFINITY, Number.NaN], [0, 0]]) {
    const array = ndarray('float32', [2], values);
    expect(figuresOf(array, array)).toEqual({ maxAbs: 0, psnr: Number.POSITIVE_INFINITY, sqnr: Number.POSITIVE_INFINITY, cosine: 1 });
  }
});

test.each([
  ['another shape', ndarray('float32', [2, 1], [1, 2])],
  ['an infinity on one side', ndarray('float32', [2], [1, Number.POSITIVE_INFINITY])],
  ['NaN on one side', ndarray('float32', [2], [1, Number.NaN])],
])('%s has nothing in common with it', (_, other) => {
  expect(figuresOf(ndarray('float32', [2], [1, 2]), other).psnr).toBe(Number.NEGATIVE_INFINITY);
});

test('element types may differ', () => {
  expect(figuresOf(ndarray('uint8', [3], [0, 7, 255]), ndarray('float32', [3], [0, 7, 254])).maxAbs).toBe(1);
});
