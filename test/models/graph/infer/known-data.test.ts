import { describe, expect, test } from 'vitest';
import { type Dim, inferShapes, knownData, Model } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { buildModel, type NodeSpec } from '../../../support/build-model.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';

const ints = (...values: number[]): Tensor => Tensor.of('int64', [values.length], values);
const scalar = (value: number): Tensor => Tensor.of('int64', [], [value]);

interface Chain {
  readonly nodes: readonly NodeSpec[];
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly opset?: number;
  /** Expected shape of `y` for an input [N, 6, H, W]. */
  readonly shape: readonly Dim[];
}

const sizes: readonly NodeSpec[] = [
  ['Shape', ['x'], ['s']],
  ['Gather', ['s', 'two'], ['h']],
  ['Gather', ['s', 'three'], ['w']],
];
const axes = { two: scalar(2), three: scalar(3) };

/** Chains as exporters write them. */
const CHAINS: Readonly<Record<string, Chain>> = {
  'flatten by x.view(x.size(0), -1)': {
    nodes: [
      ['Shape', ['x'], ['s']],
      ['Gather', ['s', 'zero'], ['n']],
      ['Unsqueeze', ['n', 'axis'], ['n1']],
      ['Concat', ['n1', 'rest'], ['to'], { axis: 0 }],
      ['Reshape', ['x', 'to'], ['y']],
    ],
    constants: { zero: scalar(0), axis: ints(0), rest: ints(-1) },
    shape: ['N', '6*H*W'],
  },
  'unshuffle by sizes divided': {
    nodes: [
      ...sizes,
      ['Div', ['h', 'two'], ['h2']],
      ['Div', ['w', 'two'], ['w2']],
      ...['h2', 'w2'].map((name): NodeSpec => ['Unsqueeze', [name, 'axis'], [`${name}u`]]),
      ['Concat', ['head', 'h2u', 'b', 'w2u', 'b'], ['to'], { axis: 0 }],
      ['Reshape', ['x', 'to'], ['six']],
      ['Transpose', ['six'], ['t'], { perm: [0, 1, 3, 5, 2, 4] }],
      ['Concat', ['head2', 'h2u', 'w2u'], ['to2'], { axis: 0 }],
      ['Reshape', ['t', 'to2'], ['y']],
    ],
    constants: { ...axes, axis: ints(0), head: ints(0, 6), b: ints(2), head2: ints(0, 24) },
    shape: ['N', 24, 'H/2', 'W/2'],
  },
  'old Resize: sizes through float scales': {
    nodes: [
      ...sizes,
      ...['h', 'w'].flatMap((name): NodeSpec[] => [
        ['Cast', [name], [`${name}f`], { to: 1 }],
        ['Mul', [`${name}f`, 'scale'], [`${name}m`]],
        ['Floor', [`${name}m`], [`${name}r`]],
        ['Cast', [`${name}r`], [`${name}i`], { to: 7 }],
        ['Unsqueeze', [`${name}i`, 'axis'], [`${name}u`]],
      ]),
      ['Slice', ['s', 'from', 'to'], ['nc']],
      ['Concat', ['nc', 'hu', 'wu'], ['size'], { axis: 0 }],
      ['Resize', ['x', '', '', 'size'], ['y']],
    ],
    constants: { ...axes, axis: ints(0), scale: Tensor.of('float32', [], [2]), from: ints(0), to: ints(2) },
    shape: ['N', 6, '2*H', '2*W'],
  },
  'chunk as slices': {
    nodes: [
      ['Shape', ['x'], ['s'], { start: 1, end: 2 }],
      ['Add', ['s', 'one'], ['up']],
      ['Div', ['up', 'parts'], ['part']],
      ['Mul', ['part', 'one'], ['end']],
      ['Slice', ['x', 'start', 'end', 'axis'], ['y']],
    ],
    constants: { one: ints(1), parts: ints(2), start: ints(0), axis: ints(1) },
    shape: ['N', 3, 'H', 'W'],
  },
  'pads to a multiple of eight': {
    nodes: [
      ...sizes,
      ...['h', 'w'].flatMap((name): NodeSpec[] => [
        ['Mod', [name, 'eight'], [`${name}m`]],
        ['Sub', ['eight', `${name}m`], [`${name}d`]],
        ['Mod', [`${name}d`, 'eight'], [`${name}p`]],
        ['Unsqueeze', [`${name}p`, 'axis'], [`${name}u`]],
      ]),
      ['Concat', ['zeros', 'hu', 'wu'], ['p'], { axis: 0 }],
      ['Pad', ['x', 'p'], ['y'], { mode: 'reflect' }],
    ],
    constants: { ...axes, axis: ints(0), eight: scalar(8), zeros: ints(0, 0, 0, 0, 0, 0) },
    shape: ['N', 6, '8*floor((H+7)/8)', '8*floor((W+7)/8)'],
  },
  'pads of torch: reversed in pairs': {
    nodes: [
      ['Reshape', ['pads', 'pairs'], ['m']],
      ['Slice', ['m', 'last', 'first', 'axis', 'back'], ['r']],
      ['Transpose', ['r'], ['t'], { perm: [1, 0] }],
      ['Reshape', ['t', 'flat'], ['f']],
      ['Cast', ['f'], ['p'], { to: 7 }],
      ['Pad', ['x', 'p'], ['y']],
    ],
    constants: {
      pads: ints(1, 2, 3, 4, 0, 0, 0, 0),
      pairs: ints(-1, 2),
      last: ints(-1),
      first: ints(-9223372036854775000),
      axis: ints(0),
      back: ints(-1),
      flat: ints(-1),
    },
    shape: ['N', 6, 'H+7', 'W+3'],
  },
  'expand by Where over −1': {
    nodes: [
      ['ConstantOfShape', ['four'], ['ones'], { value: Tensor.of('int64', [1], [1]) }],
      ['Mul', ['ones', 'minus'], ['m']],
      ['Equal', ['wanted', 'm'], ['e']],
      ['Shape', ['x'], ['s']],
      ['Where', ['e', 's', 'wanted'], ['to']],
      ['Expand', ['x', 'to'], ['y']],
    ],
    constants: { four: ints(4), minus: scalar(-1), wanted: ints(-1, 6, -1, -1) },
    shape: ['N', 6, 'H', 'W'],
  },
  'sequence length of attention': {
    nodes: [
      ['Shape', ['x'], ['s']],
      ['Slice', ['s', 'two', 'four'], ['hw']],
      ['ReduceProd', ['hw'], ['l'], { keepdims: 1 }],
      ['Concat', ['head', 'l'], ['to'], { axis: 0 }],
      ['Reshape', ['x', 'to'], ['r']],
      ['Transpose', ['r'], ['y'], { perm: [0, 2, 1] }],
    ],
    constants: { two: ints(2), four: ints(4), head: ints(0, 6) },
    shape: ['N', 'H*W', 6],
  },
  'positions by Range': {
    nodes: [...sizes, ['Range', ['zero', 'w', 'one'], ['y']]],
    constants: { ...axes, zero: scalar(0), one: scalar(1) },
    shape: ['W'],
  },
  'every second row and the rest, joined': {
    nodes: [
      ['Slice', ['x', 'zero', 'max', 'axis', 'two'], ['even']],
      ['Slice', ['x', 'one', 'max', 'axis', 'two'], ['odd']],
      ['Concat', ['even', 'odd'], ['y'], { axis: 1 }],
    ],
    constants: { zero: ints(0), one: ints(1), two: ints(2), max: ints(2 ** 31 - 1), axis: ints(2) },
    shape: ['N', 12, 'H/2', 'W'],
  },
  'crop of what was padded': {
    nodes: [
      ['Pad', ['x', 'p'], ['q']],
      ['Shape', ['x'], ['s']],
      ['Slice', ['s', 'two', 'four'], ['e']],
      ['Slice', ['q', 'none', 'e', 'axes'], ['y']],
    ],
    constants: { p: ints(0, 0, 0, 0, 0, 0, 8, 8), two: ints(2), four: ints(4), none: ints(0, 0), axes: ints(2, 3) },
    shape: ['N', 6, 'H', 'W'],
  },
};

describe.each(Object.entries(CHAINS))('%s', (_, chain) => {
  const build = (dims: readonly Dim[]): Model =>
    new Model(
      buildModel({
        opset: chain.opset ?? 15,
        inputs: { x: ['float32', dims] },
        outputs: { y: ['float32', null] },
        nodes: chain.nodes,
        initializers: chain.constants ?? {},
      }),
    );

  test('resolves symbolically', () => {
    const model = build(['N', 6, 'H', 'W']);
    inferShapes(model);
    expect(model.graph.outputs[0]?.type.shape).toEqual(chain.shape);
  });

  test('resolves at sizes that ONNX Runtime confirms', async () => {
    const model = build([2, 6, 16, 10]);
    inferShapes(model);
    const x = ndarray('float32', [2, 6, 16, 10], new Float32Array(1920));
    const y = (await runOrt(model.proto, { x }).catch(() => null))?.get('y');
    const integer = chain.nodes.at(-1)?.[0] === 'Range';
    if (!integer) expect(y?.dims).toBeDefined();
    expect(model.graph.outputs[0]?.type.shape).toEqual(integer ? [10] : y?.dims);
  });
});

test('elements are symbolic, partial or absent, and never beyond what a number holds', () => {
  const model = new Model(
    buildModel({
      inputs: { x: ['float32', ['N', null, 4]], free: ['int64', [1]] },
      outputs: { y: ['int64', null] },
      nodes: [
        ['Shape', ['x'], ['s']],
        ['Concat', ['s', 'free'], ['y'], { axis: 0 }],
        ['Mul', ['huge', 'huge'], ['over']],
        ['Add', ['free', 'huge'], ['unknown']],
      ],
      initializers: { huge: Tensor.of('int64', [1], [9007199254740993n]) },
    }),
  );
  inferShapes(model);
  const data = (name: string): unknown => knownData(model.graph.values.get(name) as never);
  expect(data('s')).toEqual(['N', 'x_d1', 4]);
  expect(data('y')).toEqual(['N', 'x_d1', 4, null]);
  expect(data('over')).toBeNull();
  expect(data('unknown')).toBeNull();
  expect(data('huge')).toBeNull();
});

test('overridable initializers are not constants', () => {
  const spec = {
    inputs: { x: ['float32', [4, 6]], to: ['int64', [2]] },
    outputs: { y: ['float32', null] },
    nodes: [['Reshape', ['x', 'to'], ['y']]],
    initializers: { to: ints(3, 8) },
  } as const;
  const shapeAt = (irVersion: number): unknown => {
    const model = new Model(buildModel({ ...spec, irVersion }));
    inferShapes(model);
    return model.graph.outputs[0]?.type.shape;
  };
  expect(shapeAt(8)).toEqual([null, null]);
  expect(shapeAt(3)).toEqual([3, 8]);
});
