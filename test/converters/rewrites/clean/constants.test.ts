import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelSpec, NodeSpec } from '../../../support/build-model.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';
import { clean } from './support.ts';

const i64 = (...values: number[]) => Tensor.of('int64', [values.length], values);
const scalar = (value: number) => Tensor.of('int64', [], [value]);
const wave = (dims: number[]) =>
  Tensor.of(
    'float32',
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) + 0.1),
  );

describe('shape arithmetic', () => {
  test('Shape with start and end (opset 15) gives that part only', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 3, 4, 5]] },
      outputs: { y: ['float32', null] },
      initializers: { m: i64(-1) },
      nodes: [
        ['Shape', ['x'], ['s'], { start: 1, end: -1 }],
        ['Concat', ['m', 's'], ['t'], { axis: 0 }],
        ['Reshape', ['x', 't'], ['r']],
        ['Neg', ['r'], ['y']],
      ],
    };
    const { ops, proto } = await clean(spec);
    expect(ops).toEqual(['Reshape', 'Neg']);
    expect(proto.graph?.initializer?.map((tensor) => Tensor.fromProto(tensor).bigints())).toEqual([[-1n, 3n, 4n]]);
  });

  test('the tail of reflect-pad exports', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 2, 5, 6]] },
      outputs: { y: ['float32', null] },
      initializers: {
        p: i64(1, 2, 1, 2),
        four: i64(4),
        zero: i64(0),
        m: i64(-1, 2),
        s0: i64(-1),
        e0: i64(-9223372036854775000),
        ax: i64(0),
        st: i64(-1),
        flat: i64(-1),
      },
      nodes: [
        ['ConstantOfShape', ['four'], ['c'], { value: i64(0) }],
        ['Concat', ['p', 'c'], ['k'], { axis: 0 }],
        ['Reshape', ['k', 'm'], ['r']],
        ['Slice', ['r', 's0', 'e0', 'ax', 'st'], ['v']],
        ['Transpose', ['v'], ['w'], { perm: [1, 0] }],
        ['Reshape', ['w', 'flat'], ['f']],
        ['Cast', ['f'], ['g'], { to: 7 }],
        ['Pad', ['x', 'g'], ['q'], { mode: 'reflect' }],
        ['Neg', ['q'], ['y']],
      ],
    };
    expect((await clean(spec)).ops).toEqual(['Pad', 'Neg']);
  });

  test('what depends on an open dimension stays', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', ['H', 'W']] },
      outputs: { y: ['float32', null] },
      initializers: { one: scalar(1) },
      nodes: [
        ['Shape', ['x'], ['s']],
        ['ConstantOfShape', ['s'], ['c']],
        ['Add', ['x', 'c'], ['y']],
      ],
    };
    expect((await clean(spec, { sizes: [{ H: 2, W: 3 }] })).ops).toEqual(['Shape', 'ConstantOfShape', 'Add']);
  });

  test('a shape that is a graph output stays computed', async () => {
    const spec: ModelSpec = { inputs: { x: ['float32', [2, 3]] }, outputs: { s: ['int64', [2]] }, nodes: [['Shape', ['x'], ['s']]] };
    expect((await clean(spec)).ops).toEqual(['Shape']);
  });
});

describe('nodes on constants', () => {
  const folded = async (nodes: NodeSpec[], initializers: Record<string, Tensor>, more: Partial<ModelSpec> = {}) =>
    (
      await clean({
        inputs: { x: ['float32', [1]] },
        outputs: { y: ['float32', null] },
        initializers,
        nodes: [...nodes, ['Add', ['x', 'k'], ['y']]],
        ...more,
      })
    ).ops;

  test.each<[string, NodeSpec[], Record<string, Tensor>]>([
    ['Transpose', [['Transpose', ['c'], ['k'], { perm: [2, 0, 1] }]], { c: wave([2, 3, 5]) }],
    ['Transpose without perm', [['Transpose', ['c'], ['k']]], { c: wave([2, 3]) }],
    [
      'Reshape, Unsqueeze, Squeeze, Flatten',
      [
        ['Reshape', ['c', 's'], ['d']],
        ['Unsqueeze', ['d', 'u'], ['e']],
        ['Flatten', ['e'], ['k']],
      ],
      { c: wave([2, 3]), s: i64(3, 2), u: i64(0) },
    ],
    ['Concat along 1', [['Concat', ['c', 'd'], ['k'], { axis: 1 }]], { c: wave([2, 3]), d: wave([2, 1]) }],
    ['Concat along −2', [['Concat', ['c', 'd'], ['k'], { axis: -2 }]], { c: wave([2, 3]), d: wave([4, 3]) }],
    [
      'Gather along 1, negative index',
      [['Gather', ['c', 'i'], ['k'], { axis: 1 }]],
      { c: wave([2, 3, 2]), i: Tensor.of('int64', [2, 2], [0, -1, 2, 1]) },
    ],
    ['Gather of a scalar index', [['Gather', ['c', 'i'], ['k'], { axis: 0 }]], { c: wave([4, 300]), i: scalar(-3) }],
    ['Add with broadcast', [['Add', ['c', 'd'], ['k']]], { c: wave([2, 1, 3]), d: wave([4, 1]) }],
    [
      'Mul, Div, Sub',
      [
        ['Mul', ['c', 'd'], ['m']],
        ['Div', ['m', 'd'], ['n']],
        ['Sub', ['n', 'c'], ['k']],
      ],
      { c: wave([300]), d: wave([1]) },
    ],
    [
      'Sqrt, Reciprocal',
      [
        ['Abs', ['c'], ['a']],
        ['Sqrt', ['a'], ['b']],
        ['Reciprocal', ['b'], ['k']],
      ],
      { c: wave([300]) },
    ],
    [
      'Cast from float16',
      [['Cast', ['c'], ['k'], { to: 1 }]],
      {
        c: Tensor.of(
          'float16',
          [300],
          new Float32Array(300).map((_, i) => i / 7),
        ),
      },
    ],
    [
      'Cast from int8',
      [['Cast', ['c'], ['k'], { to: 1 }]],
      {
        c: Tensor.of(
          'int8',
          [300],
          new Int8Array(300).map((_, i) => i),
        ),
      },
    ],
  ])('%s', async (_, nodes, initializers) => {
    expect(await folded(nodes, initializers)).toEqual(['Add']);
  });

  test.each<[string, NodeSpec[], Record<string, Tensor>, Partial<ModelSpec>?]>([
    ['Expand would grow', [['Expand', ['c', 's'], ['k']]], { c: wave([1, 300]), s: i64(100, 1) }],
    ['Tile would grow', [['Tile', ['c', 's'], ['k']]], { c: wave([1, 300]), s: i64(100, 1) }],
    ['ConstantOfShape would grow', [['ConstantOfShape', ['s'], ['k']]], { s: i64(100, 300) }],
    [
      'a large tensor that is used elsewhere',
      [
        ['Transpose', ['c'], ['k']],
        ['ReduceSum', ['c'], ['r']],
        ['Add', ['x', 'r'], ['z']],
      ],
      { c: wave([200, 200]) },
      { outputs: { y: ['float32', null], z: ['float32', null] } },
    ],
    [
      'an initializer that callers may override',
      [['Transpose', ['c'], ['k']]],
      { c: wave([2, 300]) },
      { inputs: { x: ['float32', [1]], c: ['float32', [2, 300]] } },
    ],
    [
      'DequantizeLinear of weights',
      [['DequantizeLinear', ['c', 's'], ['k']]],
      { c: Tensor.of('int8', [300], new Int8Array(300)), s: Tensor.of('float32', [], [0.1]) },
    ],
  ])('not: %s', async (_, nodes, initializers, more = {}) => {
    expect(await folded(nodes, initializers, more)).toContain(nodes[0]?.[0]);
  });

  test('computed values are those of ONNX Runtime, bit for bit', async () => {
    const [c, d] = [wave([1000]), wave([1000])];
    const model = (op: string): ModelSpec => ({
      inputs: { x: ['float32', []] },
      outputs: { y: ['float32', null] },
      initializers: { c, d },
      nodes: [
        [op, ['c', 'd'], ['k']],
        ['Max', ['k', 'x'], ['y']],
      ],
    });
    for (const op of ['Add', 'Sub', 'Mul', 'Div']) {
      const { ops, proto } = await clean(model(op));
      expect(ops).toEqual(['Max']);
      const x = ndarray('float32', [], [-1e30]);
      const direct = await runOrt(
        {
          ...(proto as object),
          graph: {
            ...proto.graph,
            initializer: [c.toProto('c'), d.toProto('d')],
            node: [
              { opType: op, input: ['c', 'd'], output: ['k'] },
              { opType: 'Max', input: ['k', 'x'], output: ['y'] },
            ],
          },
        },
        { x },
      );
      expect((await runOrt(proto, { x })).get('y')).toEqual(direct.get('y'));
    }
  });
});

describe('common subexpressions', () => {
  test('equal nodes, equal constants of other names', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 6]] },
      outputs: { y: ['float32', null] },
      initializers: { s: i64(3, 4), t: i64(3, 4), u: i64(4, 3) },
      nodes: [
        ['Reshape', ['x', 's'], ['a']],
        ['Reshape', ['x', 't'], ['b']],
        ['Reshape', ['x', 'u'], ['c']],
        ['Transpose', ['c'], ['d']],
        ['Mul', ['a', 'b'], ['m']],
        ['Sub', ['m', 'd'], ['y']],
      ],
    };
    expect((await clean(spec)).ops).toEqual(['Reshape', 'Reshape', 'Transpose', 'Mul', 'Sub']);
  });

  test('random nodes, Q/DQ and other attributes are not the same', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 6]] },
      outputs: { y: ['float32', null] },
      initializers: { s: Tensor.of('float32', [], [0.1]), z: Tensor.of('uint8', [], [3]) },
      nodes: [
        ['QuantizeLinear', ['x', 's', 'z'], ['q']],
        ['DequantizeLinear', ['q', 's', 'z'], ['a']],
        ['DequantizeLinear', ['q', 's', 'z'], ['b']],
        ['LeakyRelu', ['a'], ['c'], { alpha: { float: 0.1 } }],
        ['LeakyRelu', ['b'], ['d'], { alpha: { float: 0.2 } }],
        ['LeakyRelu', ['a'], ['e'], { alpha: { float: 0.3 } }],
        ['Sum', ['c', 'd', 'e'], ['y']],
      ],
    };
    expect((await clean(spec)).ops).toHaveLength(7);
  });

  test('two graph outputs that are the same value keep both names', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2]] },
      outputs: { a: ['float32', null], b: ['float32', null] },
      nodes: [
        ['Neg', ['x'], ['a']],
        ['Neg', ['x'], ['b']],
      ],
    };
    expect((await clean(spec)).ops).toEqual(['Neg', 'Neg']);
  });
});
