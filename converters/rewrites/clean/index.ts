import type { Rewrite } from '../rewrite.ts';

export const cleanRewrites: readonly Rewrite[] = [];
