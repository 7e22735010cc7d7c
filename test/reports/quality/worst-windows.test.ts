import { expect, test } from 'vitest';
import { type Image, imageOf } from '../../../reports/quality/image.ts';
import { WorstWindows, worstWindows } from '../../../reports/quality/worst-windows.ts';
import { picture } from '../../support/quality.ts';

/** A picture with a square of other pixels. */
function damaged(image: Image, x: number, y: number, side: number, by: number): Image {
  return imageOf(image.planes.map((data) => ({
    width: image.width, height: image.height,
    data: Uint8Array.from(data, (level, i) => (i % image.width >= x && i % image.width < x + side && Math.floor(i / image.width) >= y && Math.floor(i / image.width) < y + side ? Math.max(0, level - by) : level)),
  })));
}

/** Every window, one after the other. */
function bruteForce(a: Image, b: Image, size: number): { x: number; y: number; error: number } {
  let best = { x: 0, y: 0, error: -1 };
  for (let y = 0; y + size <= a.height; y++) {
    for (let x = 0; x + size <= a.width; x++) {
      let sum = 0;
      for (let c = 0; c < 3; c++) for (let v = y; v < y + size; v++) for (let u = x; u < x + size; u++) sum += ((a.planes[c]?.[v * a.width + u] as number) - (b.planes[c]?.[v * a.width + u] as number)) ** 2;
      if (sum > best.error) best = { x, y, error: sum };
    }
  }
  return { ...best, error: best.error / (3 * size * size) };
}

test('the worst window is the one that trying all of them finds', () => {
  for (const [seed, size] of [[1, 5], [2, 8], [3, 1]] as const) {
    const [a, b] = [picture(31, 23, seed), picture(31, 23, seed + 10)];
    const [found] = worstWindows(a, b, size, 1);
    expect(found).toEqual({ ...bruteForce(a, b, size), width: size, height: size });
  }
});

test('further windows do not overlap, are less bad, and end where nothing differs', () => {
  const image = picture(40, 30);
  const test = damaged(damaged(image, 4, 4, 6, 60), 28, 20, 6, 30);
  const found = worstWindows(image, test, 6, 5);
  expect(found.slice(0, 2).map(({ x, y }) => [x, y])).toEqual([[4, 4], [28, 20]]);
  expect(found).toHaveLength(2);
  expect(worstWindows(image, image, 6, 3)).toEqual([]);
});

test('a picture smaller than a window is one window', () => {
  const image = picture(7, 5);
  expect(worstWindows(image, damaged(image, 2, 2, 1, 9), 96, 3).map(({ error: _, ...place }) => place)).toEqual([{ x: 0, y: 0, width: 7, height: 5 }]);
});

test('of several pictures the worst places are kept, for each variant against original and reference', () => {
  const windows = new WorstWindows({ size: 8, count: 2, reference: 'fp32' });
  const [first, second] = [picture(24, 24, 1), picture(24, 24, 2)];
  const test = (name: string, hr: Image) => ({ name, tags: [], hr, lr: hr, notes: [] });
  windows.add(test('a.png', first), [{ variant: 'fp32', image: damaged(first, 0, 0, 8, 10) }, { variant: 'int8', image: damaged(first, 16, 16, 8, 20) }]);
  windows.add(test('b.png', second), [{ variant: 'fp32', image: second }, { variant: 'int8', image: damaged(second, 8, 0, 8, 90) }]);
  expect(windows.choose().map(({ of, against, image, x, y, views }) => [of, against, image, x, y, views.map(({ variant }) => variant).join()])).toEqual([
    ['fp32', 'original image', 'a.png', 0, 0, 'fp32'],
    ['int8', 'original image', 'b.png', 8, 0, 'int8'],
    ['int8', 'original image', 'a.png', 16, 16, 'int8'],
    ['int8', 'fp32', 'b.png', 8, 0, 'fp32,int8'],
    ['int8', 'fp32', 'a.png', 16, 16, 'fp32,int8'],
  ]);
});
