import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelSpec, NodeSpec } from '../../../support/build-model.ts';
import { clean } from './support.ts';

const i64 = (...values: number[]) => Tensor.of('int64', [values.length], values);

function chain(
  dims: readonly (number | string)[],
  nodes: readonly NodeSpec[],
  initializers: Record<string, Tensor> = {},
  more: Partial<ModelSpec> = {},
): ModelSpec {
  return {
    inputs: { x: ['float32', dims] },
    outputs: { y: ['float32', null] },
    initializers,
    nodes: [['Neg', ['x'], ['a']], ...nodes, ['Abs', ['z'], ['y']]],
    ...more,
  };
}

describe('reshapes', () => {
  test('a 0 of the second refers to the shape in between, not to the input', async () => {
    const { ops, proto } = await clean(
      chain(
        [2, 12],
        [
          ['Reshape', ['a', 's'], ['b']],
          ['Reshape', ['b', 't'], ['z']],
        ],
        { s: i64(6, 4), t: i64(0, 2, 2) },
      ),
    );
    expect(ops).toEqual(['Neg', 'Reshape', 'Abs']);
    expect(targetOf(proto)).toEqual([6n, 2n, 2n]);
  });

  test('[0, −1] after another shape', async () => {
    const { ops, proto } = await clean(
      chain(
        [2, 3, 4],
        [
          ['Reshape', ['a', 's'], ['b']],
          ['Reshape', ['b', 't'], ['z']],
        ],
        { s: i64(4, 6), t: i64(0, -1) },
      ),
    );
    expect(ops).toEqual(['Neg', 'Reshape', 'Abs']);
    expect(targetOf(proto)).toEqual([4n, 6n]);
  });

  test('open height and width: 0 where they stay, −1 once', async () => {
    const sizes = [
      { H: 5, W: 7 },
      { H: 1, W: 4 },
    ];
    const nodes: NodeSpec[] = [
      ['Unsqueeze', ['a', 'u'], ['b']],
      ['Flatten', ['b'], ['z'], { axis: 2 }],
    ];
    const { ops } = await clean(chain([1, 3, 'H', 'W'], nodes, { u: i64(0) }), { sizes });
    expect(ops).toEqual(['Neg', 'Reshape', 'Abs']);
  });

  test('two open dimensions that move are refused', async () => {
    const nodes: NodeSpec[] = [
      ['Reshape', ['a', 's'], ['b']],
      ['Reshape', ['b', 't'], ['z']],
    ];
    const { ops, refused } = await clean(chain(['H', 'W', 4], nodes, { s: i64(0, 0, 2, 2), t: i64(1, 0, 0, 4) }, {}), { run: false });
    expect(ops.filter((op) => op === 'Reshape').length).toBeGreaterThan(0);
    expect(refused.every(({ reason }) => /open/.test(reason))).toBe(true);
  });

  test('there and back is nothing', async () => {
    const nodes: NodeSpec[] = [
      ['Reshape', ['a', 's'], ['b']],
      ['Reshape', ['b', 't'], ['z']],
    ];
    expect((await clean(chain([2, 'W'], nodes, { s: i64(1, 2, -1), t: i64(2, -1) }), { sizes: [{ W: 3 }] })).ops).toEqual(['Neg', 'Abs']);
  });

  test('allowzero: a real 0 is left alone', async () => {
    const nodes: NodeSpec[] = [
      ['Reshape', ['a', 's'], ['b'], { allowzero: 1 }],
      ['Reshape', ['b', 't'], ['z'], { allowzero: 1 }],
    ];
    const { ops } = await clean(chain([0, 3], nodes, { s: i64(3, 0), t: i64(1, 0, 3) }));
    expect(ops.length).toBeGreaterThan(2);
  });

  test('the value in between is used elsewhere', async () => {
    const spec = chain(
      [2, 12],
      [
        ['Reshape', ['a', 's'], ['b']],
        ['Reshape', ['b', 't'], ['z']],
      ],
      { s: i64(6, 4), t: i64(3, 8) },
    );
    const { ops } = await clean({ ...spec, outputs: { ...spec.outputs, b: ['float32', null] } });
    expect(ops).toEqual(['Neg', 'Reshape', 'Reshape', 'Abs']);
  });

  test.each([11, 13])('a target that Shape nodes compute, opset %i: no allowzero is written', async (opset) => {
    const unsqueeze: NodeSpec = opset < 13 ? ['Unsqueeze', ['g'], ['u'], { axes: [0] }] : ['Unsqueeze', ['g', 'zero'], ['u']];
    const nodes: NodeSpec[] = [
      ['Shape', ['a'], ['s']],
      ['Gather', ['s', 'one'], ['g']],
      unsqueeze,
      ['Concat', ['zero', 'u', 'minus'], ['t'], { axis: 0 }],
      ['Reshape', ['a', 't'], ['z']],
    ];
    const initializers = { one: Tensor.of('int64', [], [1]), zero: i64(0), minus: i64(-1) };
    const { ops, proto } = await clean(chain([2, 'C', 'H', 3], nodes, initializers, { opset }), {
      sizes: [
        { C: 4, H: 2 },
        { C: 1, H: 5 },
      ],
    });
    expect(ops).toEqual(['Neg', 'Reshape', 'Abs']);
    expect(proto.graph?.node?.[1]?.attribute ?? []).toEqual([]);
  });
});

describe('transposes', () => {
  test('two become one', async () => {
    const { ops, proto } = await clean(
      chain(
        [2, 3, 4, 5],
        [
          ['Transpose', ['a'], ['b'], { perm: [0, 2, 3, 1] }],
          ['Transpose', ['b'], ['z'], { perm: [1, 0, 3, 2] }],
        ],
      ),
    );
    expect(ops).toEqual(['Neg', 'Transpose', 'Abs']);
    expect(proto.graph?.node?.[1]?.attribute?.[0]?.ints?.map(Number)).toEqual([2, 0, 1, 3]);
  });

  test('without perm, twice, is nothing; also where the rank is not known', async () => {
    const nodes: NodeSpec[] = [
      ['Transpose', ['a'], ['b']],
      ['Transpose', ['b'], ['z']],
    ];
    expect((await clean(chain([2, 3, 4], nodes))).ops).toEqual(['Neg', 'Abs']);
    expect((await clean({ ...chain([2, 3, 4], nodes), inputs: { x: ['float32', null] } }, { run: false })).ops).toEqual(['Neg', 'Abs']);
  });

  test('one without perm', async () => {
    expect(
      (
        await clean(
          chain(
            [2, 3, 4],
            [
              ['Transpose', ['a'], ['b']],
              ['Transpose', ['b'], ['z'], { perm: [1, 0, 2] }],
            ],
          ),
        )
      ).ops,
    ).toEqual(['Neg', 'Transpose', 'Abs']);
  });
});

describe('casts', () => {
  const cast = (to: number, from: string, into: string): NodeSpec => ['Cast', [from], [into], { to }];

  test('through a type that holds all values', async () => {
    const { ops } = await clean(chain([4, 5], [cast(11, 'a', 'b'), cast(10, 'b', 'c'), cast(1, 'c', 'z')]));
    expect(ops).toEqual(['Neg', 'Cast', 'Cast', 'Abs']);
  });

  test('a narrower type in between stays', async () => {
    expect((await clean(chain([4, 5], [cast(10, 'a', 'b'), cast(1, 'b', 'z')]))).ops).toEqual(['Neg', 'Cast', 'Cast', 'Abs']);
  });

  test('uint8 through float16 to float32', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['uint8', [3, 4]] },
      outputs: { y: ['float32', [3, 4]] },
      nodes: [cast(10, 'x', 'a'), cast(1, 'a', 'b'), ['Neg', ['b'], ['y']]],
    };
    expect((await clean(spec)).ops).toEqual(['Cast', 'Neg']);
  });

  test('int64 through float32 stays: float32 does not hold it', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['int64', [3, 4]] },
      outputs: { y: ['float64', [3, 4]] },
      nodes: [cast(1, 'x', 'a'), cast(11, 'a', 'b'), ['Neg', ['b'], ['y']]],
    };
    expect((await clean(spec)).ops).toEqual(['Cast', 'Cast', 'Neg']);
  });

  test('int32 through float64 to uint8 stays: out of range they differ', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['int32', [3, 4]] },
      outputs: { y: ['uint8', [3, 4]] },
      nodes: [cast(11, 'x', 'a'), cast(2, 'a', 'y')],
    };
    expect((await clean(spec, { range: [0, 255] })).ops).toEqual(['Cast', 'Cast']);
  });
});

function targetOf(proto: { graph?: { node?: unknown[] | null; initializer?: { name?: string | null }[] | null } | null }): bigint[] {
  const node = (proto.graph?.node as { opType?: string; input?: string[] }[]).find(({ opType }) => opType === 'Reshape');
  const tensor = proto.graph?.initializer?.find(({ name }) => name === node?.input?.[1]);
  return Tensor.fromProto(tensor as never).bigints();
}
