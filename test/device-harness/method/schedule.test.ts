import { describe, expect, it } from 'vitest';
import { scheduleRound, williamsSquare } from '../../../device-harness/method/schedule.ts';

const count = <T>(items: readonly T[]): Map<T, number> =>
  items.reduce((map, item) => map.set(item, (map.get(item) ?? 0) + 1), new Map<T, number>());

describe('Williams square', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])('of %i is balanced for place and for predecessor', (n) => {
    const rows = williamsSquare(n);
    for (const row of rows) expect([...row].sort()).toEqual(Array.from({ length: n }, (_, i) => i));
    for (let place = 0; place < n; place++)
      expect(new Set(count(rows.map((row) => row[place])).values())).toEqual(new Set([rows.length / n]));
    const neighbours = count(rows.flatMap((row) => row.slice(1).map((value, i) => `${row[i]}>${value}`)));
    expect(neighbours.size).toBe(n * (n - 1));
    expect(new Set(neighbours.values()).size).toBeLessThanOrEqual(1);
  });
});

describe('schedule', () => {
  const rounds = (variants: string[], units: string[], n: number, seed: number) =>
    Array.from({ length: n }, (_, r) => scheduleRound(variants, units, r, seed)).flat();

  it('alternates two variants as AB BA AB BA', () => {
    const order = rounds(['a', 'b'], ['u'], 4, 1)
      .map((spec) => spec.variant)
      .join('');
    expect(['abbaabba', 'baabbaab']).toContain(order);
  });

  it('depends on the seed only', () => {
    const text = (seed: number): string => JSON.stringify(rounds(['a', 'b', 'c', 'd'], ['x', 'y'], 3, seed));
    expect(text(5)).toBe(text(5));
    expect(new Set(Array.from({ length: 10 }, (_, seed) => text(seed))).size).toBeGreaterThan(3);
  });

  it('has each variant once a round and unit, the variants of a unit together, the units in turn', () => {
    const specs = rounds(['a', 'b', 'c'], ['x', 'y'], 4, 3);
    expect(specs.map((spec) => spec.order)).toEqual(specs.map((_, i) => i));
    for (let round = 0; round < 4; round++) {
      const own = specs.filter((spec) => spec.round === round);
      expect(new Set(own.map((spec) => spec.unit + spec.variant)).size).toBe(6);
      expect(own.map((spec) => spec.unit).join('')).toBe(round % 2 ? 'yyyxxx' : 'xxxyyy');
    }
  });
});
