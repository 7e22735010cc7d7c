import type { Rewrite } from '../rewrite.ts';

export const permuteRewrites: readonly Rewrite[] = [];
