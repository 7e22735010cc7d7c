import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { degrade, modCrop } from '../../../reports/quality/degrade.ts';
import { type Image, planesOf } from '../../../reports/quality/image.ts';
import { type Interpolation, interpolate } from '../../../reports/quality/interpolate.ts';
import { measure } from '../../../reports/quality/measure.ts';
import { parseProtocol } from '../../../reports/quality/protocol.ts';
import { readImage } from '../../../reports/quality/read-image.ts';
import { sharedData } from '../../support/paths.ts';

const set5 = sharedData('images/Set5');
const NAMES = ['baby', 'bird', 'butterfly', 'head', 'woman'];

const read = async (...path: string[]): Promise<Image> => (await readImage(join(set5 as string, ...path))).image;

function differing(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  const other = planesOf(b);
  return planesOf(a).reduce((sum, plane, p) => sum + [...plane.data].filter((value, i) => value !== other[p]?.data[i]).length, 0);
}

/** Mean over Set5 of what bicubic, or another interpolation, scores under a protocol. */
async function meanOf(name: string, scale: number, multiple = scale, how: Interpolation = 'bicubic'): Promise<number> {
  const protocol = parseProtocol(name);
  let sum = 0;
  for (const image of NAMES) {
    const hr = modCrop(await read('HR', `${image}.png`), multiple, protocol.modCrop);
    sum += measure(hr, interpolate(degrade(hr, scale, protocol.lr), scale, protocol.lr, how), protocol, scale);
  }
  return sum / NAMES.length;
}

describe.skipIf(!set5)('Set5 (../shared/data/images; skipped where this machine lacks it)', () => {
  test.each([2, 3, 4])('LR ×%i equals MATLAB’s pixel for pixel', async (scale) => {
    for (const name of NAMES) {
      const hr = modCrop(await read('HR', `${name}.png`), scale);
      expect(differing(degrade(hr, scale, 'matlab'), await read('LR_bicubic', `X${scale}`, `${name}x${scale}.png`)), name).toBe(0);
    }
  });

  test.each([
    [2, 33.66, 0.9299],
    [3, 30.39, 0.8682],
    [4, 28.42, 0.8104],
  ])('the published bicubic table at ×%i', async (scale, psnr, ssim) => {
    expect(Math.abs((await meanOf('psnr:y:crop:srcnn', scale)) - psnr)).toBeLessThan(0.01);
    expect(Math.abs((await meanOf('ssim:y:crop:srcnn', scale)) - ssim)).toBeLessThan(0.0001);
  });

  test.each([
    [2, 31.7866, 0.9086],
    [3, 28.6236, 0.8383],
    [4, 26.6921, 0.7731],
  ])('bicubic per RGB channel at ×%i', async (scale, psnr, ssim) => {
    expect(await meanOf('psnr:rgb:crop', scale)).toBeCloseTo(psnr, 4);
    expect(await meanOf('ssim:rgb:crop', scale)).toBeCloseTo(ssim, 4);
  });

  test.each([
    ['psnr:y:crop2:matlab', 33.6734], ['ssim:y:crop2:matlab', 0.9303], ['psnr:y:crop2:matlab:yround', 33.6396],
    ['ssim:y:crop2:matlab:yround', 0.9292], ['quicksrnet', 33.6571], ['psnr:rgb:crop4:pil', 31.7817],
  ])('%s at ×2 is %f', async (name, value) => {
    expect(await meanOf(name, 2)).toBeCloseTo(value, 4);
  });

  test.each([[3, 30.4037], [4, 28.4295]])('quicksrnet at ×%i is %f', async (scale, value) => {
    expect(await meanOf('quicksrnet', scale)).toBeCloseTo(value, 4);
  });

  test('nearest under the protocol of QuickSRNet at ×2 is 30.8703', async () => {
    expect(await meanOf('quicksrnet', 2, 2, 'nearest')).toBeCloseTo(30.8703, 4);
  });
});
