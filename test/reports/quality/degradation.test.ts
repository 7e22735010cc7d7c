import { describe, expect, test } from 'vitest';
import { UserError } from '../../../models/contracts/index.ts';
import { applyDegradation } from '../../../reports/quality/degradation/apply-degradation.ts';
import { formatDegradation, parseDegradation } from '../../../reports/quality/degradation/degradation.ts';
import { gaussianBlur } from '../../../reports/quality/degradation/gaussian-blur.ts';
import { degrade } from '../../../reports/quality/degrade.ts';
import { type Image, imageOf, type Plane, planesOf } from '../../../reports/quality/image.ts';
import { imresize } from '../../../reports/quality/imresize.ts';
import { picture } from '../../support/quality.ts';

const context = { scale: 2, lr: 'matlab', seed: 1, image: 'a.png' } as const;
const apply = (image: Image, text: string, more: object = {}): Promise<Image> => applyDegradation(image, parseDegradation(text), { ...context, ...more });
const flat = (level: number, side = 64): Image => imageOf([0, 1, 2].map(() => ({ width: side, height: side, data: new Uint8Array(side * side).fill(level) })));

test.each([
  ['bicubic', 'bicubic'], ['gaussian', 'gaussian:1.2,bicubic'], ['gaussian:0.8', 'gaussian:0.8,bicubic'], ['noise', 'bicubic,noise:5'], ['jpeg', 'bicubic,jpeg:75'],
  ['gaussian:2,jpeg:30', 'gaussian:2,bicubic,jpeg:30'], ['noise:3,bicubic', 'noise:3,bicubic'], ['gaussian,gaussian:3,noise', 'gaussian:1.2,gaussian:3,bicubic,noise:5'],
  ['chain', 'gaussian:1.2,bicubic,noise:5,jpeg:70'], ['chain:jpeg:50,noise:1', 'bicubic,jpeg:50,noise:1'], [' Gaussian:1.2 , JPEG:70', 'gaussian:1.2,bicubic,jpeg:70'],
])('%s is %s', (text, canonical) => {
  expect(formatDegradation(parseDegradation(text))).toBe(canonical);
  expect(parseDegradation(canonical)).toEqual(parseDegradation(text));
});

test.each([
  ['', '"" is not known'], ['blur', '"blur" is not known'], ['bicubic,bicubic', 'more than once'], ['bicubic:2', 'not known'], ['gaussian:0', 'not a number above 0'], ['gaussian:-1', 'not a number'],
  ['noise:1e3', 'not a number'], ['noise:129', 'up to 128'], ['jpeg:0', '1 to 100'], ['jpeg:101', '1 to 100'], ['jpeg:70.5', '1 to 100'], ['jpeg:70:2', 'two numbers'], ['noise:', 'not a number'], ['jpeg,', '"" is not known'],
])('%s is refused: %s', (text, message) => {
  expect(() => parseDegradation(text)).toThrow(message);
  expect(() => parseDegradation(text)).toThrow(UserError);
});

test('without anything worse it is the resizer of the protocol, pixel for pixel', async () => {
  const image = picture(24, 18);
  for (const lr of ['matlab', 'matlab-clamp', 'matlab-double', 'pil'] as const) expect(await apply(image, 'bicubic', { lr })).toEqual(degrade(image, 2, lr));
});

test('a blur is unrounded when it is resized: MATLAB in double precision, rounded once', async () => {
  const image = picture(20, 12);
  const expected = planesOf(image).map((plane) => imresize(gaussianBlur(plane, 1.5), 0.5).data.map((value) => Math.min(255, Math.max(0, Math.floor(value + 0.5)))));
  expect((await apply(image, 'gaussian:1.5')).planes.map((data) => [...data])).toEqual(expected.map((data) => [...data]));
});

describe('noise', () => {
  test('is seeded by the name of the picture alone: neither order nor neighbours count', async () => {
    const image = flat(128);
    const [a, again, other, seeded] = [await apply(image, 'noise'), await apply(image, 'noise'), await apply(image, 'noise', { image: 'b.png' }), await apply(image, 'noise', { seed: 2 })];
    expect(again).toEqual(a);
    expect(other).not.toEqual(a);
    expect(seeded).not.toEqual(a);
  });

  test('has the deviation that was asked for, and is drawn for each channel', async () => {
    const [red, green] = (await apply(flat(128, 256), 'noise:10')).planes as Uint8Array[];
    const mean = (red as Uint8Array).reduce((sum, value) => sum + value, 0) / 128 ** 2;
    const deviation = Math.sqrt((red as Uint8Array).reduce((sum, value) => sum + (value - mean) ** 2, 0) / 128 ** 2);
    expect([Math.abs(mean - 128) < 0.4, Math.abs(deviation - 10) < 0.25]).toEqual([true, true]);
    expect(green).not.toEqual(red);
  });

  test('keeps grey pictures grey, and levels in range', async () => {
    const gray = { ...flat(254), gray: true };
    const { planes } = await apply(gray, 'noise:40');
    expect(planes[1]).toEqual(planes[0]);
    expect(Math.max(...(planes[0] as Uint8Array))).toBe(255);
  });
});

test('JPEG loses more the lower its quality, keeps the size, and a model of scale 1 can be degraded', async () => {
  const image = picture(40, 24);
  const error = (a: Image): number => a.planes.reduce((sum, data, c) => sum + (data as Uint8Array).reduce((s, value, i) => s + (value - ((image.planes[c] as Plane['data'])[i] as number)) ** 2, 0), 0);
  const [low, high] = [await apply(image, 'jpeg:20', { scale: 1 }), await apply(image, 'jpeg:95', { scale: 1 })];
  expect([low.width, low.height]).toEqual([40, 24]);
  expect(error(low)).toBeGreaterThan(2 * error(high));
  expect(error(high)).toBeGreaterThan(0);
});
