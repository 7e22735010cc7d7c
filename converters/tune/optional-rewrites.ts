import type { RewriteRecord } from '../../models/contracts/index.ts';

/**
 * Rewrites that change nothing but what the compiled graph costs, and may go either way: which of them run is decided by compiling. The
 * others are there for placement, for right results, or undo what an exporter left over.
 */
export const OPTIONAL: readonly string[] = [
  'permute/crd-to-dcr', 'fold/carry-residual', 'fold/skip', 'fold/residual-before-shuffle', 'fold/serial', 'fold/parallel', 'permute/into-weights', 'fold/affine',
  'fold/affine-forward',
];

/** One optional rewrite that fits somewhere in a model. */
export interface Toggle {
  readonly id: string;
  /** True where the recipe runs it unasked. */
  readonly inRecipe: boolean;
}

/** The optional rewrites that a rewriting by the recipe ran, or could have run but for the recipe. In the order of `OPTIONAL`. */
export function togglesOf(records: readonly RewriteRecord[]): Toggle[] {
  const ids = (outcome: RewriteRecord['outcome']): ReadonlySet<string> => new Set(records.filter((record) => record.outcome === outcome).map(({ rewrite }) => rewrite));
  const [fired, skipped] = [ids('fired'), ids('skipped')];
  return OPTIONAL.flatMap((id): Toggle[] => (fired.has(id) ? [{ id, inRecipe: true }] : skipped.has(id) ? [{ id, inRecipe: false }] : []));
}

/** `also` and `without` for a set of toggles that are turned over. */
export function turnedOver(toggles: readonly Toggle[]): { readonly also: readonly string[]; readonly without: readonly string[] } {
  const ids = (inRecipe: boolean): string[] => toggles.filter((toggle) => toggle.inRecipe === inRecipe).map(({ id }) => id).sort();
  return { also: ids(false), without: ids(true) };
}
