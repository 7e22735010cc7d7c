import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelSpec, NodeSpec } from '../../../support/build-model.ts';
import { clean } from './support.ts';

const _i64 = (...values: number[]) => Tensor.of('int64', [values.length], values);
const f32 = (value: number, dims: number[] = []) => Tensor.of('float32', dims, new Array(dims.reduce((a, b) => a * b, 1)).fill(value));
const wave = (dtype: 'float32' | 'float16', dims: number[]) =>
  Tensor.of(
    dtype,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) + 1.1),
  );

describe('layer normalisation', () => {
  const norm = (
    dtype: 'float32' | 'float16',
    more: { square?: NodeSpec; axes?: number[]; cast?: boolean; gamma?: Tensor } = {},
  ): ModelSpec => {
    const axes = more.axes ?? [-1];
    const [d, v] = more.cast ? ['dc', 'n'] : ['d', 'n'];
    return {
      opset: 17,
      inputs: { x: [dtype, [2, 5, 6]] },
      outputs: { y: [dtype, null] },
      initializers: {
        two: f32(2),
        eps: Tensor.of(more.cast ? 'float32' : dtype, [], [1e-5]),
        g: more.gamma ?? wave(dtype, [6]),
        b: wave(dtype, [6]),
      },
      nodes: [
        ['ReduceMean', ['x'], ['m'], { axes }],
        ['Sub', ['x', 'm'], ['d']],
        ...(more.cast ? [['Cast', ['d'], ['dc'], { to: 1 }] as NodeSpec] : []),
        more.square ?? ['Pow', [d, 'two'], ['p']],
        ['ReduceMean', ['p'], ['q'], { axes }],
        ['Add', ['q', 'eps'], ['e']],
        ['Sqrt', ['e'], ['r']],
        ['Div', [d, 'r'], [v]],
        ...(more.cast ? [['Cast', ['n'], ['nc'], { to: 10 }] as NodeSpec] : []),
        ['Mul', [more.cast ? 'nc' : 'n', 'g'], ['h']],
        ['Add', ['h', 'b'], ['y']],
      ],
    };
  };

  test('is put together, with scale and shift', async () => {
    expect((await clean(norm('float32'), { tolerance: 1e-5 })).ops).toEqual(['LayerNormalization']);
    expect((await clean(norm('float32', { square: ['Mul', ['d', 'd'], ['p']] }), { tolerance: 1e-5 })).ops).toEqual(['LayerNormalization']);
  });

  test('over two axes with a scale of their shape', async () => {
    expect((await clean(norm('float32', { axes: [-2, -1], gamma: wave('float32', [5, 6]) }), { tolerance: 1e-5 })).ops).toEqual([
      'LayerNormalization',
      'Add',
    ]);
  });

  test('through casts to float32', async () => {
    expect((await clean(norm('float16', { cast: true }), { tolerance: 4e-3 })).ops).toEqual(['LayerNormalization']);
  });

  test('a scale over another axis stays outside', async () => {
    expect((await clean(norm('float32', { gamma: wave('float32', [5, 1]) }), { tolerance: 1e-5 })).ops).toEqual([
      'LayerNormalization',
      'Mul',
      'Add',
    ]);
  });

  test('means over different axes, or not the last, are no layer normalisation', async () => {
    expect((await clean(norm('float32', { axes: [1] }))).ops).not.toContain('LayerNormalization');
  });

  test('opset 13: refused and said; --opset 17: done', async () => {
    const { ops, refused } = await clean({ ...norm('float32'), opset: 13 });
    expect(ops).not.toContain('LayerNormalization');
    expect(refused.map(({ reason }) => reason)).toEqual([expect.stringContaining('--opset 17')]);
    expect((await clean({ ...norm('float32'), opset: 13 }, { opset: 17, tolerance: 1e-5 })).ops).toEqual(['LayerNormalization']);
  });
});

describe('GELU', () => {
  const gelu = (nodes: NodeSpec[], more: Partial<ModelSpec> = {}): ModelSpec => ({
    opset: 20,
    inputs: { x: ['float32', [3, 40]] },
    outputs: { y: ['float32', null] },
    nodes,
    initializers: {
      root: f32(Math.SQRT2),
      inverse: f32(Math.SQRT1_2),
      one: f32(1),
      half: f32(0.5),
      k: f32(0.044715),
      three: f32(3),
      s: f32(Math.sqrt(2 / Math.PI)),
    },
    ...more,
  });
  const bell: NodeSpec[] = [
    ['Div', ['x', 'root'], ['a']],
    ['Erf', ['a'], ['b']],
    ['Add', ['b', 'one'], ['c']],
  ];

  test.each<[string, NodeSpec[]]>([
    ['x · (1 + erf) · ½', [...bell, ['Mul', ['x', 'c'], ['d']], ['Mul', ['d', 'half'], ['y']]]],
    ['½ · (1 + erf) · x', [...bell, ['Mul', ['half', 'c'], ['d']], ['Mul', ['d', 'x'], ['y']]]],
    ['(½ x) · (1 + erf)', [...bell, ['Mul', ['x', 'half'], ['d']], ['Mul', ['c', 'd'], ['y']]]],
    ['with a factor 1/√2', [['Mul', ['x', 'inverse'], ['a']], ...bell.slice(1), ['Mul', ['x', 'c'], ['d']], ['Mul', ['d', 'half'], ['y']]]],
    [
      'the tanh form',
      [
        ['Pow', ['x', 'three'], ['p']],
        ['Mul', ['p', 'k'], ['q']],
        ['Add', ['x', 'q'], ['r']],
        ['Mul', ['r', 's'], ['t']],
        ['Tanh', ['t'], ['u']],
        ['Add', ['u', 'one'], ['v']],
        ['Mul', ['x', 'half'], ['w']],
        ['Mul', ['w', 'v'], ['y']],
      ],
    ],
  ])('%s', async (_, nodes) => {
    expect((await clean(gelu(nodes), { tolerance: 1e-6 })).ops).toEqual(['Gelu']);
  });

  test.each<[string, NodeSpec[]]>([
    ['another factor', [...bell, ['Mul', ['x', 'c'], ['d']], ['Mul', ['d', 'inverse'], ['y']]]],
    ['another x', [...bell, ['Mul', ['a', 'c'], ['d']], ['Mul', ['d', 'half'], ['y']]]],
    ['no half', [...bell, ['Mul', ['x', 'c'], ['y']]]],
    ['1 − erf', [...bell.slice(0, 2), ['Sub', ['one', 'b'], ['c']], ['Mul', ['x', 'c'], ['d']], ['Mul', ['d', 'half'], ['y']]]],
  ])('not: %s', async (_, nodes) => {
    expect((await clean(gelu(nodes))).ops).not.toContain('Gelu');
  });

  test('the value in between is used elsewhere', async () => {
    const spec = gelu([...bell, ['Mul', ['x', 'c'], ['d']], ['Mul', ['d', 'half'], ['y']]], {
      outputs: { y: ['float32', null], d: ['float32', null] },
    });
    expect((await clean(spec)).ops).not.toContain('Gelu');
  });
});

describe('float64 islands', () => {
  const island = (from: 'float16' | 'float32', nodes: NodeSpec[], more: Partial<ModelSpec> = {}): ModelSpec => ({
    inputs: { x: [from, [2, 5, 6]] },
    outputs: { y: [from, null] },
    initializers: { two: Tensor.of('float64', [], [2]), eps: Tensor.of('float64', [], [1e-5]) },
    nodes: [['Cast', ['x'], ['d'], { to: 11 }], ...nodes, ['Cast', ['z'], ['y'], { to: from === 'float16' ? 10 : 1 }]],
    ...more,
  });
  const pixelNorm: NodeSpec[] = [
    ['Pow', ['d', 'two'], ['p']],
    ['ReduceMean', ['p'], ['m'], { axes: [-1] }],
    ['Add', ['m', 'eps'], ['e']],
    ['Sqrt', ['e'], ['r']],
    ['Div', ['d', 'r'], ['z']],
  ];
  const inFloat64 = (proto: { graph?: { node?: { attribute?: { i?: unknown }[] | null; opType?: string | null }[] | null } | null }) =>
    proto.graph?.node?.some((node) => node.opType === 'Cast' && Number(node.attribute?.[0]?.i) === 11);

  test('around float16 it is exact', async () => {
    const { fired, proto, result } = await clean(island('float16', pixelNorm), { tolerance: 2 ** -10 });
    expect(fired).toEqual(['float64-islands']);
    expect(inFloat64(proto)).toBe(false);
    expect(result.log.records[0]?.exactness).toBe('exact');
  });

  test('around float32 the casts go too', async () => {
    const { ops } = await clean(island('float32', pixelNorm), { tolerance: 1e-6 });
    expect(ops).toEqual(['Pow', 'ReduceMean', 'Add', 'Sqrt', 'Div']);
  });

  test('cancellation in float32 needs leave', async () => {
    const mean: NodeSpec[] = [
      ['ReduceMean', ['d'], ['m'], { axes: [-1] }],
      ['Sub', ['d', 'm'], ['z']],
    ];
    const { refused } = await clean(island('float32', mean));
    expect(refused.map(({ reason }) => reason)).toEqual([expect.stringContaining('--allow approximate')]);
    expect(inFloat64((await clean(island('float32', mean), { allow: ['approximate'], tolerance: 1e-6 })).proto)).toBe(false);
  });

  test('so does a sum of two computed values, unlike the sum with a constant', async () => {
    const sum: NodeSpec[] = [
      ['Neg', ['d'], ['n']],
      ['Sqrt', ['n'], ['p']],
      ['Add', ['p', 'n'], ['z']],
    ];
    const { refused } = await clean(island('float32', sum));
    expect(refused.map(({ reason }) => reason)).toEqual([expect.stringContaining('--allow approximate')]);
  });

  test('float64 that leaves the island keeps it', async () => {
    const spec = island('float32', pixelNorm, { outputs: { y: ['float32', null], z: ['float64', null] } });
    const { refused, proto } = await clean(spec);
    expect(inFloat64(proto)).toBe(true);
    expect(refused[0]?.reason).toMatch(/"z" is seen outside/);
  });

  test('an operator that is not known to be harmless keeps it', async () => {
    const { refused } = await clean(island('float32', [['Sin', ['d'], ['z']]]));
    expect(refused[0]?.reason).toMatch(/Sin/);
  });
});
