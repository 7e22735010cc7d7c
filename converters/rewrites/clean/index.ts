import type { Rewrite } from '../rewrite.ts';
import { castChain, noOpCast } from './casts.ts';
import { chunkToSplit } from './chunk.ts';
import { foldConstants } from './constants.ts';
import { commonSubexpressions } from './cse.ts';
import { deadNodes } from './dead.ts';
import { float64Islands } from './float64-islands.ts';
import { gelu } from './gelu.ts';
import { dropout, identity } from './identity.ts';
import { layerNorm } from './layer-norm.ts';
import { noOpArithmetic } from './no-op-arithmetic.ts';
import { noOpMovement } from './no-op-movement.ts';
import { noOpResize } from './no-op-resize.ts';
import { repeats } from './repeats.ts';
import { reshapeChain, reshapeTargetKnown } from './reshape-chain.ts';
import { shapeLeftovers } from './shape-leftovers.ts';
import { transposeChain } from './transpose-chain.ts';

/** What exports leave behind. Order: what removes first, then what makes constants, then what recognises patterns. */
export const cleanRewrites: readonly Rewrite[] = [
  deadNodes,
  identity,
  dropout,
  noOpMovement,
  noOpCast,
  noOpArithmetic,
  noOpResize,
  shapeLeftovers,
  foldConstants,
  castChain,
  commonSubexpressions,
  reshapeTargetKnown,
  transposeChain,
  reshapeChain,
  repeats,
  chunkToSplit,
  float64Islands,
  layerNorm,
  gelu,
];
