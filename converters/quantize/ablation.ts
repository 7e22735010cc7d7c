import { type Recipe, RECIPE } from './recipe.ts';
import type { SchemeName } from './scheme.ts';

export interface AblationRow {
  readonly name: string;
  readonly scheme: SchemeName;
  readonly recipe: Recipe;
}

const PLAIN: Recipe = { ...RECIPE, rounding: 'nearest', biasCorrection: false, inputsKnown: false };

/** Rows of the ablation, each with one thing more or another: what Table 4 of the QuickSRNet paper asks, without training. */
export const ABLATION: readonly AblationRow[] = [
  { name: 'nearest, per tensor', scheme: 'w8a8', recipe: { ...PLAIN, granularity: 'tensor' } },
  { name: 'nearest, per channel', scheme: 'w8a8', recipe: PLAIN },
  { name: '+ bias correction', scheme: 'w8a8', recipe: { ...PLAIN, biasCorrection: true } },
  { name: '+ second-order rounding', scheme: 'w8a8', recipe: { ...RECIPE, inputsKnown: false } },
  { name: '+ known inputs and outputs', scheme: 'w8a8', recipe: RECIPE },
  { name: '+ equalized, 0.5', scheme: 'w8a8', recipe: { ...RECIPE, equalize: 0.5 } },
  { name: '+ equalized, 1', scheme: 'w8a8', recipe: { ...RECIPE, equalize: 1 } },
  { name: 'ranges by percentile', scheme: 'w8a8', recipe: { ...RECIPE, range: 'percentile' } },
  { name: 'ranges by squared error', scheme: 'w8a8', recipe: { ...RECIPE, range: 'mse' } },
  { name: 'residuals folded', scheme: 'w8a8', recipe: { ...RECIPE, fold: true } },
  { name: 'residuals folded, equalized 1', scheme: 'w8a8', recipe: { ...RECIPE, fold: true, equalize: 1 } },
  { name: 'fitted to quantized inputs', scheme: 'w8a8', recipe: { ...RECIPE, refine: 1 } },
  { name: 'w8a16', scheme: 'w8a16', recipe: RECIPE },
  { name: 'w4a8', scheme: 'w4a8', recipe: RECIPE },
  { name: 'w4a16', scheme: 'w4a16', recipe: RECIPE },
  { name: 'w8, weights alone', scheme: 'w8', recipe: RECIPE },
];
