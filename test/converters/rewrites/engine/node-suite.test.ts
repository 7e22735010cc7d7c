import { expect, test } from 'vitest';
import { nodeSuiteSample } from '../../../support/node-suite.ts';
import { checkCase, RECIPES } from './node-suite-check.ts';

test.each(RECIPES)('the sample of ONNX operator tests through the recipe for %s %s', async (target, precision) => {
  const problems: string[] = [];
  let [changed, compared] = [0, 0];
  for (const suite of nodeSuiteSample()) {
    const outcome = await checkCase(suite, target, precision);
    problems.push(...outcome.problems);
    changed += Number(outcome.changed);
    compared += Number(outcome.compared);
  }
  expect(problems).toEqual([]);
  expect(changed).toBeGreaterThan(0);
  expect(compared).toBeGreaterThan(0);
});
