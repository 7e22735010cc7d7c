import { describe, expect, test } from 'vitest';
import { fewestMoves, type Move } from '../../../../converters/rewrites/rank/fewest-moves.ts';
import { distance, everyMove, permutations, transposed } from './brute-force.ts';
import { countSteps } from './proof-table.ts';

/** Table of reference/onnx-tools.md §4.3: permutations of k axes by number of steps, over all, and over those that need k axes. */
describe.each([
  { k: 5, rank: 3, all: [1, 22, 77, 20], irreducible: [0, 0, 33, 20] },
  { k: 5, rank: 4, all: [1, 66, 53], irreducible: [0, 0, 53] },
  { k: 6, rank: 3, all: [1, 35, 275, 385, 24], irreducible: [0, 0, 0, 285, 24] },
  { k: 6, rank: 4, all: [1, 145, 573, 1], irreducible: [0, 0, 308, 1] },
  { k: 6, rank: 5, all: [1, 410, 309], irreducible: [0, 0, 309] },
])('all permutations of $k axes at rank $rank', ({ k, rank, all, irreducible }) => {
  test('take as many steps as published', () => {
    const counted = countSteps(k, rank);
    expect(counted.all).toEqual(all);
    expect(counted.irreducible).toEqual(irreducible);
  });
});

test('the only permutation of six axes that takes three steps at rank 4', () => {
  const slow = permutations(6).filter((perm) => fewestMoves(unit(6), perm, 4)?.length === 3);
  expect(slow).toEqual([[0, 4, 3, 2, 1, 5]]);
});

describe('every solution does the permutation, and trying everything finds none that is shorter', () => {
  test.each([
    { sizes: [2, 3, 2, 2, 2], rank: 3 }, { sizes: [2, 2, 2, 2, 3], rank: 3 }, { sizes: [4, 2, 3, 2], rank: 3 },
    { sizes: [2, 2, 2, 2, 2], rank: 4 },
  ])('$sizes at rank $rank', ({ sizes, rank }) => {
    const moves = everyMove(sizes.reduce((a, b) => a * b, 1), rank);
    for (const perm of permutations(sizes.length)) {
      const found = fewestMoves(sizes, perm, rank) as Move[];
      const wanted = transposed(sizes, perm);
      expect(run(found, wanted.length).join(), `${perm}`).toBe(wanted.join());
      expect(Math.max(0, ...found.map((move) => move.axes.length))).toBeLessThanOrEqual(rank);
      if (found.length === 0 || found.length > 3) continue;
      expect(distance(wanted, moves, found.length - 1), `${perm} takes ${found.length}`).toBeNull();
    }
  }, 480_000);
});

test('the longest contiguous inner run wins, then the fewest axes', () => {
  expect(fewestMoves([3, 128, 2, 128, 2], [0, 2, 4, 1, 3], 4)).toEqual([
    { axes: [3, 128, 512], perm: [1, 0, 2] }, { axes: [128, 6, 128, 2], perm: [1, 3, 0, 2] },
  ]);
  expect(fewestMoves([3, 4, 4, 64, 64], [0, 3, 1, 4, 2], 4)).toEqual([
    { axes: [3, 16, 4096], perm: [1, 0, 2] }, { axes: [4, 4, 192, 64], perm: [2, 0, 3, 1] },
  ]);
});

test('eight axes: at most two steps at rank 5 but for four permutations', () => {
  for (const worst of ['05432176', '06543217', '10543276', '10654327']) {
    expect(fewestMoves(unit(8), [...worst].map(Number), 5)?.length, worst).toBe(3);
  }
  expect(fewestMoves(unit(8), [0, 2, 4, 6, 1, 3, 5, 7], 5)?.length).toBe(2);
  expect(fewestMoves(unit(8), [0, 6, 5, 4, 3, 2, 1, 7], 4)?.length).toBe(4);
});

test('more than ten axes: still done, in no more steps than a step an axis', () => {
  const perm = [11, 3, 7, 1, 9, 5, 0, 10, 2, 6, 8, 4];
  const found = fewestMoves(unit(12), perm, 4) as Move[];
  expect(found.length).toBeLessThanOrEqual(6);
  expect(found.every((move) => move.axes.length <= 4)).toBe(true);
  expect(run(found, 4096).join()).toBe(transposed(unit(12), perm).join());
});

test('any rank at all: one step; no rank: none', () => {
  expect(fewestMoves(unit(7), [6, 5, 4, 3, 2, 1, 0], Number.POSITIVE_INFINITY)?.length).toBe(1);
  expect(fewestMoves(unit(3), [0, 1, 2], 4)).toEqual([]);
    expect(fewestMoves(unit(3), [1, 2, 0], 2)).toBeNull();
});

function unit(k: number): number[] {
  return Array.from({ length: k }, () => 2);
}

/** The moves on positions, by the definition of reshape and transpose. */
function run(moves: readonly Move[], size: number): Int32Array {
  let state = Int32Array.from({ length: size }, (_, i) => i);
  for (const { axes, perm } of moves) state = transposed(axes as number[], perm).map((from) => state[from] as number);
  return state;
}
