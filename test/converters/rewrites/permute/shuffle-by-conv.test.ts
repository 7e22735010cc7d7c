import { expect, test } from 'vitest';
import { shuffleByConvRewrite } from '../../../../converters/rewrites/permute/shuffle-by-conv.ts';
import { readModel } from '../../../../models/onnx/index.ts';
import { buildModel } from '../../../support/build-model.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';
import { fixture } from '../../../support/paths.ts';
import { opTypes, rewriteModel } from './apply.ts';

test.each([
  ['float32', 'Conv'],
  ['uint8', 'Gather'],
] as const)('%s gets a %s that permutes', async (dtype, op) => {
  const before = buildModel({
    inputs: { x: [dtype, [1, 12, 2, 3]] },
    outputs: { y: [dtype, null] },
    nodes: [['DepthToSpace', ['x'], ['y'], { blocksize: 2, mode: 'CRD' }]],
  });
  const { proto: after, fired } = rewriteModel(before, [shuffleByConvRewrite]);
  expect(fired.map((f) => f.reason)).toEqual(['crd-to-dcr refused ("x" is a graph input); a layer that permutes was added']);
  expect(opTypes(after)).toEqual([op, 'DepthToSpace']);
  const feeds = { x: ndarray(dtype, [1, 12, 2, 3], [...Array(72).keys()]) };
  expect(await runOrt(after, feeds)).toEqual(await runOrt(before, feeds));
  expect(rewriteModel(after, [shuffleByConvRewrite]).fired).toEqual([]);
});

test('not where the weights can take the order', () => {
  const { fired, refused } = rewriteModel(readModel(fixture('exports/plain_clip_x2_op17.onnx')).proto, [shuffleByConvRewrite]);
  expect(fired).toEqual([]);
  expect(refused.map((r) => r.reason)).toEqual(['crd-to-dcr does it without another layer']);
});
