import { describe, expect, test } from 'vitest';
import { randomChain } from './random-chain.ts';
import { expectSameBits, ramp, reduceRanks, targetOfRank } from './support.ts';

const ROUNDS = 400;

describe('random chains compute the same bits', () => {
  test.each([3, 4, 5])('rank %i', async (rank) => {
    let fired = 0;
    for (let seed = rank * 10_000; seed < rank * 10_000 + ROUNDS; seed++) {
      const { model, dims } = randomChain(seed);
      const native = seed % 2 === 0 ? undefined : [];
      try {
        const reduced = reduceRanks(model, targetOfRank(Math.max(rank, 4), rank, native));
        fired += reduced.records.length > 0 ? 1 : 0;
        await expectSameBits(model, reduced, { x: ramp(dims) });
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    expect(fired).toBeGreaterThan(ROUNDS / 2);
  });
});
