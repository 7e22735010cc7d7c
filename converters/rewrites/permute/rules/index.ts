import type { Rule } from '../rule.ts';
import { concatSplitRules } from './concat-split.ts';
import { convolutionRules } from './convolution.ts';
import { elementwiseRules } from './elementwise.ts';
import { indexingRules } from './indexing.ts';
import { layoutRules } from './layout.ts';
import { matrixRules } from './matrix.ts';
import { normalizationRules } from './normalization.ts';
import { quantizeRules } from './quantize.ts';
import { shuffleRules } from './shuffle.ts';
import { spatialRules } from './spatial.ts';

/** How each operator follows a permutation, by op type; operators that are missing cannot. */
export const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    ...elementwiseRules,
    ...convolutionRules,
    ...matrixRules,
    ...normalizationRules,
    ...quantizeRules,
    ...shuffleRules,
    ...layoutRules,
    ...concatSplitRules,
    ...indexingRules,
    ...spatialRules,
  }),
);
