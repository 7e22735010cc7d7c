import type { Rewrite } from '../rewrite.ts';
import { reduceChain } from './reduce-chain.ts';

/** Rank reduction, in the order to try. */
export const rankRewrites: readonly Rewrite[] = [reduceChain];
