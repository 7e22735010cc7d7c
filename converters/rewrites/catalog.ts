import { cleanRewrites } from './clean/index.ts';
import { foldRewrites } from './fold/index.ts';
import { formRewrites } from './form/index.ts';
import { permuteRewrites } from './permute/index.ts';
import { rankRewrites } from './rank/index.ts';
import type { Rewrite } from './rewrite.ts';

/** Every rewrite there is, by id. */
export const REWRITES: ReadonlyMap<string, Rewrite> = byId([
  ...cleanRewrites,
  ...rankRewrites,
  ...permuteRewrites,
  ...foldRewrites,
  ...formRewrites,
]);

function byId(rewrites: readonly Rewrite[]): Map<string, Rewrite> {
  return new Map(rewrites.map((rewrite) => [rewrite.id, rewrite]));
}
