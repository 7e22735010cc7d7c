import type { TargetProfile } from '../rules/target-profile.ts';
import type { Precision } from './rewrite.ts';

/** One rewrite of a recipe, with the reason a person reads. */
export interface RecipeStep {
  readonly id: string;
  readonly why: string;
}

/** Which rewrites run unasked for a target and precision, in order, and which are left out for a reason worth stating. */
export interface Recipe {
  readonly steps: readonly RecipeStep[];
  readonly omitted: readonly RecipeStep[];
}

/** The recipe for a target (kind and family) and a precision. Figures: `onnx-tools.md` §5.9 for int8 weights, `qnn-ep.md` §3b for CRD on HTP. */
export function recipeFor(target: TargetProfile, precision: Precision): Recipe {
  const steps: RecipeStep[] = [];
  const omitted: RecipeStep[] = [];
  for (const { id, why, unless } of ENTRIES) {
    const reason = unless?.(target, precision) ?? null;
    if (reason === null) steps.push({ id, why });
    else omitted.push({ id, why: reason });
  }
  return { steps, omitted };
}

interface Entry extends RecipeStep {
  /** Why the rewrite stays out of this target's recipe; null where it belongs in. */
  readonly unless?: (target: TargetProfile, precision: Precision) => string | null;
}

const ENTRIES: readonly Entry[] = [];
