import type { Rewrite } from '../rewrite.ts';

export const rankRewrites: readonly Rewrite[] = [];
