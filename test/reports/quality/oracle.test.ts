import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { imageOf, type Plane } from '../../../reports/quality/image.ts';
import { imresize, imresizeTo } from '../../../reports/quality/imresize.ts';
import { measure } from '../../../reports/quality/measure.ts';
import { pilResize } from '../../../reports/quality/pil-resize.ts';
import { parseProtocol } from '../../../reports/quality/protocol.ts';
import { EQUAL_PSNR } from '../../../reports/quality/psnr.ts';
import { ssim } from '../../../reports/quality/ssim.ts';
import { fixture } from '../../support/paths.ts';

interface ResizeCase {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly pixels: number[];
  readonly mirror: number[];
  readonly clamp: number[];
  readonly mirrorDouble: number[];
  readonly clampDouble: number[];
  readonly pil: number[];
}

type MetricCase = { readonly width: number; readonly height: number; readonly a: number[][]; readonly b: number[][] } & Record<
  string,
  number
>;

const oracle = JSON.parse(readFileSync(fixture('quality/oracle.json'), 'utf8')) as { resizes: ResizeCase[]; metrics: MetricCase[] };

const plane8 = (width: number, height: number, data: readonly number[]): Plane => ({ width, height, data: Uint8Array.from(data) });
const planeF = (width: number, height: number, data: readonly number[]): Plane => ({ width, height, data: Float64Array.from(data) });

describe.each(oracle.resizes)('resize of $width×$height by $scale', ({ width, height, scale, pixels, ...expected }) => {
  test.each(['mirror', 'clamp'] as const)('8 bits, %s', (border) => {
    expect([...imresize(plane8(width, height, pixels), scale, { border }).data]).toEqual(expected[border]);
  });

  test.each(['mirror', 'clamp'] as const)('double, %s', (border) => {
    const { data } = imresize(planeF(width, height, pixels), scale, { border });
    for (const [i, value] of expected[`${border}Double`].entries()) expect(data[i]).toBeCloseTo(value, 8);
  });

  test('Pillow', () => {
    const size = (length: number): number => Math.max(1, Math.ceil(length * scale - 1e-9));
    expect([...pilResize(plane8(width, height, pixels), size(width), size(height)).data]).toEqual(expected.pil);
  });
});

describe.each(oracle.metrics)('metrics of $width×$height', (example) => {
  const image = (key: 'a' | 'b') => imageOf(example[key].map((data) => plane8(example.width, example.height, data)));
  test.each(Object.keys(example).filter((key) => /^(psnr|ssim)/.test(key)))('%s', (name) => {
    expect(measure(image('a'), image('b'), parseProtocol(name), 2)).toBeCloseTo(example[name] as number, 9);
  });
});

test('a target size scales each axis by itself, the stronger shrink first', () => {
  const source = plane8(12, 8, oracle.resizes[0]?.pixels ?? []);
  expect([...imresizeTo(source, 6, 4).data]).toEqual(oracle.resizes[0]?.mirror);
  const wide = imresizeTo(source, 3, 8);
  expect([wide.width, wide.height]).toEqual([3, 8]);
  expect([...imresizeTo(source, 12, 8).data]).toEqual([...source.data]);
});

test.each(['cubic', 'triangle', 'box', 'lanczos2', 'lanczos3'] as const)('%s keeps a flat image flat and its size rule', (kernel) => {
  for (const scale of [0.3, 0.5, 1, 1.7, 4]) {
    const flat = imresize(plane8(9, 7, Array(63).fill(200)), scale, { kernel });
    expect(new Set(flat.data)).toEqual(new Set([200]));
    expect([flat.width, flat.height]).toEqual([Math.ceil(9 * scale - 1e-9), Math.ceil(7 * scale - 1e-9)]);
  }
});

test('equal images: 100 dB and a similarity of one', () => {
  const image = imageOf([0, 1, 2].map((c) => plane8(12, 12, Array.from({ length: 144 }, (_, i) => (i * 7 + c) % 256))));
  expect(measure(image, image, parseProtocol('psnr:rgb:crop0'), 2)).toBe(EQUAL_PSNR);
  expect(measure(image, image, parseProtocol('ssim:rgb:crop0'), 2)).toBeCloseTo(1, 12);
});

test('SSIM and borders refuse what is too small', () => {
  const small = plane8(10, 30, Array(300).fill(1));
  expect(() => ssim(small, small)).toThrow(/11×11/);
  expect(() => measure(imageOf([small, small, small]), imageOf([small, small, small]), parseProtocol('psnr:y:crop5'), 2)).toThrow(
    /leaves nothing/,
  );
});

test('a float protocol neither rounds nor clamps, an 8-bit one does both', () => {
  const reference = imageOf([plane8(4, 4, Array(16).fill(255))]);
  const bright = imageOf([planeF(4, 4, Array(16).fill(265.2))]);
  expect(measure(reference, bright, parseProtocol('psnr:y:crop0'), 2)).toBe(EQUAL_PSNR);
  expect(measure(reference, bright, parseProtocol('psnr:y:crop0:float'), 2)).toBeCloseTo(20 * Math.log10(255 / 10.2), 9);
});
