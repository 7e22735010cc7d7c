import { expect, test } from 'vitest';
import { chooseRecipe, describeRecipe, mixedPrecision, type NamedLayer, type Recipe, RECIPE, sensitivity } from '../../../converters/quantize/index.ts';
import type { Scorer } from '../../../models/contracts/index.ts';

/** Scores a path by what it says: `score:36.5`. */
const scorer: Scorer = { id: 'test', score: async (path) => Number(path.slice('score:'.length)) };

/** 30 dB, and what each property of a recipe adds to it. */
const build = (gains: { readonly [name: string]: number }) => async (recipe: Recipe): Promise<string | null> => {
  const { equalize, fold, range } = recipe;
  if (fold && gains['fold'] === undefined) return null;
  const parts = [equalize === 0 ? 0 : (gains[`equalize ${equalize}`] ?? 0), fold ? (gains['fold'] as number) : 0, gains[range] ?? 0];
  return `score:${parts.reduce((a, b) => a + b, 30)}`;
};

test('each step keeps what gains, in combination, and says why', async () => {
  const choice = await chooseRecipe(build({ 'equalize 0.5': 0.2, 'equalize 1': 0.3, fold: 0.4, mse: -0.1, percentile: 0.01 }), scorer);
  expect(choice.recipe).toEqual({ ...RECIPE, equalize: 1, fold: true });
  expect(choice.score).toBeCloseTo(30.7, 9);
  expect(choice.trials.map(({ name }) => name)).toEqual([...new Set(choice.trials.map(({ name }) => name))]);
  expect(choice.reasons).toEqual([
    'residuals folded into kernels: gains 0.40 dB, taken', 'equalization across layers: gains 0.30 dB, taken', 'another range: gains 0.01 dB, not taken',
  ]);
});

test('a folding that costs more weight precision than it saves is not taken; one that is not there is said', async () => {
  const folded = await chooseRecipe(build({ fold: -0.4 }), scorer);
  expect([folded.recipe.fold, folded.reasons[0]]).toEqual([false, 'residuals folded into kernels: loses 0.40 dB, not taken']);
  const none = await chooseRecipe(build({}), scorer);
  expect([none.recipe, none.reasons[0]]).toEqual([RECIPE, 'residuals folded into kernels: nothing to do in this model']);
  expect(none.trials.filter(({ score }) => score === null).map(({ recipe }) => recipe.fold)).toEqual([true]);
});

test('a recipe in words', () => {
  expect(describeRecipe({ ...RECIPE, equalize: 0.5, fold: true })).toBe('minmax, second-order, equalized 0.5, residuals folded');
  expect(describeRecipe({ ...RECIPE, rounding: 'nearest', granularity: 'tensor', inputsKnown: false })).toBe('minmax, per tensor, nearest, bias correction, as seen');
});

const layers: readonly NamedLayer[] = [
  { id: 'a', label: 'a', opType: 'Conv', activations: 50 }, { id: 'b', label: 'b', opType: 'Conv', activations: 400 }, { id: 'c', label: 'c', opType: 'Conv', activations: null },
];
const LOSS: Readonly<Record<string, number>> = { a: 0.02, b: 0.1, c: 0.01 };
const lossBut = (spared: ReadonlyMap<string, string>): number => Object.entries(LOSS).reduce((sum, [id, loss]) => sum + (spared.has(id) ? 0 : loss), 0);
const layered = async (precisions: ReadonlyMap<string, string>): Promise<string> => `score:${40 - lossBut(precisions)}`;

test('each layer alone and spared: the costliest first', async () => {
  const { float, quantized, layers: costs } = await sensitivity({ layers, build: layered, floatPath: 'score:40', scorer });
  expect([float, quantized]).toEqual([40, 39.87]);
  expect(costs.map(({ layer }) => layer.id)).toEqual(['b', 'a', 'c']);
  for (const { layer, alone, spared } of costs) expect([alone, spared].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([LOSS[layer.id], LOSS[layer.id]]);
});

test('layers of most gain per activation become wide until the budget holds, and no more', async () => {
  const run = (budget: number) => mixedPrecision({ layers, build: layered, floatPath: 'score:40', scorer, budget });
  expect([...(await run(0.2)).layers]).toEqual([]);
  const some = await run(0.115);
  expect([some.steps.map(({ layer }) => layer.id), some.holds]).toEqual([['c', 'a'], true]);
  expect(some.after).toBeCloseTo(0.1, 9);
  const all = await run(0);
  expect([all.layers.size, Math.abs(all.after) < 1e-9]).toEqual([3, true]);
  const never = await mixedPrecision({ layers, build: async () => 'score:39', floatPath: 'score:40', scorer, budget: 0.5 });
  expect([never.holds, never.steps.length]).toEqual([false, 3]);
});
