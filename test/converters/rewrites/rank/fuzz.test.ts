import { describe, expect, test } from 'vitest';
import { randomChain } from './random-chain.ts';
import { expectSameBits, ramp, type Reduced, reduceRanks, targetOfRank } from './support.ts';

const ROUNDS = 150;

describe('random chains compute the same bits', () => {
  test.each([[3, 30_000], [4, 40_000], [5, 50_000], [Number.POSITIVE_INFINITY, 60_000]])('rank %d', async (rank, first) => {
    const limit = Math.max(rank, 4);
    let fired = 0;
    for (let seed = first; seed < first + ROUNDS; seed++) {
      const { model, dims } = randomChain(seed);
      const native = seed % 2 === 0 ? undefined : [];
      try {
        const reduced = reduceRanks(model, targetOfRank(limit, rank, native));
        fired += reduced.records.length > 0 ? 1 : 0;
        expect(highRankWork(reduced, limit)).toEqual([]);
        await expectSameBits(model, reduced, { x: ramp(dims) });
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    expect(fired).toBeGreaterThan(ROUNDS / 3);
  });
});

test('random chains with open sizes compute the same bits', async () => {
  let fired = 0;
  for (let seed = 90_000; seed < 90_000 + ROUNDS; seed++) {
    const { model, dims } = randomChain(seed, true);
    try {
      const reduced = reduceRanks(model, targetOfRank(4, 4, seed % 2 === 0 ? undefined : []));
      fired += reduced.records.some(({ outcome }) => outcome === 'fired') ? 1 : 0;
      await expectSameBits(model, reduced, { x: ramp(dims) });
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
  expect(fired).toBeGreaterThan(ROUNDS / 3);
});

/** Nodes that compute or copy data above the limit; an Add that tells more axes apart has said so. */
function highRankWork({ moves, records }: Reduced, limit: number): unknown[] {
  const refused = records.some(({ outcome }) => outcome === 'refused');
  return moves.filter(({ from, to, opType }) => Math.max(from.length, to.length) > limit && !(refused && (opType === 'Add' || opType === 'Sub')));
}
