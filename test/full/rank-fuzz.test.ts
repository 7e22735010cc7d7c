import { expect, test } from 'vitest';
import { randomChain } from '../converters/rewrites/rank/random-chain.ts';
import { expectSameBits, ramp, reduceRanks, targetOfRank } from '../converters/rewrites/rank/support.ts';

const ROUNDS = 5000;

test.each([[4, false], [5, false], [4, true]])('%i limits, open sizes %s: thousands of random chains compute the same bits', async (rank, open) => {
  for (let seed = 1_000_000 * rank; seed < 1_000_000 * rank + ROUNDS; seed++) {
    const { model, dims } = randomChain(seed, open);
    const reduced = reduceRanks(model, targetOfRank(5, rank, seed % 2 === 0 ? undefined : []));
    await expectSameBits(model, reduced, { x: ramp(dims) }).catch((error: unknown) => expect.fail(`seed ${seed}: ${String(error)}`));
  }
}, 600_000);
