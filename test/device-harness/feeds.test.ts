import { expect, it } from 'vitest';
import { benchFeed, modelRange } from '../../device-harness/index.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';

const contract: InputContract = {
  name: 'x',
  kind: 'image',
  color: 'rgb',
  range: [0, 1],
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  layout: 'NCHW',
  dtype: 'float32',
  shape: [1, 3, 8, 6],
};

it('feeds what the contract lets through, in its shape', () => {
  expect(modelRange(contract).map((v) => v.toFixed(3))).toEqual(['-2.118', '2.640']);
  const feed = benchFeed(
    [
      { name: 'x', dtype: 'float32', dims: ['n', 3, null, 'w'] },
      { name: 's', dtype: 'float32', dims: [2] },
    ],
    [contract],
    { seed: 1 },
  );
  const x = feed.get('x');
  expect(x?.dims).toEqual([1, 3, 8, 6]);
  const values = Array.from(x?.data as Float32Array);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-2.12);
  expect(Math.max(...values)).toBeLessThanOrEqual(2.65);
  expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(4);
  expect(feed.get('s')?.dims).toEqual([2]);
});

it('keeps integers whole and in range', () => {
  const bytes = { ...contract, range: [0, 255], mean: [0], std: [1], dtype: 'uint8', shape: [1, 3, null, null] } as const;
  expect(() => benchFeed([{ name: 'x', dtype: 'uint8', dims: [1, 3, 'h', 'w'] }], [bytes], { seed: 1 })).toThrow(/has no size/);
  const feed = benchFeed([{ name: 'x', dtype: 'uint8', dims: [1, 3, 'h', 'w'] }], [bytes], { seed: 1, bindings: { h: 40, w: 40 } });
  expect(Math.max(...(feed.get('x')?.data as Uint8Array))).toBeGreaterThan(250);
});
