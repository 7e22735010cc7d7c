import { expect, test } from 'vitest';
import { Prng } from '../../../models/run/prng.ts';
import { type Label, placeLabels } from '../../../reports/sweep/html/place-labels.ts';

const FRAME = { left: 70, right: 600, top: 12, bottom: 330 };

test.each([1, 2, 3, 4])('names cover neither one another nor marks, and stay inside, seed %i', (seed) => {
  const random = new Prng(seed);
  const labels = Array.from({ length: 40 }, (_, i): Label => {
    const [x, y] = [80 + random.uniform() * 500, 20 + random.uniform() * 300];
    return { text: `variant ${i}`, at: [x, y], bar: [x - 10 * random.uniform(), x + 10 * random.uniform()], isKept: false };
  });
  const placed = placeLabels(labels, FRAME);
  expect(placed.length).toBeGreaterThan(5);
  const boxes = placed.map(({ text, x, y }) => ({ x, y: y - 10, width: text.length * 6.4, height: 13 }));
  for (const [i, a] of boxes.entries()) {
    expect(a.x >= FRAME.left && a.x + a.width <= FRAME.right && a.y >= FRAME.top && a.y + a.height <= FRAME.bottom + 1e-9).toBe(true);
    for (const b of boxes.slice(i + 1)) expect(a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height).toBe(false);
    for (const { at: [x, y] } of labels) expect(x > a.x && x < a.x + a.width && y > a.y && y < a.y + a.height).toBe(false);
  }
});

test('a name that is kept is there even where nothing is free', () => {
  const crowd = Array.from({ length: 12 }, (_, i): Label => ({ text: 'the same place', at: [300, 150], bar: [100, 500], isKept: i === 0 }));
  expect(placeLabels(crowd, FRAME).some(({ isKept }) => isKept)).toBe(true);
});
