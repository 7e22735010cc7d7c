import { describe, expect, test } from 'vitest';
import { joinRuns, type PlacedOperation } from '../../../models/contracts/index.ts';

const operation = (i: number, place: PlacedOperation['place'], work: number): PlacedOperation => ({ name: `n${i}`, opType: i % 2 ? 'Conv' : 'Relu', place, work });
const work = (operations: readonly PlacedOperation[]): number => operations.reduce((sum, one) => sum + one.work, 0);
const count = (operations: readonly PlacedOperation[]): number => operations.reduce((sum, one) => sum + (one.count ?? 1), 0);

describe('placements of thousands of operations', () => {
  const many = Array.from({ length: 5000 }, (_, i) => operation(i, i % 500 === 499 ? 'cpu' : 'htp', (i * 7919) % 1000));

  test('become few entries that lose neither work, number, order nor place', () => {
    const joined = joinRuns(many, 400);
    expect(joined.length).toBeLessThanOrEqual(400);
    expect([count(joined), work(joined)]).toEqual([5000, work(many)]);
    expect(joined.flatMap(({ place, count: own = 1 }) => Array.from({ length: own }, () => place))).toEqual(many.map(({ place }) => place));
    expect(joined[0]!.name.startsWith('n0')).toBe(true);
    expect(joined.at(-1)!.name.endsWith('n4999')).toBe(true);
  });

  test('what does the most work is told by itself the longest', () => {
    const heavy = many.map((one, i) => (i === 2500 ? { ...one, work: 1e9 } : one));
    expect(joinRuns(heavy, 400).find(({ work: own }) => own === 1e9)).toEqual(heavy[2500]);
  });

  test('small ones stay as they are; changes of place stay even where that is too many', () => {
    expect(joinRuns(many.slice(0, 100), 400)).toEqual(many.slice(0, 100));
    const alternating = Array.from({ length: 50 }, (_, i) => operation(i, i % 2 ? 'gpu' : 'ane', 1));
    expect(joinRuns(alternating, 10)).toEqual(alternating);
    expect(joinRuns([], 10)).toEqual([]);
  });

  test('a joined entry names its ends, and its operator where it is one', () => {
    const three = [0, 2, 4].map((i) => operation(i, 'htp', 1));
    expect(joinRuns(three, 1)).toEqual([{ name: 'n0 … n4', opType: 'Relu', place: 'htp', work: 3, count: 3 }]);
    expect(joinRuns([operation(0, 'htp', 1), operation(1, 'htp', 0)], 1)[0]?.opType).toBe('several');
  });
});
