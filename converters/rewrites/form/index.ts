import type { Rewrite } from '../rewrite.ts';
import { castToUint8 } from './cast-to-uint8.ts';
import { castUint8 } from './cast-uint8.ts';
import { clipBounds } from './clip-bounds.ts';
import { explicitPoolPadding } from './explicit-pool-padding.ts';
import { hardSwish } from './hard-swish.ts';
import { nonNegativeIndices } from './non-negative-indices.ts';
import { shuffleScale, wideActivation } from './quantized-forms.ts';
import { reciprocal } from './reciprocal.ts';
import { resizeGrid } from './resize-grid.ts';
import { uint8Transpose } from './uint8-transpose.ts';

/** Operators written in the form that a vendor's compiler computes right. */
export const formRewrites: readonly Rewrite[] = [clipBounds, uint8Transpose, castUint8, castToUint8, nonNegativeIndices, explicitPoolPadding, hardSwish, resizeGrid, shuffleScale, wideActivation, reciprocal];
