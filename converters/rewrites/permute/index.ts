import type { Rewrite } from '../rewrite.ts';
import { crdToDcrRewrite, dcrToCrdRewrite } from './crd-to-dcr.ts';
import { intoWeightsRewrite } from './into-weights.ts';
import { shuffleByConvRewrite } from './shuffle-by-conv.ts';

/** Channel orders. The last two are for `--only` and for recipes that ask: never both directions at once. */
export const permuteRewrites: readonly Rewrite[] = [intoWeightsRewrite, crdToDcrRewrite, dcrToCrdRewrite, shuffleByConvRewrite];
