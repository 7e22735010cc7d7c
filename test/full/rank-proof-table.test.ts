import { expect, test } from 'vitest';
import { countSteps } from '../converters/rewrites/rank/proof-table.ts';

/** Rows k = 7 of reference/onnx-tools.md §4.3: all 5,040 permutations of seven axes. */
test.each([
  { rank: 4, all: [1, 271, 3400, 1368], irreducible: [0, 0, 757, 1362] },
  { rank: 5, all: [1, 1066, 3973], irreducible: [0, 0, 2119] },
])('seven axes at rank $rank', ({ rank, all, irreducible }) => {
  const counted = countSteps(7, rank);
  expect(counted.all).toEqual(all);
  expect(counted.irreducible).toEqual(irreducible);
}, 300_000);
