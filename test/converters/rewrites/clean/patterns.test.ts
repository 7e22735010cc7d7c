import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelSpec, NodeSpec } from '../../../support/build-model.ts';
import { clean } from './support.ts';

const i64 = (...values: number[]) => Tensor.of('int64', [values.length], values);
const f32 = (value: number, dims: number[] = []) => Tensor.of('float32', dims, new Array(dims.reduce((a, b) => a * b, 1)).fill(value));
const wave = (dtype: 'float32' | 'float16', dims: number[]) => Tensor.of(dtype, dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) + 1.1));

describe('repetition', () => {
  const nearest = (nodes: NodeSpec[], initializers: Record<string, Tensor>, more: Partial<ModelSpec> = {}) =>
    clean({ inputs: { x: ['float32', [2, 3, 4, 5]] }, outputs: { y: ['float32', null] }, nodes, initializers, ...more });

  test.each([11, 13, 17])('nearest upsampling by Unsqueeze, Expand, Reshape, opset %i', async (opset) => {
    const unsqueeze: NodeSpec = opset < 13 ? ['Unsqueeze', ['x'], ['a'], { axes: [3, 5] }] : ['Unsqueeze', ['x', 'u'], ['a']];
    const { ops } = await nearest([unsqueeze, ['Expand', ['a', 'e'], ['b']], ['Reshape', ['b', 's'], ['y']]], { u: i64(3, 5), e: i64(2, 3, 4, 2, 5, 3), s: i64(2, 3, 8, 15) }, { opset });
    expect(ops).toEqual(['Resize']);
  });

  test('with open height and width', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 3, 'H', 'W']] }, outputs: { y: ['float32', [1, 3, '2*H', '2*W']] }, initializers: { u: i64(3, 5), r: i64(1, 1, 1, 2, 1, 2), two: i64(2), i2: i64(2), i3: i64(3), c: i64(1, 3) },
      nodes: [
        ['Unsqueeze', ['x', 'u'], ['a']], ['Tile', ['a', 'r'], ['b']], ['Shape', ['x'], ['s']], ['Gather', ['s', 'i2'], ['h']], ['Gather', ['s', 'i3'], ['w']],
        ['Mul', ['h', 'two'], ['h2']], ['Mul', ['w', 'two'], ['w2']], ['Concat', ['c', 'h2', 'w2'], ['t'], { axis: 0 }], ['Reshape', ['b', 't'], ['y']],
      ],
    };
    expect((await clean(spec, { sizes: [{ H: 4, W: 5 }, { H: 1, W: 3 }] })).ops).toEqual(['Resize']);
  });

  test('opset 10 has no coordinate modes: refused, and said', async () => {
    const { ops, refused } = await nearest([['Unsqueeze', ['x'], ['a'], { axes: [3] }], ['Expand', ['a', 'e'], ['b']], ['Reshape', ['b', 's'], ['y']]], { e: i64(2, 3, 4, 2, 5), s: i64(2, 3, 8, 5) }, { opset: 10 });
    expect(ops).toContain('Expand');
    expect(refused.map(({ reason }) => reason)).toEqual([expect.stringContaining('--opset 11')]);
  });

  test('whole axes repeated are one Tile', async () => {
    const { ops } = await nearest([['Unsqueeze', ['x', 'u'], ['a']], ['Expand', ['a', 'e'], ['b']], ['Reshape', ['b', 's'], ['y']]], { u: i64(2), e: i64(2, 3, 4, 4, 5), s: i64(2, 3, 16, 5) });
    expect(ops).toEqual(['Tile']);
  });

  test('both on one axis are refused', async () => {
    const { ops } = await nearest([['Unsqueeze', ['x', 'u'], ['a']], ['Expand', ['a', 'e'], ['b']], ['Reshape', ['b', 's'], ['y']]], { u: i64(2, 4), e: i64(2, 3, 2, 4, 3, 5), s: i64(2, 3, 24, 5) });
    expect(ops).toEqual(['Unsqueeze', 'Expand', 'Reshape']);
  });

  test('an Expand that Reshape does not merge as it was put in is left alone', async () => {
    const { ops } = await nearest([['Unsqueeze', ['x', 'u'], ['a']], ['Expand', ['a', 'e'], ['b']], ['Reshape', ['b', 's'], ['y']]], { u: i64(3), e: i64(2, 3, 4, 2, 5), s: i64(2, 6, 4, 5) });
    expect(ops).toEqual(['Unsqueeze', 'Expand', 'Reshape']);
  });
});

describe('chunk', () => {
  const slices = (ranges: readonly (readonly [number, number])[], axis = 1): ModelSpec => ({
    inputs: { x: ['float32', [2, 7, 'W']] }, outputs: Object.fromEntries(ranges.map((_, i) => [`y${i}`, ['float32', null] as const])),
    initializers: Object.fromEntries([['ax', i64(axis)], ...ranges.flatMap(([s, e], i) => [[`s${i}`, i64(s)], [`e${i}`, i64(e)]] as const)]),
    nodes: [['Neg', ['x'], ['a']], ...ranges.map((_, i): NodeSpec => ['Slice', ['a', `s${i}`, `e${i}`, 'ax'], [`y${i}`]])],
  });

  test('parts that cover the axis, in any order, ends clamped or negative', async () => {
    const { ops, proto } = await clean(slices([[3, -2], [0, 3], [5, 100]]), { sizes: [{ W: 4 }] });
    expect(ops).toEqual(['Neg', 'Split']);
    expect(proto.graph?.node?.[1]?.output).toEqual(['y1', 'y0', 'y2']);
  });

  test.each<[string, [number, number][]]>([['a gap', [[0, 3], [4, 7]]], ['an overlap', [[0, 4], [3, 7]]], ['a rest', [[0, 3], [3, 6]]], ['one part', [[0, 6]]]])('%s is not', async (_, ranges) => {
    expect((await clean(slices(ranges), { sizes: [{ W: 4 }] })).ops).not.toContain('Split');
  });

  test('before opset 13 sizes are an attribute', async () => {
    const nodes: NodeSpec[] = [['Slice', ['x'], ['a'], { starts: [0], ends: [3], axes: [1] }], ['Slice', ['x'], ['b'], { starts: [3], ends: [7], axes: [1] }]];
    const spec: ModelSpec = { inputs: { x: ['float32', [2, 7]] }, outputs: { a: ['float32', null], b: ['float32', null] }, nodes, opset: 9 };
    expect((await clean(spec)).ops).toEqual(['Split']);
  });

  test('an open axis is not', async () => {
    expect((await clean(slices([[0, 3], [3, 100]], 2), { sizes: [{ W: 9 }] })).ops).not.toContain('Split');
  });
});

describe('layer normalisation', () => {
  const norm = (dtype: 'float32' | 'float16', more: { square?: NodeSpec; axes?: number[]; cast?: boolean; gamma?: Tensor } = {}): ModelSpec => {
    const axes = more.axes ?? [-1];
    const [d, v] = more.cast ? ['dc', 'n'] : ['d', 'n'];
    return {
      opset: 17, inputs: { x: [dtype, [2, 5, 6]] }, outputs: { y: [dtype, null] },
      initializers: { two: f32(2), eps: Tensor.of(more.cast ? 'float32' : dtype, [], [1e-5]), g: more.gamma ?? wave(dtype, [6]), b: wave(dtype, [6]) },
      nodes: [
        ['ReduceMean', ['x'], ['m'], { axes }], ['Sub', ['x', 'm'], ['d']], ...(more.cast ? [['Cast', ['d'], ['dc'], { to: 1 }] as NodeSpec] : []),
        more.square ?? ['Pow', [d, 'two'], ['p']], ['ReduceMean', ['p'], ['q'], { axes }], ['Add', ['q', 'eps'], ['e']], ['Sqrt', ['e'], ['r']], ['Div', [d, 'r'], [v]],
        ...(more.cast ? [['Cast', ['n'], ['nc'], { to: 10 }] as NodeSpec] : []),
        ['Mul', [more.cast ? 'nc' : 'n', 'g'], ['h']], ['Add', ['h', 'b'], ['y']],
      ],
    };
  };

  test('is put together, with scale and shift', async () => {
    expect((await clean(norm('float32'), { tolerance: 1e-5 })).ops).toEqual(['LayerNormalization']);
    expect((await clean(norm('float32', { square: ['Mul', ['d', 'd'], ['p']] }), { tolerance: 1e-5 })).ops).toEqual(['LayerNormalization']);
  });

  test('over two axes with a scale of their shape', async () => {
    expect((await clean(norm('float32', { axes: [-2, -1], gamma: wave('float32', [5, 6]) }), { tolerance: 1e-5 })).ops).toEqual(['LayerNormalization', 'Add']);
  });

  test('through casts to float32', async () => {
    expect((await clean(norm('float16', { cast: true }), { tolerance: 4e-3 })).ops).toEqual(['LayerNormalization']);
  });

  test('a scale over another axis stays outside', async () => {
    expect((await clean(norm('float32', { gamma: wave('float32', [5, 1]) }), { tolerance: 1e-5 })).ops).toEqual(['LayerNormalization', 'Mul', 'Add']);
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
    opset: 20, inputs: { x: ['float32', [3, 40]] }, outputs: { y: ['float32', null] }, nodes,
    initializers: { root: f32(Math.SQRT2), inverse: f32(Math.SQRT1_2), one: f32(1), half: f32(0.5), k: f32(0.044715), three: f32(3), s: f32(Math.sqrt(2 / Math.PI)) }, ...more,
  });
  const bell: NodeSpec[] = [['Div', ['x', 'root'], ['a']], ['Erf', ['a'], ['b']], ['Add', ['b', 'one'], ['c']]];

  test.each<[string, NodeSpec[]]>([
    ['x · (1 + erf) · ½', [...bell, ['Mul', ['x', 'c'], ['d']], ['Mul', ['d', 'half'], ['y']]]],
    ['½ · (1 + erf) · x', [...bell, ['Mul', ['half', 'c'], ['d']], ['Mul', ['d', 'x'], ['y']]]],
    ['(½ x) · (1 + erf)', [...bell, ['Mul', ['x', 'half'], ['d']], ['Mul', ['c', 'd'], ['y']]]],
    ['with a factor 1/√2', [['Mul', ['x', 'inverse'], ['a']], ...bell.slice(1), ['Mul', ['x', 'c'], ['d']], ['Mul', ['d', 'half'], ['y']]]],
    ['the tanh form', [
      ['Pow', ['x', 'three'], ['p']], ['Mul', ['p', 'k'], ['q']], ['Add', ['x', 'q'], ['r']], ['Mul', ['r', 's'], ['t']], ['Tanh', ['t'], ['u']], ['Add', ['u', 'one'], ['v']],
      ['Mul', ['x', 'half'], ['w']], ['Mul', ['w', 'v'], ['y']],
    ]],
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
    const spec = gelu([...bell, ['Mul', ['x', 'c'], ['d']], ['Mul', ['d', 'half'], ['y']]], { outputs: { y: ['float32', null], d: ['float32', null] } });
    expect((await clean(spec)).ops).not.toContain('Gelu');
  });
});

describe('float64 islands', () => {
  const island = (from: 'float16' | 'float32', nodes: NodeSpec[], more: Partial<ModelSpec> = {}): ModelSpec => ({
    inputs: { x: [from, [2, 5, 6]] }, outputs: { y: [from, null] }, initializers: { two: Tensor.of('float64', [], [2]), eps: Tensor.of('float64', [], [1e-5]) },
    nodes: [['Cast', ['x'], ['d'], { to: 11 }], ...nodes, ['Cast', ['z'], ['y'], { to: from === 'float16' ? 10 : 1 }]], ...more,
  });
  const pixelNorm: NodeSpec[] = [['Pow', ['d', 'two'], ['p']], ['ReduceMean', ['p'], ['m'], { axes: [-1] }], ['Add', ['m', 'eps'], ['e']], ['Sqrt', ['e'], ['r']], ['Div', ['d', 'r'], ['z']]];
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
    const mean: NodeSpec[] = [['ReduceMean', ['d'], ['m'], { axes: [-1] }], ['Sub', ['d', 'm'], ['z']]];
    const { refused } = await clean(island('float32', mean));
    expect(refused.map(({ reason }) => reason)).toEqual([expect.stringContaining('--allow approximate')]);
    expect(inFloat64((await clean(island('float32', mean), { allow: ['approximate'], tolerance: 1e-6 })).proto)).toBe(false);
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
