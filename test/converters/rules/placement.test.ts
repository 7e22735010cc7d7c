import { expect, test } from 'vitest';
import { checkModel, resolveTarget } from '../../../converters/rules/index.ts';
import { predictOperations, predictPlacement } from '../../../converters/rules/placement.ts';
import { inferShapes, macsOf, Model } from '../../../models/graph/index.ts';
import { readModel } from '../../../models/onnx/index.ts';
import { fixture } from '../../support/paths.ts';

test.each(['ane', 'htp'] as const)('where the rules put each node agrees with what they say of the whole: %s', (kind) => {
  const model = new Model(readModel(fixture('exports/grid_six_axes_op17.onnx')).proto);
  inferShapes(model);
  const findings = checkModel(model, resolveTarget(kind), { precision: 'fp16' });
  const work = (node: Parameters<typeof macsOf>[0]): number => macsOf(node) ?? 0;
  const operations = predictOperations(model.graph, findings, work, kind);
  const whole = predictPlacement(model.graph, findings, work);
  expect(operations).toHaveLength(whole.nodes);
  expect(operations.filter(({ place }) => place === kind)).toHaveLength(whole.onUnit);
  expect(operations.some(({ place }) => place === 'other')).toBe(true);
  expect(new Set(operations.map(({ name }) => name)).size).toBe(operations.length);
});
