import type { Rewrite } from '../rewrite.ts';

export const foldRewrites: readonly Rewrite[] = [];
