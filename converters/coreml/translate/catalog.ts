import { ACTIVATIONS } from './activation.ts';
import { CONVOLUTIONS } from './convolution.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { INDEXING } from './indexing.ts';
import { MATRICES } from './matrix.ts';
import { MOVEMENT } from './movement.ts';
import { NORMALIZATIONS } from './normalization.ts';
import { PADDING } from './padding.ts';
import { POOLING } from './pooling.ts';
import { QUANTIZATION } from './quantization.ts';
import { POSITIONS, REDUCTIONS } from './reduction.ts';
import { RESIZING } from './resizing.ts';
import type { Family } from './rule.ts';
import { SAMPLING } from './sampling.ts';
import { SEQUENCES, SUMS } from './sequence.ts';
import { SHUFFLES } from './shuffle.ts';
import { SLICES } from './slice-by-index.ts';
import { UNARY } from './unary.ts';

/** Operations that compute: a result of fp16 is rounded to it. */
export const COMPUTING: Family = {
  ...ACTIVATIONS, ...CONVOLUTIONS, ...ELEMENTWISE, ...MATRICES, ...NORMALIZATIONS, ...POOLING, ...QUANTIZATION, ...REDUCTIONS, ...RESIZING, ...SAMPLING, ...SUMS, ...UNARY,
};

/** Operations whose results are elements of their operands, or whole numbers: nothing is rounded. */
export const MOVING: Family = { ...INDEXING, ...MOVEMENT, ...PADDING, ...POSITIONS, ...SEQUENCES, ...SHUFFLES, ...SLICES };
