import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelSpec, NodeSpec } from '../../../support/build-model.ts';
import { clean } from './support.ts';

const i64 = (...values: number[]) => Tensor.of('int64', [values.length], values);
const _f32 = (value: number, dims: number[] = []) => Tensor.of('float32', dims, new Array(dims.reduce((a, b) => a * b, 1)).fill(value));
const _wave = (dtype: 'float32' | 'float16', dims: number[]) =>
  Tensor.of(
    dtype,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) + 1.1),
  );

describe('repetition', () => {
  const nearest = (nodes: NodeSpec[], initializers: Record<string, Tensor>, more: Partial<ModelSpec> = {}) =>
    clean({ inputs: { x: ['float32', [2, 3, 4, 5]] }, outputs: { y: ['float32', null] }, nodes, initializers, ...more });

  test.each([11, 13, 17])('nearest upsampling by Unsqueeze, Expand, Reshape, opset %i', async (opset) => {
    const unsqueeze: NodeSpec = opset < 13 ? ['Unsqueeze', ['x'], ['a'], { axes: [3, 5] }] : ['Unsqueeze', ['x', 'u'], ['a']];
    const { ops } = await nearest(
      [unsqueeze, ['Expand', ['a', 'e'], ['b']], ['Reshape', ['b', 's'], ['y']]],
      { u: i64(3, 5), e: i64(2, 3, 4, 2, 5, 3), s: i64(2, 3, 8, 15) },
      { opset },
    );
    expect(ops).toEqual(['Resize']);
  });

  test('with open height and width', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 3, 'H', 'W']] },
      outputs: { y: ['float32', [1, 3, '2*H', '2*W']] },
      initializers: { u: i64(3, 5), r: i64(1, 1, 1, 2, 1, 2), two: i64(2), i2: i64(2), i3: i64(3), c: i64(1, 3) },
      nodes: [
        ['Unsqueeze', ['x', 'u'], ['a']],
        ['Tile', ['a', 'r'], ['b']],
        ['Shape', ['x'], ['s']],
        ['Gather', ['s', 'i2'], ['h']],
        ['Gather', ['s', 'i3'], ['w']],
        ['Mul', ['h', 'two'], ['h2']],
        ['Mul', ['w', 'two'], ['w2']],
        ['Concat', ['c', 'h2', 'w2'], ['t'], { axis: 0 }],
        ['Reshape', ['b', 't'], ['y']],
      ],
    };
    expect(
      (
        await clean(spec, {
          sizes: [
            { H: 4, W: 5 },
            { H: 1, W: 3 },
          ],
        })
      ).ops,
    ).toEqual(['Resize']);
  });

  test('opset 10 has no coordinate modes: refused, and said', async () => {
    const { ops, refused } = await nearest(
      [
        ['Unsqueeze', ['x'], ['a'], { axes: [3] }],
        ['Expand', ['a', 'e'], ['b']],
        ['Reshape', ['b', 's'], ['y']],
      ],
      { e: i64(2, 3, 4, 2, 5), s: i64(2, 3, 8, 5) },
      { opset: 10 },
    );
    expect(ops).toContain('Expand');
    expect(refused.map(({ reason }) => reason)).toEqual([expect.stringContaining('--opset 11')]);
  });

  test('whole axes repeated are one Tile', async () => {
    const { ops } = await nearest(
      [
        ['Unsqueeze', ['x', 'u'], ['a']],
        ['Expand', ['a', 'e'], ['b']],
        ['Reshape', ['b', 's'], ['y']],
      ],
      { u: i64(2), e: i64(2, 3, 4, 4, 5), s: i64(2, 3, 16, 5) },
    );
    expect(ops).toEqual(['Tile']);
  });

  test('both on one axis are refused', async () => {
    const { ops } = await nearest(
      [
        ['Unsqueeze', ['x', 'u'], ['a']],
        ['Expand', ['a', 'e'], ['b']],
        ['Reshape', ['b', 's'], ['y']],
      ],
      { u: i64(2, 4), e: i64(2, 3, 2, 4, 3, 5), s: i64(2, 3, 24, 5) },
    );
    expect(ops).toEqual(['Unsqueeze', 'Expand', 'Reshape']);
  });

  test('an Expand that Reshape does not merge as it was put in is left alone', async () => {
    const { ops } = await nearest(
      [
        ['Unsqueeze', ['x', 'u'], ['a']],
        ['Expand', ['a', 'e'], ['b']],
        ['Reshape', ['b', 's'], ['y']],
      ],
      { u: i64(3), e: i64(2, 3, 4, 2, 5), s: i64(2, 6, 4, 5) },
    );
    expect(ops).toEqual(['Unsqueeze', 'Expand', 'Reshape']);
  });
});

describe('chunk', () => {
  const slices = (ranges: readonly (readonly [number, number])[], axis = 1): ModelSpec => ({
    inputs: { x: ['float32', [2, 7, 'W']] },
    outputs: Object.fromEntries(ranges.map((_, i) => [`y${i}`, ['float32', null] as const])),
    initializers: Object.fromEntries([
      ['ax', i64(axis)],
      ...ranges.flatMap(
        ([s, e], i) =>
          [
            [`s${i}`, i64(s)],
            [`e${i}`, i64(e)],
          ] as const,
      ),
    ]),
    nodes: [['Neg', ['x'], ['a']], ...ranges.map((_, i): NodeSpec => ['Slice', ['a', `s${i}`, `e${i}`, 'ax'], [`y${i}`]])],
  });

  test('parts that cover the axis, in any order, ends clamped or negative', async () => {
    const { ops, proto } = await clean(
      slices([
        [3, -2],
        [0, 3],
        [5, 100],
      ]),
      { sizes: [{ W: 4 }] },
    );
    expect(ops).toEqual(['Neg', 'Split']);
    expect(proto.graph?.node?.[1]?.output).toEqual(['y1', 'y0', 'y2']);
  });

  test.each<[string, [number, number][]]>([
    [
      'a gap',
      [
        [0, 3],
        [4, 7],
      ],
    ],
    [
      'an overlap',
      [
        [0, 4],
        [3, 7],
      ],
    ],
    [
      'a rest',
      [
        [0, 3],
        [3, 6],
      ],
    ],
    ['one part', [[0, 6]]],
  ])('%s is not', async (_, ranges) => {
    expect((await clean(slices(ranges), { sizes: [{ W: 4 }] })).ops).not.toContain('Split');
  });

  test('before opset 13 sizes are an attribute', async () => {
    const nodes: NodeSpec[] = [
      ['Slice', ['x'], ['a'], { starts: [0], ends: [3], axes: [1] }],
      ['Slice', ['x'], ['b'], { starts: [3], ends: [7], axes: [1] }],
    ];
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 7]] },
      outputs: { a: ['float32', null], b: ['float32', null] },
      nodes,
      opset: 9,
    };
    expect((await clean(spec)).ops).toEqual(['Split']);
  });

  test('an open axis is not', async () => {
    expect(
      (
        await clean(
          slices(
            [
              [0, 3],
              [3, 100],
            ],
            2,
          ),
          { sizes: [{ W: 9 }] },
        )
      ).ops,
    ).not.toContain('Split');
  });
});
