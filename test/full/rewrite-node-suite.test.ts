import { expect, test } from 'vitest';
import { nodeSuiteAll } from '../support/node-suite.ts';
import { checkCase, RECIPES } from '../converters/rewrites/engine/node-suite-check.ts';

const suite = nodeSuiteAll();

test.skipIf(suite === null).each(RECIPES)('all ONNX operator tests through the recipe for %s %s', async (target, precision) => {
  const problems: string[] = [];
  let compared = 0;
  for (const one of suite ?? []) {
    const outcome = await checkCase(one, target, precision);
    problems.push(...outcome.problems);
    compared += Number(outcome.compared);
  }
  expect(problems).toEqual([]);
  expect(compared).toBeGreaterThan(50);
});
