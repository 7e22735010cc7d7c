import { expect, test } from 'vitest';
import { inOrder } from '../../../converters/tune/in-order.ts';

const later = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

test.each([1, 2, 5])('results stand in the order of the items, %i at a time and no more', async (parallel) => {
  let [now, most] = [0, 0];
  const results = await inOrder([30, 5, 20, 1, 10, 0], parallel, async (ms, index) => {
    most = Math.max(most, ++now);
    await later(ms);
    now--;
    return `${index}:${ms}`;
  });
  expect(results).toEqual(['0:30', '1:5', '2:20', '3:1', '4:10', '5:0']);
  expect(most).toBe(Math.min(parallel, 6));
});

test('after an error nothing new is begun, what was begun ends, and the first by position is thrown', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  await expect(inOrder([20, 0, 1, 1], 2, async (ms, index) => {
    begun.push(index);
    await later(ms);
    ended.push(index);
    throw new Error(`item ${index}`);
  })).rejects.toThrow('item 0');
  expect([begun, ended.sort()]).toEqual([[0, 1], [0, 1]]);
});

test('no items', async () => {
  expect(await inOrder([], 3, async () => 1)).toEqual([]);
});
