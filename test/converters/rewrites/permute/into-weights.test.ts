import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crdToDcrRewrite } from '../../../../converters/rewrites/permute/crd-to-dcr.ts';
import { intoWeightsRewrite } from '../../../../converters/rewrites/permute/into-weights.ts';
import { rankRewrites } from '../../../../converters/rewrites/rank/index.ts';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { type ModelProto, readModel, Tensor } from '../../../../models/onnx/index.ts';
import { Prng } from '../../../../models/run/prng.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../../../support/build-model.ts';
import { bitEqual, relativeToRange } from '../../../support/compare.ts';
import { readNpy } from '../../../support/npy.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';
import { fixture } from '../../../support/paths.ts';
import { opTypes, rewriteModel } from './apply.ts';

const random = new Prng(21);
const values = (dims: readonly number[]): number[] => Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal());
const t = (...dims: number[]): Tensor => Tensor.of('float32', dims, values(dims));
const ints = (...v: number[]): Tensor => Tensor.of('int64', [v.length], v);

/** pixel_unshuffle(2) as SpaceToDepth and the permutation of its twelve channels. */
const UNSHUFFLE = ints(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11);
const S2D: NodeSpec[] = [
  ['SpaceToDepth', ['x'], ['s'], { blocksize: 2 }],
  ['Gather', ['s', 'order'], ['g'], { axis: 1 }, { name: 'gather' }],
];

function unshuffled(nodes: readonly NodeSpec[], initializers: Record<string, Tensor>, more: Partial<ModelSpec> = {}): ModelProto {
  return buildModel({
    inputs: { x: ['float32', [2, 3, 6, 8]] },
    outputs: { y: ['float32', null] },
    initializers: { order: UNSHUFFLE, ...initializers },
    nodes: [...S2D, ...nodes],
    ...more,
  });
}

async function compare(before: ModelProto, after: ModelProto, check: (got: NdArray, want: NdArray) => void): Promise<void> {
  const feeds = { x: ndarray('float32', [2, 3, 6, 8], values([2, 3, 6, 8])) };
  const [want, got] = [await runOrt(before, feeds), await runOrt(after, feeds)];
  expect([...got.keys()]).toEqual([...want.keys()]);
  for (const [name, value] of want) check(got.get(name) as NdArray, value);
}

describe.each(['unshuffle_ultra_op10', 'unshuffle_ultra_op17', 'unshuffle_ultra_dynamic_op17', 'unshuffle_ultra_dynamo'])('%s', (name) => {
  test('SpaceToDepth straight into the first convolution, near PyTorch', async () => {
    const path = fixture('exports', `${name}.onnx`);
    const { proto } = readModel(path);
    const { proto: after, fired } = rewriteModel(proto, [...rankRewrites, intoWeightsRewrite, crdToDcrRewrite]);
    expect(fired.map((f) => f.rewrite)).toContain('permute/into-weights');
    expect(opTypes(after)).toContain('SpaceToDepth');
    expect(opTypes(after)).not.toContain('Gather');
    const feeds = { [proto.graph?.input?.[0]?.name ?? '']: readNpy(fixture('exports', `${name}.input.npy`)) };
    const [got] = [...(await runOrt(after, feeds)).values()];
    expect(relativeToRange(got as NdArray, readNpy(fixture('exports', `${name}.output.npy`)))).toBeLessThan(1e-5);
    const [plain] = [...(await runOrt(readFileSync(path), feeds)).values()];
    expect(relativeToRange(got as NdArray, plain as NdArray)).toBeLessThan(1e-5);
  });
});

const FORWARDS: Record<string, ModelProto> = {
  'one convolution': unshuffled([['Conv', ['g', 'w', 'b'], ['y']]], { w: t(5, 12, 3, 3), b: t(5) }),
  'two consumers and a skip between them': unshuffled(
    [
      ['Conv', ['g', 'w'], ['c']],
      ['Relu', ['g'], ['r']],
      ['Conv', ['r', 'v'], ['d']],
      ['Add', ['c', 'd'], ['y']],
    ],
    { w: t(5, 12, 1, 1), v: t(5, 12, 1, 1) },
  ),
  'weights that another layer shares': unshuffled(
    [
      ['Conv', ['g', 'w'], ['c']],
      ['Conv', ['c', 'w'], ['y']],
    ],
    { w: t(12, 12, 1, 1) },
  ),
  'PRelu, BatchNormalization and a constant on the way': unshuffled(
    [
      ['PRelu', ['g', 'p'], ['a']],
      ['BatchNormalization', ['a', 'k', 'k', 'k', 'v'], ['n']],
      ['Div', ['n', 'd'], ['e']],
      ['Conv', ['e', 'w'], ['y']],
    ],
    {
      p: t(12, 1, 1),
      k: t(12),
      v: Tensor.of(
        'float32',
        [12],
        values([12]).map((a) => a * a + 1),
      ),
      d: t(1, 12, 1, 1),
      w: t(5, 12, 3, 3),
    },
  ),
  'Concat with something else': unshuffled(
    [
      ['Conv', ['g', 'v'], ['h'], { pads: [1, 1, 1, 1] }],
      ['Concat', ['h', 'g'], ['c'], { axis: 1 }],
      ['Conv', ['c', 'w'], ['y']],
    ],
    { v: t(4, 12, 3, 3), w: t(5, 16, 1, 1) },
  ),
  'a dense block, parts of parts': unshuffled(
    [
      ['Conv', ['g', 'v'], ['h']],
      ['Concat', ['g', 'h'], ['c'], { axis: 1 }],
      ['Conv', ['c', 'u'], ['i']],
      ['Concat', ['c', 'i', 'g'], ['d'], { axis: 1 }],
      ['Conv', ['d', 'w'], ['y']],
    ],
    { v: t(4, 12, 1, 1), u: t(3, 16, 1, 1), w: t(5, 31, 1, 1) },
  ),
  ConvTranspose: unshuffled([['ConvTranspose', ['g', 'w'], ['y'], { strides: [2, 2] }]], { w: t(12, 4, 2, 2) }),
  'a mean of channels': unshuffled([['ReduceMean', ['g'], ['y'], { axes: [1] }]], {}),
  'squeeze and excite': unshuffled(
    [
      ['GlobalAveragePool', ['g'], ['p']],
      ['Conv', ['p', 'v'], ['e']],
      ['Sigmoid', ['e'], ['f']],
      ['Mul', ['g', 'f'], ['m']],
      ['Conv', ['m', 'w'], ['y']],
    ],
    { v: t(12, 12, 1, 1), w: t(5, 12, 1, 1) },
  ),
  'tokens: Reshape, Transpose, LayerNormalization, MatMul': unshuffled(
    [
      ['Reshape', ['g', 'r'], ['a']],
      ['Transpose', ['a'], ['l'], { perm: [0, 2, 1] }],
      ['LayerNormalization', ['l', 'k', 'k'], ['n']],
      ['MatMul', ['n', 'w'], ['y']],
    ],
    { r: ints(0, 0, -1), k: t(12), w: t(12, 7) },
  ),
  'Gemm over everything': unshuffled(
    [
      ['Flatten', ['g'], ['f']],
      ['Gemm', ['f', 'w', 'b'], ['y'], { transB: 1 }],
    ],
    { w: t(3, 144), b: t(3) },
  ),
  'a slice that stays together': unshuffled(
    [
      ['Slice', ['g', 'from', 'to', 'one'], ['h']],
      ['Conv', ['h', 'w'], ['y']],
    ],
    { from: ints(0), to: ints(12), one: ints(1), w: t(5, 12, 1, 1) },
  ),
};

describe('forwards', () => {
  test.each(Object.entries(FORWARDS))('%s', async (_, before) => {
    const { proto: after, fired, refused } = rewriteModel(before, [intoWeightsRewrite]);
    expect(refused).toEqual([]);
    expect(fired.map((f) => f.exactness)).toEqual(['exact']);
    expect(opTypes(after)).not.toContain('Gather');
    await compare(before, after, (got, want) => expect(relativeToRange(got, want)).toBeLessThan(1e-5));
  });
});

test('depthwise: the channels move through it, bit for bit where no sum changes', async () => {
  const before = unshuffled(
    [
      ['Conv', ['g', 'w'], ['c'], { group: 12 }],
      ['ReduceMax', ['c'], ['y'], { axes: [1] }],
    ],
    { w: t(12, 1, 3, 3) },
  );
  const { proto: after, fired } = rewriteModel(before, [intoWeightsRewrite]);
  expect(fired.map((f) => f.exactness)).toEqual(['bit']);
  await compare(before, after, (got, want) => expect(bitEqual(got, want)).toBe(true));
});

test('backwards into the output channels, bit for bit, where that touches fewer nodes', async () => {
  const before = buildModel({
    inputs: { x: ['float32', [2, 3, 6, 8]] },
    outputs: { y: ['float32', null] },
    initializers: { order: UNSHUFFLE, w: t(12, 3, 3, 3), b: t(12) },
    nodes: [
      ['Conv', ['x', 'w', 'b'], ['c']],
      ['Gather', ['c', 'order'], ['y'], { axis: 1 }],
    ],
  });
  const { proto: after, fired } = rewriteModel(before, [intoWeightsRewrite]);
  expect(fired.map((f) => [f.exactness, f.reason])).toEqual([['bit', 'the permutation goes into 2 parameters before it']]);
  expect(after.graph?.output?.[0]).toBe(before.graph?.output?.[0]);
  await compare(before, after, (got, want) => expect(bitEqual(got, want)).toBe(true));
});

test('two permutations that undo one another leave nothing', async () => {
  const before = unshuffled(
    [
      ['Relu', ['g'], ['r']],
      ['Gather', ['r', 'back'], ['y'], { axis: 1 }],
    ],
    { back: ints(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11) },
  );
  const { proto: after } = rewriteModel(before, [intoWeightsRewrite]);
  expect(opTypes(after)).toEqual(['SpaceToDepth', 'Relu']);
  await compare(before, after, (got, want) => expect(bitEqual(got, want)).toBe(true));
});

test('refused both ways, with both reasons', () => {
  const grouped = unshuffled([['Conv', ['g', 'w'], ['y'], { group: 2 }, { name: 'conv' }]], { w: t(4, 6, 1, 1) });
  const { refused, fired, proto } = rewriteModel(grouped, [intoWeightsRewrite]);
  expect(fired).toEqual([]);
  expect(proto).toBe(grouped);
  expect(refused.map((r) => r.reason)).toEqual([
    'forwards: conv (Conv): the permutation of its input does not map its 2 groups onto groups; ' +
      'backwards: #0 SpaceToDepth: its output cannot be in that order: SpaceToDepth has one fixed order of block positions',
  ]);
});

test('a Gather that is no permutation, or whose indices are fed, is none of its business', () => {
  const some = unshuffled([['Relu', ['g'], ['y']]], { order: ints(0, 0, 1) });
  const fed = unshuffled([['Relu', ['g'], ['y']]], {}, { inputs: { x: ['float32', [2, 3, 6, 8]], order: ['int64', [12]] } });
  for (const model of [some, fed]) {
    const { fired, refused } = rewriteModel(model, [intoWeightsRewrite]);
    expect([fired, refused]).toEqual([[], []]);
  }
});
