import { type Exactness, type FaceChange, UserError } from '../../models/contracts/index.ts';
import { editDistance } from '../edit-distance.ts';
import type { TargetProfile } from '../rules/target-profile.ts';
import { type RecipeStep, recipeFor } from './recipe.ts';
import type { Precision, Rewrite } from './rewrite.ts';

export interface Selection {
  /** In the order in which they get their turn. */
  readonly rewrites: readonly Rewrite[];
  /** What the recipe leaves out although it may fit, with the reason. */
  readonly omitted: readonly { readonly rewrite: Rewrite; readonly why: string }[];
  readonly allow: ReadonlySet<Exactness | FaceChange>;
}

export interface SelectOptions {
  /** Only these, in recipe order, whether the recipe has them or not. Full ids, or without their folder. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  /** These besides the recipe's, in its order. */
  readonly also?: readonly string[] | undefined;
  readonly allow?: readonly (Exactness | FaceChange)[] | undefined;
}

/**
 * The recipe of a target and precision, narrowed by `only` and `skip`, widened by `also`. What changes the model's face, or is inexact, has no place in a recipe: it
 * comes in when it is allowed. Throws UserError for ids that the catalog lacks.
 */
export function selectRewrites(
  catalog: ReadonlyMap<string, Rewrite>,
  target: TargetProfile,
  precision: Precision,
  options: SelectOptions,
): Selection {
  const only = options.only?.length ? new Set(options.only.map((id) => resolveId(catalog, id))) : null;
  const skip = new Set((options.skip ?? []).map((id) => resolveId(catalog, id)));
  const also = new Set((options.also ?? []).map((id) => resolveId(catalog, id)));
  const allow = new Set(options.allow ?? []);
  const recipe = recipeFor(target, precision);
  const order = [...recipe.steps, ...recipe.omitted].map((step) => step.id);
  const unasked = new Set(recipe.steps.map((step) => step.id));
  const rewrites = [...catalog.values()].filter(({ id, exactness, face }) => {
    if (skip.has(id)) return false;
    return only ? only.has(id) : unasked.has(id) || also.has(id) || (!isSafe(exactness) && allow.has(exactness)) || (face !== 'same' && allow.has(face));
  });
  return {
    rewrites: rewrites.sort((a, b) => rank(order, a.id) - rank(order, b.id)),
    omitted: only ? [] : leftOut(catalog, recipe.omitted, rewrites),
    allow,
  };
}

function isSafe(exactness: Exactness): boolean {
  return exactness === 'bit' || exactness === 'exact';
}

/** Catalog order after everything that the recipe names. */
function rank(order: readonly string[], id: string): number {
  const at = order.indexOf(id);
  return at < 0 ? order.length : at;
}

function leftOut(catalog: ReadonlyMap<string, Rewrite>, omitted: readonly RecipeStep[], chosen: readonly Rewrite[]): Selection['omitted'] {
  return omitted.flatMap(({ id, why }) => {
    const rewrite = catalog.get(id);
    return rewrite && !chosen.includes(rewrite) ? [{ rewrite, why }] : [];
  });
}

function resolveId(catalog: ReadonlyMap<string, Rewrite>, text: string): string {
  if (catalog.has(text)) return text;
  const ids = [...catalog.keys()];
  const matches = ids.filter((id) => id.endsWith(`/${text}`));
  if (matches.length === 1) return matches[0] as string;
  const near = ids
    .map((id) => ({ id, distance: Math.min(editDistance(text, id), editDistance(text, id.slice(id.indexOf('/') + 1))) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .filter(({ id, distance }) => distance <= Math.max(3, id.length / 3))
    .map(({ id }) => id);
  throw new UserError(`There is no rewrite "${text}".`, [near.length > 0 ? `Close: ${near.join(', ')}.` : `There are: ${ids.join(', ')}.`]);
}
