import { describe, expect, test } from 'vitest';
import { randomChain } from './random-chain.ts';
import { expectSameBits, ramp, type Reduced, reduceRanks, targetOfRank } from './support.ts';

const ROUNDS = 400;

describe('random chains compute the same bits', () => {
  test.each([3, 4, 5])('rank %i', async (rank) => {
    const limit = Math.max(rank, 4);
    let fired = 0;
    for (let seed = rank * 10_000; seed < rank * 10_000 + ROUNDS; seed++) {
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
    expect(fired).toBeGreaterThan(ROUNDS / 2);
  });
});

/** Nodes that compute or copy data above the limit; an Add that tells more axes apart has said so. */
function highRankWork({ moves, records }: Reduced, limit: number): unknown[] {
  const refused = records.some(({ outcome }) => outcome === 'refused');
  return moves.filter(({ from, to, opType }) => Math.max(from.length, to.length) > limit && !(refused && (opType === 'Add' || opType === 'Sub')));
}
