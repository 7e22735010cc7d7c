import { expect, test } from 'vitest';
import { checkWeights } from '../../../converters/coreml/check-weights.ts';
import { WeightsFile } from '../../../converters/coreml/lower/weights-file.ts';
import type { Constant, Plan } from '../../../converters/coreml/plan.ts';
import { UserError } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';

function planOf(constants: readonly Constant[]): Plan {
  return { version: 1, opset: 'iOS16', constants, functions: [{ name: 'main', inputs: [], operations: [], outputs: [] }] };
}

function dense(weights: WeightsFile, name: string, values: readonly number[]): Constant {
  const data = weights.add('fp32', [values.length], Tensor.of('float32', [values.length], values).bytes());
  return { name, dtype: 'fp32', dims: [values.length], weightForm: { kind: 'dense', data }, source: `/${name}` };
}

test('a constant beyond 2 GiB is refused by its name in the model, before anything of it is read', () => {
  const dims = [24576, 24576];
  const huge: Constant = { name: 'w', dtype: 'fp32', dims, weightForm: { kind: 'dense', data: { dtype: 'fp32', dims, offset: 0, bytes: 4 * 24576 * 24576 } }, source: 'head.weight' };
  expect(() => checkWeights(planOf([huge]), new WeightsFile(), 'fp16', 'coreml:iOS16')).toThrow(UserError);
  expect(() => checkWeights(planOf([huge]), new WeightsFile(), 'fp16', 'coreml:iOS16')).toThrow(/"head\.weight" has 24576x24576 elements, more than the 2 GiB/);
});

test('NaN is refused in either precision; what fp16 makes infinite is a finding in fp16 only; infinities on purpose are none', () => {
  const weights = new WeightsFile();
  const [nan, large, masked] = [dense(weights, 'nan', [1, Number.NaN]), dense(weights, 'large', [1, -70000, 3]), dense(weights, 'masked', [0, Number.NEGATIVE_INFINITY])];
  for (const precision of ['fp16', 'fp32'] as const) expect(() => checkWeights(planOf([nan]), weights, precision, 'x')).toThrow(/"\/nan" holds NaN/);
  expect(checkWeights(planOf([large, masked]), weights, 'fp16', 'x')).toMatchObject([{ rule: 'coreml/weight-overflow', node: '/large', reason: expect.stringContaining('1 of its 3 numbers are beyond ±65504, up to -70000.0') }]);
  expect(checkWeights(planOf([large, masked]), weights, 'fp32', 'x')).toEqual([]);
});
