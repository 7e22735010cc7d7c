import type { Rewrite } from '../rewrite.ts';
import { collapseAxes } from './collapse.ts';
import { joinBranches } from './join.ts';
import { reduceChain } from './reduce-chain.ts';
import { splitBeforeMoving } from './select.ts';

/** Rank reduction, in the order to try. */
export const rankRewrites: readonly Rewrite[] = [splitBeforeMoving, joinBranches, reduceChain, collapseAxes];
