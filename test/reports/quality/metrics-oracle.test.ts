import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ciede2000 } from '../../../reports/quality/color/ciede2000.ts';
import { colorDifference, meanColorDifference } from '../../../reports/quality/color/color-difference.ts';
import type { Lab } from '../../../reports/quality/color/lab.ts';
import { gaussianBlur } from '../../../reports/quality/degradation/gaussian-blur.ts';
import { imageOf, type Plane, planesOf } from '../../../reports/quality/image.ts';
import { interpolate, type Interpolation, parseInterpolations } from '../../../reports/quality/interpolate.ts';
import { textureRatio } from '../../../reports/quality/texture.ts';
import { fixture } from '../../support/paths.ts';

interface Enlarged {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly pixels: number[];
  readonly pil: Record<string, number[]>;
  readonly matlab: Record<string, number[]>;
  readonly levels: number[];
  readonly repeated?: number[];
}

interface Pair<T> {
  readonly width: number;
  readonly height: number;
  readonly a: T;
  readonly b: T;
}

/** Made by test/fixtures/quality/make-metrics.py. */
const oracle = JSON.parse(readFileSync(fixture('quality/metrics.json'), 'utf8')) as {
  readonly enlarged: Enlarged[];
  readonly colors: (Pair<number[][]> & { readonly difference: number; readonly mean: number })[];
  readonly textures: (Pair<number[]> & { readonly ratio: number })[];
  readonly blurs: { readonly width: number; readonly height: number; readonly sigma: number; readonly pixels: number[]; readonly blurred: number[] }[];
};

const plane = (width: number, height: number, data: readonly number[]): Plane => ({ width, height, data: Uint8Array.from(data) });
const double = (width: number, height: number, data: readonly number[]): Plane => ({ width, height, data: Float64Array.from(data) });

describe.each(oracle.enlarged)('$width×$height enlarged $scale times', ({ width, height, scale, pixels, pil, matlab, levels, repeated }) => {
  const source = imageOf([plane(width, height, pixels)]);
  const made = (lr: 'pil' | 'matlab' | 'matlab-double', how: string): number[] => [...(planesOf(interpolate(source, scale, lr, how as Interpolation))[0] as Plane).data];

  test.each(Object.keys(pil))('%s is Pillow’s, bit for bit', (name) => expect(made('pil', name)).toEqual(pil[name]));

  test.each(Object.keys(matlab))('%s of MATLAB in double precision', (name) => {
    const expected = (matlab[name] as number[]).map((value) => Math.min(255, Math.max(0, value)));
    for (const [i, value] of made('matlab-double', name).entries()) expect(value).toBeCloseTo(expected[i] as number, 8);
  });

  test('Mitchell by Pillow’s rules is the formula’s, but for ties of its fixed-point weights', () => {
    for (const [i, value] of made('pil', 'mitchell').entries()) expect(Math.abs(value - (levels[i] as number))).toBeLessThanOrEqual(1);
  });

  if (repeated) test('nearest repeats pixels', () => expect([made('matlab', 'nearest'), made('pil', 'nearest')]).toEqual([repeated, repeated]));
});

test('baselines that are none are named', () => {
  expect(parseInterpolations(['Lanczos', 'bicubic', 'bicubic'])).toEqual(['lanczos', 'bicubic']);
  expect(() => parseInterpolations(['bicubic', 'spline'])).toThrow('"spline" is no baseline');
});

describe('CIEDE2000', () => {
  const [, ...rows] = readFileSync(fixture('quality/ciede2000.csv'), 'utf8').trim().split('\n');
  const pairs = rows.map((row) => row.split(',').map(Number) as [number, number, number, number, number, number, number]);

  test.each(pairs)('published pair (%f, %f, %f) and (%f, %f, %f) differ by %f, both ways round', (l1, a1, b1, l2, a2, b2, difference) => {
    const [x, y]: [Lab, Lab] = [[l1, a1, b1], [l2, a2, b2]];
    expect(Math.abs(ciede2000(x, y) - difference)).toBeLessThan(0.00005 + 1e-9);
    expect(Math.abs(ciede2000(y, x) - difference)).toBeLessThan(0.00005 + 1e-9);
  });

  test('all 34 pairs of the paper are there', () => expect(pairs).toHaveLength(34));

  test.each(oracle.colors)('pictures of $width×$height as scikit-image has them', ({ width, height, a, b, difference, mean }) => {
    const [x, y] = [a, b].map((planes) => planes.map((data) => plane(width, height, data))) as [Plane[], Plane[]];
    expect(Math.abs(colorDifference(x, y) / difference - 1)).toBeLessThan(1e-4);
    expect(Math.abs(meanColorDifference(x, y) / mean - 1)).toBeLessThan(1e-3);
    expect([colorDifference(x, x), meanColorDifference(y, y)]).toEqual([0, 0]);
  });
});

describe('texture', () => {
  test.each(oracle.textures)('$width×$height as scipy’s Laplacian', ({ width, height, a, b, ratio }) => {
    expect(textureRatio(double(width, height, a), double(width, height, b))).toBeCloseTo(ratio, 9);
  });

  test('flat pictures have a ratio: noise on nothing is above 1, nothing is 1', () => {
    const flat = plane(4, 4, Array(16).fill(77));
    const noisy = plane(4, 4, Array.from({ length: 16 }, (_, i) => 77 + (i % 2)));
    expect(textureRatio(flat, flat)).toBe(1);
    expect(textureRatio(flat, noisy)).toBeGreaterThan(1);
    expect(() => textureRatio(plane(2, 9, Array(18).fill(0)), plane(2, 9, Array(18).fill(0)))).toThrow('2×9');
  });
});

test.each(oracle.blurs)('blur of $width×$height by $sigma is scipy’s', ({ width, height, sigma, pixels, blurred }) => {
  const { data } = gaussianBlur(double(width, height, pixels), sigma);
  for (const [i, value] of blurred.entries()) expect(data[i]).toBeCloseTo(value, 8);
});
