import type { Scorer } from '../../models/contracts/index.ts';
import { describeRecipe, type Recipe, RECIPE } from './recipe.ts';

/** One recipe that was tried. */
export interface Trial {
  readonly recipe: Recipe;
  readonly name: string;
  /** Nearness to the float model's outputs in dB, on inputs that no calibration saw; null where the recipe finds nothing to do in this model. */
  readonly score: number | null;
  readonly seconds: number;
}

export interface Choice {
  readonly recipe: Recipe;
  readonly score: number;
  readonly trials: readonly Trial[];
  /** What each step changed and why it stayed or went. */
  readonly reasons: readonly string[];
}

/** Steps of the search: each tries its changes on the best recipe so far. */
const STEPS: readonly { readonly what: string; readonly changes: readonly Partial<Recipe>[] }[] = [
  { what: 'residuals folded into kernels', changes: [{ fold: true }] },
  { what: 'equalization across layers', changes: [{ equalize: 0.5 }, { equalize: 1 }] },
  { what: 'another range', changes: [{ range: 'mse' }, { range: 'percentile' }] },
];

/** A change that gains less dB of fidelity than this is within what pictures differ by. */
const LEAST_GAIN = 0.05;

/**
 * Tries recipes step by step: what a step gains stays. `build` writes the quantized model and gives its path, or null where the recipe finds nothing
 * to do. The scorer tells fidelity in dB on other inputs than those of the calibration; the choice is the same each time.
 */
export async function chooseRecipe(build: (recipe: Recipe) => Promise<string | null>, scorer: Scorer, onTrial: (trial: Trial) => void = () => undefined, signal?: AbortSignal): Promise<Choice> {
  const trials: Trial[] = [];
  const attempt = async (recipe: Recipe): Promise<Trial> => {
    signal?.throwIfAborted();
    const started = performance.now();
    const path = await build(recipe);
    const trial = { recipe, name: describeRecipe(recipe), score: path === null ? null : await scorer.score(path, signal), seconds: (performance.now() - started) / 1000 };
    trials.push(trial);
    onTrial(trial);
    return trial;
  };
  let best = await attempt(RECIPE);
  const reasons: string[] = [];
  for (const { what, changes } of STEPS) {
    const before = best;
    const tried: Trial[] = [];
    for (const change of changes) tried.push(await attempt({ ...before.recipe, ...change }));
    for (const trial of tried) if (trial.score !== null && trial.score >= (best.score ?? 0) + LEAST_GAIN) best = trial;
    reasons.push(reasonOf(what, before, tried, best));
  }
  return { recipe: best.recipe, score: best.score as number, trials, reasons };
}

function reasonOf(what: string, before: Trial, tried: readonly Trial[], best: Trial): string {
  const scores = tried.flatMap(({ score }) => score ?? []);
  if (scores.length === 0) return `${what}: nothing to do in this model`;
  const gain = Math.max(...scores) - (before.score as number);
  const by = `${gain >= 0 ? 'gains' : 'loses'} ${Math.abs(gain).toFixed(2)} dB`;
  return best === before ? `${what}: ${by}, not taken` : `${what}: ${by}, taken`;
}
