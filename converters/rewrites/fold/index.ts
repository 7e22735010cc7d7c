import type { Rewrite } from '../rewrite.ts';
import { affineIntoConv, affineIntoNextConv, batchNormIntoConv } from './affine-into-conv.ts';
import { parallelIntoConv, skipIntoConv } from './branches-into-conv.ts';
import { residualBeforeShuffle } from './carry/before-shuffle.ts';
import { carryResidual } from './carry/carry.ts';
import { serialLayers } from './serial.ts';

/** Linear layers folded into one another, residuals included. Order: what makes single convolutions first, what needs them after. */
export const foldRewrites: readonly Rewrite[] = [batchNormIntoConv, affineIntoConv, affineIntoNextConv, serialLayers, parallelIntoConv, skipIntoConv, residualBeforeShuffle, carryResidual];
