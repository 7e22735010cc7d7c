import { describe, expect, test } from 'vitest';
import { crdToDcrRewrite, dcrToCrdRewrite } from '../../../../converters/rewrites/permute/crd-to-dcr.ts';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { Prng } from '../../../../models/run/prng.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec } from '../../../support/build-model.ts';
import { bitEqual, relativeToRange } from '../../../support/compare.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';
import { opTypes, rewriteModel } from './apply.ts';

const random = new Prng(9);
const values = (dims: readonly number[]): number[] => Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal());
const t = (...dims: number[]): Tensor => Tensor.of('float32', dims, values(dims));
const ints = (...v: number[]): Tensor => Tensor.of('int64', [v.length], v);

/** x [1, 3, 4, 4] → the given nodes → DepthToSpace CRD of `last` → y. */
function shuffled(
  nodes: readonly NodeSpec[],
  initializers: Record<string, Tensor>,
  more: Partial<ModelSpec> & { last?: string } = {},
): ModelProto {
  const { last = 'c', ...rest } = more;
  return buildModel({
    inputs: { x: ['float32', [1, 3, 4, 4]] },
    outputs: { y: ['float32', null] },
    initializers,
    ...rest,
    nodes: [...nodes, ['DepthToSpace', [last], ['y'], { blocksize: 2, mode: 'CRD' }, { name: 'shuffle' }]],
  });
}

const CONV: NodeSpec = ['Conv', ['x', 'w', 'b'], ['c'], {}, { name: 'conv' }];
const WEIGHTS = { w: t(8, 3, 1, 1), b: t(8) };

async function bothRun(
  before: ModelProto,
  after: ModelProto,
  feeds?: Record<string, NdArray>,
): Promise<[Map<string, NdArray>, Map<string, NdArray>]> {
  const given = feeds ?? { x: ndarray('float32', [1, 3, 4, 4], values([1, 3, 4, 4])) };
  return [await runOrt(before, given), await runOrt(after, given)];
}

const FITS: Record<string, ModelProto> = {
  'weights as Constant nodes': shuffled(
    [['Constant', [], ['w'], { value: WEIGHTS.w }], ['Constant', [], ['b'], { value: WEIGHTS.b }], CONV],
    {},
  ),
  'no bias': shuffled([['Conv', ['x', 'w', ''], ['c']]], { w: WEIGHTS.w }),
  'weights that are not finite': shuffled([CONV], {
    ...WEIGHTS,
    w: Tensor.of('float32', [8, 3, 1, 1], [Number.NaN, Number.POSITIVE_INFINITY, -0, ...values([21])]),
  }),
  ConvTranspose: shuffled([['ConvTranspose', ['x', 'w', 'b'], ['c'], { strides: [2, 2] }]], { w: t(3, 8, 3, 3), b: t(8) }),
  'grouped ConvTranspose, groups move with their inputs': shuffled(
    [
      ['Conv', ['x', 'a'], ['h'], { pads: [0, 1, 0, 0] }],
      ['ConvTranspose', ['h', 'w', 'b'], ['c'], { group: 8 }],
    ],
    { a: t(8, 3, 1, 2), w: t(8, 1, 3, 3), b: t(8) },
  ),
  'depthwise, whose channels move with its input': shuffled(
    [
      ['Conv', ['x', 'a'], ['h']],
      ['Conv', ['h', 'w', 'b'], ['c'], { group: 8 }],
    ],
    { a: t(8, 3, 1, 1), w: t(8, 1, 3, 3), b: t(8) },
  ),
  'Gemm and Reshape': shuffled(
    [
      ['Flatten', ['x'], ['f']],
      ['Gemm', ['f', 'w', 'b'], ['g'], { transB: 1 }],
      ['Reshape', ['g', 's'], ['c']],
    ],
    { w: t(72, 48), b: t(72), s: ints(1, 8, 3, 3) },
  ),
  'Gemm, bias [1, N] and a row more': shuffled(
    [
      ['Flatten', ['x'], ['f']],
      ['Gemm', ['f', 'w', 'b'], ['g']],
      ['Reshape', ['g', 's'], ['c']],
    ],
    { w: t(48, 32), b: t(1, 32), s: ints(1, 8, 2, 2) },
  ),
  'MatMul on channels last': shuffled(
    [
      ['Transpose', ['x'], ['l'], { perm: [0, 2, 3, 1] }],
      ['MatMul', ['l', 'w'], ['m']],
      ['Add', ['m', 'b'], ['n']],
      ['Transpose', ['n'], ['c'], { perm: [0, 3, 1, 2] }],
    ],
    { w: t(3, 8), b: t(8) },
  ),
  'BatchNormalization and PRelu': shuffled(
    [CONV, ['BatchNormalization', ['c', 'g', 'h', 'm', 'v'], ['n']], ['PRelu', ['n', 'p'], ['q']]],
    { ...WEIGHTS, g: t(8), h: t(8), m: t(8), v: Tensor.of('float32', [8], [1, 2, 3, 4, 5, 6, 7, 8]), p: t(8, 1, 1) },
    { last: 'q' },
  ),
  'a constant per column is none per channel': shuffled(
    [
      ['Conv', ['x', 'w', 'b'], ['c'], { pads: [0, 2, 0, 2] }],
      ['Mul', ['c', 'k'], ['m']],
    ],
    { ...WEIGHTS, k: t(8) },
    { last: 'm' },
  ),
  'per-channel constant first': shuffled([CONV, ['Sub', ['k', 'c'], ['m']]], { ...WEIGHTS, k: t(1, 8, 1, 1) }, { last: 'm' }),
  'Add of two layers': shuffled(
    [CONV, ['Conv', ['x', 'v'], ['d']], ['Add', ['c', 'd'], ['m']]],
    { ...WEIGHTS, v: t(8, 3, 1, 1) },
    { last: 'm' },
  ),
  'one weight in two layers': shuffled(
    [CONV, ['Conv', ['c', 'v'], ['d']], ['Conv', ['d', 'v'], ['e']]],
    { ...WEIGHTS, v: t(8, 8, 1, 1) },
    { last: 'e' },
  ),
  'Resize and Pad on the way': shuffled(
    [CONV, ['Resize', ['c', '', 'scales'], ['r'], { mode: 'nearest' }], ['Pad', ['r', 'pads'], ['p']]],
    { ...WEIGHTS, scales: Tensor.of('float32', [4], [1, 1, 2, 3]), pads: ints(0, 0, 1, 0, 0, 0, 2, 1) },
    { last: 'p' },
  ),
  'two shuffles of one value': buildModel({
    inputs: { x: ['float32', [1, 3, 4, 4]] },
    outputs: { y: ['float32', null], z: ['float32', null] },
    initializers: WEIGHTS,
    nodes: [
      CONV,
      ['DepthToSpace', ['c'], ['y'], { blocksize: 2, mode: 'CRD' }],
      ['Neg', ['c'], ['n']],
      ['DepthToSpace', ['n'], ['z'], { blocksize: 2, mode: 'CRD' }],
    ],
  }),
  'a Shape of the value': buildModel({
    inputs: { x: ['float32', [1, 3, 4, 4]] },
    outputs: { y: ['float32', null], s: ['int64', null] },
    initializers: WEIGHTS,
    nodes: [CONV, ['Shape', ['c'], ['s']], ['DepthToSpace', ['c'], ['y'], { blocksize: 2, mode: 'CRD' }]],
  }),
  'Concat of whole blocks in another sequence': shuffled(
    [
      ['Concat', ['x', 'x', 'x', 'x'], ['k'], { axis: 1 }],
      ['Gather', ['k', 'i'], ['c'], { axis: 1 }],
    ],
    { i: ints(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11) },
  ),
  'dynamic height and width': shuffled([CONV], WEIGHTS, { inputs: { x: ['float32', [1, 3, 'H', 'W']] } }),
};

describe('fits, bit for bit', () => {
  test.each(Object.entries(FITS))('%s', async (_, before) => {
    const { proto: after, fired, refused } = rewriteModel(before, [crdToDcrRewrite]);
    expect(refused).toEqual([]);
    expect(fired.map((f) => f.exactness ?? 'bit')).toEqual(['bit']);
    const [want, got] = await bothRun(before, after);
    expect([...got.keys()]).toEqual([...want.keys()]);
    for (const [name, value] of want) expect(bitEqual(got.get(name) as NdArray, value)).toBe(true);
    expect(rewriteModel(after, [crdToDcrRewrite]).fired).toEqual([]);
  });
});

test('the other consumer is a convolution: its input channels take the order', async () => {
  const before = shuffled(
    [CONV, ['Conv', ['c', 'v'], ['z'], { pads: [1, 1, 1, 1] }]],
    { ...WEIGHTS, v: t(4, 8, 3, 3) },
    { outputs: { y: ['float32', null], z: ['float32', null] } },
  );
  const { proto: after, fired } = rewriteModel(before, [crdToDcrRewrite]);
  expect(fired.map((f) => f.exactness)).toEqual(['exact']);
  const [want, got] = await bothRun(before, after);
  for (const [name, value] of want) expect(relativeToRange(got.get(name) as NdArray, value)).toBeLessThan(1e-6);
});

test('a repeated value whose layer takes the order in its input', async () => {
  const before = shuffled(
    [
      ['Conv', ['x', 'w'], ['c']],
      ['Conv', ['c', 'v'], ['h']],
      ['Unsqueeze', ['h', 'two'], ['u']],
      ['Expand', ['u', 'wide'], ['e']],
      ['Reshape', ['e', 'flat'], ['r']],
      ['Add', ['r', 'c'], ['m']],
    ],
    { w: t(8, 3, 1, 1), v: t(2, 8, 1, 1), two: ints(2), wide: ints(1, 2, 4, 4, 4), flat: ints(1, 8, 4, 4) },
    { last: 'm' },
  );
  const { proto: after, fired } = rewriteModel(before, [crdToDcrRewrite]);
  expect(fired.map((f) => f.exactness)).toEqual(['exact']);
  expect(opTypes(after)).toEqual(['Conv', 'Conv', 'Concat', 'Add', 'DepthToSpace']);
  const [want, got] = await bothRun(before, after);
  expect(relativeToRange(got.get('y') as NdArray, want.get('y') as NdArray)).toBeLessThan(1e-6);
});

test('a value that is repeated and reordered at once is refused', () => {
  const before = shuffled(
    [
      ['Conv', ['x', 'w'], ['h']],
      ['Unsqueeze', ['h', 'two'], ['u']],
      ['Expand', ['u', 'wide'], ['e']],
      ['Reshape', ['e', 'flat'], ['c'], {}, { name: 'repeat' }],
      ['DepthToSpace', ['h'], ['z'], { blocksize: 2, mode: 'CRD' }, { name: 'other' }],
      ['Concat', ['h', 'h', 'h', 'h'], ['k'], { axis: 1 }],
      ['Add', ['c', 'k'], ['m']],
    ],
    { w: t(8, 3, 1, 1), two: ints(2), wide: ints(1, 8, 4, 4, 4), flat: ints(1, 32, 4, 4) },
    { last: 'm', outputs: { y: ['float32', null], z: ['float32', null] } },
  );
  expect(rewriteModel(before, [crdToDcrRewrite]).fired).toEqual([]);
});

test('one colour: only the attribute, whatever is before', async () => {
  const before = buildModel({
    inputs: { x: ['float32', [1, 4, 2, 2]] },
    outputs: { y: ['float32', null] },
    nodes: [['DepthToSpace', ['x'], ['y'], { blocksize: 2, mode: 'CRD' }]],
  });
  const { proto: after, fired } = rewriteModel(before, [crdToDcrRewrite]);
  expect(fired).toHaveLength(1);
  const [want, got] = await bothRun(before, after, { x: ndarray('float32', [1, 4, 2, 2], values([16])) });
  expect(got).toEqual(want);
});

test('copies of shared weights leave the others alone', () => {
  const before = shuffled([CONV, ['Conv', ['x', 'w'], ['z']]], WEIGHTS, { outputs: { y: ['float32', null], z: ['float32', null] } });
  const { proto, fired } = rewriteModel(before, [crdToDcrRewrite]);
  expect(proto.graph?.initializer?.find((i) => i.name === 'w')).toBe(before.graph?.initializer?.find((i) => i.name === 'w'));
  expect(fired[0]?.encodings?.filter((e) => e.axis === 0).map((e) => [e.tensor, e.as])).toEqual([
    ['w', 'w_1'],
    ['b', 'b'],
  ]);
});

const input = (): NodeSpec[] => [CONV];
const REFUSED: Record<string, readonly [ModelProto, string]> = {
  'a graph input': [shuffled([], {}, { last: 'x', inputs: { x: ['float32', [1, 8, 4, 4]] } }), '"x" is a graph input'],
  'a graph output on the way': [
    shuffled(input(), WEIGHTS, { outputs: { y: ['float32', null], c: ['float32', null] } }),
    '"c" is a graph output',
  ],
  'overridable weights': [
    shuffled(input(), WEIGHTS, { inputs: { x: ['float32', [1, 3, 4, 4]], w: ['float32', [8, 3, 1, 1]] } }),
    '"w" is an initializer that callers may override',
  ],
  'groups that P tears apart': [
    shuffled(
      [
        ['Conv', ['x', 'a'], ['h']],
        ['Conv', ['h', 'w'], ['c'], { group: 2 }, { name: 'conv' }],
      ],
      { a: t(4, 3, 1, 1), w: t(8, 2, 1, 1) },
    ),
    'conv (Conv): the permutation of its output does not map its 2 groups onto groups',
  ],
  'BatchNormalization in training': [
    shuffled(
      [CONV, ['BatchNormalization', ['c', 'k', 'k', 'k', 'k'], ['n', 'm', 'v'], { training_mode: 1 }, { name: 'bn' }]],
      { ...WEIGHTS, k: t(8) },
      { last: 'n' },
    ),
    'bn (BatchNormalization): it runs in training mode',
  ],
  'an operator over channels': [
    shuffled([CONV, ['LRN', ['c'], ['n'], { size: 3 }, { name: 'lrn' }]], WEIGHTS, { last: 'n' }),
    'lrn (LRN): no rule carries a channel order through LRN',
  ],
  'padded channels': [
    shuffled(
      [
        ['Conv', ['x', 'w'], ['c']],
        ['Pad', ['c', 'p'], ['n'], {}, { name: 'pad' }],
      ],
      { w: t(7, 3, 1, 1), p: ints(0, 1, 0, 0, 0, 0, 0, 0) },
      { last: 'n' },
    ),
    'pad (Pad): it pads the channels',
  ],
  'a tensor between two demands': [
    shuffled([CONV, ['DepthToSpace', ['c'], ['z'], { blocksize: 2, mode: 'DCR' }, { name: 'other' }]], WEIGHTS, {
      outputs: { y: ['float32', null], z: ['float32', null] },
    }),
    'other (DepthToSpace): its input order mixes the 4 positions of a block',
  ],
  'unknown channels': [
    shuffled([], {}, { last: 'x', inputs: { x: ['float32', [1, 'C', 4, 4]] } }),
    'the number of channels of "x" is not known',
  ],
  'another domain': [
    shuffled([CONV, ['Relu', ['c'], ['n'], {}, { name: 'mine', domain: 'example' }]], WEIGHTS, {
      last: 'n',
      domains: { example: 1 },
      valueInfo: { n: ['float32', [1, 8, 4, 4]] },
    }),
    'mine (Relu): no rule carries a channel order through Relu',
  ],
};

describe('refuses with a reason, and changes nothing', () => {
  test.each(Object.entries(REFUSED))('%s', (_, [model, reason]) => {
    const { fired, refused, proto } = rewriteModel(model, [crdToDcrRewrite]);
    expect(fired).toEqual([]);
    expect(refused.map((r) => r.reason)).toEqual([reason]);
    expect(proto).toBe(model);
  });

  test('a subgraph that uses the value', () => {
    const branch = { graph: buildGraph({ inputs: {}, outputs: { r: ['float32', null] }, nodes: [['Neg', ['c'], ['r']]] }) };
    const model = shuffled(
      [CONV, ['If', ['k'], ['z'], { then_branch: branch, else_branch: branch }]],
      { ...WEIGHTS, k: Tensor.of('bool', [], [1]) },
      {
        outputs: { y: ['float32', null], z: ['float32', null] },
      },
    );
    expect(rewriteModel(model, [crdToDcrRewrite]).refused.map((r) => r.reason)).toEqual(['a subgraph uses "c"']);
  });

  test('CRD before opset 11', () => {
    const model = buildModel({
      inputs: { x: ['float32', [1, 8, 2, 2]] },
      outputs: { y: ['float32', null] },
      nodes: [['DepthToSpace', ['x'], ['y'], { blocksize: 2 }]],
      opset: 7,
    });
    expect(rewriteModel(model, [dcrToCrdRewrite]).refused.map((r) => r.reason)).toEqual(['opset 7 knows DepthToSpace in DCR order only']);
  });
});
