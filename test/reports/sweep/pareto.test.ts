import { describe, expect, test } from 'vitest';
import { Prng } from '../../../models/run/prng.ts';
import { type Candidate, paretoPlaces } from '../../../reports/sweep/pareto.ts';

const BETTER = { x: 'lower', y: 'higher' } as const;

/** The definition, word for word: every pair is looked at, and worst ends stand for the doubt. */
function byDefinition(points: readonly Required<Candidate>[]): string[] {
  return points.map((p) => {
    const beats = (q: Required<Candidate>): boolean => q.x <= p.x && q.y >= p.y && (q.x !== p.x || q.y !== p.y);
    const surely = (q: Required<Candidate>): boolean => beats(q) && (q.high as number) <= (p.low as number) && ((q.high as number) < (p.low as number) || q.y > p.y);
    if (!points.some(beats)) return 'front';
    return points.some(surely) ? 'beaten' : 'tied';
  });
}

describe('places of points', () => {
  test.each([1, 2, 3, 4, 5])('agree with the definition on points with many ties, seed %i', (seed) => {
    const random = new Prng(seed);
    const points = Array.from({ length: 60 }, () => {
      const [x, y, spread] = [Math.floor(random.uniform() * 12), Math.floor(random.uniform() * 12), Math.floor(random.uniform() * 4)];
      return { x, y, low: x - spread, high: x + spread };
    });
    const places = paretoPlaces(points, BETTER);
    expect(places).toEqual(byDefinition(points));
    expect(new Set(places).size).toBe(3);
  });

  test('a point and its double are both on the front, and no point is beaten by itself', () => {
    expect(paretoPlaces([{ x: 1, y: 1 }, { x: 1, y: 1 }], BETTER)).toEqual(['front', 'front']);
    expect(paretoPlaces([{ x: 1, y: 1 }], BETTER)).toEqual(['front']);
    expect(paretoPlaces([], BETTER)).toEqual([]);
  });

  test('directions turn the picture, not the outcome', () => {
    const points = [{ x: 1, low: 0.5, high: 1.5, y: 3 }, { x: 1.4, low: 0.9, high: 1.9, y: 3 }, { x: 4, low: 3.5, high: 4.5, y: 2 }];
    const mirrored = points.map(({ x, low, high, y }) => ({ x: -x, low: -high, high: -low, y: -y }));
    expect(paretoPlaces(points, BETTER)).toEqual(['front', 'tied', 'beaten']);
    expect(paretoPlaces(mirrored, { x: 'higher', y: 'lower' })).toEqual(['front', 'tied', 'beaten']);
  });

  test('what is open may be anything, what has no interval is exact', () => {
    expect(paretoPlaces([{ x: 1, low: null, high: null, y: 3 }, { x: 2, low: null, high: null, y: 2 }], BETTER)).toEqual(['front', 'tied']);
    expect(paretoPlaces([{ x: 1, y: 3 }, { x: 2, y: 2 }], BETTER)).toEqual(['front', 'beaten']);
  });
});
