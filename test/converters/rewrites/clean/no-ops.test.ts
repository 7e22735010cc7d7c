import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../../models/onnx/index.ts';
import { buildGraph, type ModelSpec, type NodeSpec } from '../../../support/build-model.ts';
import { clean } from './support.ts';

const i64 = (...values: number[]) => Tensor.of('int64', [values.length], values);
const f32 = (dims: number[], ...values: number[]) => Tensor.of('float32', dims, values);

/** x [1,3,4,W] → Neg → the node under test (input `a`, output `b`) → Abs. */
function around(node: NodeSpec, initializers: Record<string, Tensor> = {}, more: Partial<ModelSpec> = {}): ModelSpec {
  return {
    inputs: { x: ['float32', [1, 3, 4, 'W']] },
    outputs: { y: ['float32', null] },
    initializers,
    nodes: [['Neg', ['x'], ['a']], node, ['Abs', ['b'], ['y']]],
    ...more,
  };
}
const sizes = [{ W: 5 }, { W: 8 }];

describe('taken out', () => {
  test.each<[string, NodeSpec, Record<string, Tensor>?, Partial<ModelSpec>?]>([
    ['Identity', ['Identity', ['a'], ['b']]],
    ['Dropout', ['Dropout', ['a'], ['b']]],
    ['Dropout with training_mode = false', ['Dropout', ['a', '', 't'], ['b']], { t: Tensor.of('bool', [], [0]) }],
    ['Dropout of opset 10', ['Dropout', ['a'], ['b'], { ratio: { float: 0.5 } }], {}, { opset: 10 }],
    ['Reshape to the shape it has', ['Reshape', ['a', 's'], ['b']], { s: i64(0, 3, 4, -1) }],
    ['Transpose by 0 1 2 3', ['Transpose', ['a'], ['b'], { perm: [0, 1, 2, 3] }]],
    ['Cast to the type it has', ['Cast', ['a'], ['b'], { to: 1 }]],
    [
      'Slice of everything',
      ['Slice', ['a', 's', 'e', 'x2'], ['b']],
      { s: i64(0, 0), e: Tensor.of('int64', [2], [2n ** 63n - 1n, 3n]), x2: i64(3, 1) },
    ],
    ['Pad by nothing', ['Pad', ['a', 'p'], ['b']], { p: i64(0, 0, 0, 0, 0, 0, 0, 0) }],
    ['Concat of one', ['Concat', ['a'], ['b'], { axis: 1 }]],
    ['Expand to the same', ['Expand', ['a', 's'], ['b']], { s: i64(1, 3, 1, 1) }],
    ['Tile once', ['Tile', ['a', 's'], ['b']], { s: i64(1, 1, 1, 1) }],
    ['Split into one', ['Split', ['a', 's'], ['b'], { axis: 1 }], { s: i64(3) }],
    ['Resize by 1', ['Resize', ['a', '', 's'], ['b'], { mode: 'linear' }], { s: f32([4], 1, 1, 1, 1) }],
    [
      'Resize by 1, nearest, align_corners',
      ['Resize', ['a', '', 's'], ['b'], { coordinate_transformation_mode: 'align_corners' }],
      { s: f32([4], 1, 1, 1, 1) },
    ],
    ['Add 0', ['Add', ['z', 'a'], ['b']], { z: f32([1], 0) }],
    ['Sub 0', ['Sub', ['a', 'z'], ['b']], { z: f32([3, 1, 1], 0, 0, 0) }],
    ['Mul 1', ['Mul', ['a', 'o'], ['b']], { o: f32([], 1) }],
    ['Div 1', ['Div', ['a', 'o'], ['b']], { o: f32([1, 1, 1, 1], 1) }],
    ['Pow 1', ['Pow', ['a', 'o'], ['b']], { o: f32([], 1) }],
    ['Clip without bounds', ['Clip', ['a', '', ''], ['b']]],
    ['DepthToSpace by 1', ['DepthToSpace', ['a'], ['b'], { blocksize: 1 }]],
  ])('%s', async (_, node, initializers = {}, more = {}) => {
    expect((await clean(around(node, initializers, more), { sizes })).ops).toEqual(['Neg', 'Abs']);
  });
});

describe('left alone', () => {
  test.each<[string, NodeSpec, Record<string, Tensor>?, Partial<ModelSpec>?]>([
    [
      'Slice with steps of −1: same shape, other order',
      ['Slice', ['a', 's', 'e', 'x3', 't'], ['b']],
      { s: i64(-1), e: i64(-1000), x3: i64(2), t: i64(-1) },
    ],
    ['Pad by 1 and −1: same shape, moved', ['Pad', ['a', 'p'], ['b']], { p: i64(0, 0, 1, 0, 0, 0, -1, 0) }],
    ['Transpose of equal axes', ['Transpose', ['a'], ['b'], { perm: [0, 1, 3, 2] }], {}, { inputs: { x: ['float32', [1, 3, 4, 4]] } }],
    ['Add 0 that broadcasts', ['Add', ['a', 'z'], ['b']], { z: f32([2, 1, 1, 1], 0, 0) }],
    ['Mul 1 that adds an axis', ['Mul', ['a', 'o'], ['b']], { o: f32([1, 1, 1, 1, 1], 1) }],
    ['0 − x', ['Sub', ['z', 'a'], ['b']], { z: f32([], 0) }],
    ['1 / x', ['Div', ['o', 'a'], ['b']], { o: f32([], 1) }],
    ['Mul by almost 1', ['Mul', ['a', 'o'], ['b']], { o: f32([3, 1, 1], 1, 1, 1.0000001) }],
    ['Cast to another type', ['Cast', ['a'], ['b'], { to: 10 }], {}, { outputs: { y: ['float16', null] } }],
    [
      'Resize by 1 with tf_crop_and_resize',
      ['Resize', ['a', 'r', 's'], ['b'], { coordinate_transformation_mode: 'tf_crop_and_resize' }],
      { r: f32([8], 0, 0, 0.5, 0, 1, 1, 1, 1), s: f32([4], 1, 1, 1, 1) },
    ],
    ['Resize to a size that rounds to the same', ['Resize', ['a', '', 's'], ['b'], { mode: 'linear' }], { s: f32([4], 1, 1, 1.2, 1) }],
    [
      'Mul 1 where 1 may be overridden',
      ['Mul', ['a', 'o'], ['b']],
      { o: f32([], 1) },
      { inputs: { x: ['float32', [1, 3, 4, 'W']], o: ['float32', []] } },
    ],
    [
      'Reshape to another order of the same sizes',
      ['Reshape', ['a', 's'], ['b']],
      { s: i64(1, 3, 4, 4) },
      { inputs: { x: ['float32', [1, 4, 3, 4]] } },
    ],
  ])('%s', async (_, node, initializers = {}, more = {}) => {
    expect((await clean(around(node, initializers, more), { sizes })).ops).toEqual(['Neg', node[0], 'Abs']);
  });

  test('Dropout that trains', async () => {
    const train = around(['Dropout', ['a', '', 't'], ['b']], { t: Tensor.of('bool', [], [1]) });
    expect((await clean(train, { run: false })).ops).toContain('Dropout');
    expect((await clean(around(['Dropout', ['a'], ['b']], {}, { opset: 6 }), { run: false })).ops).toContain('Dropout');
  });
});

describe('names that callers see', () => {
  test('a no-op between graph input and graph output stays', async () => {
    const { ops } = await clean({ inputs: { x: ['float32', [2]] }, outputs: { y: ['float32', [2]] }, nodes: [['Identity', ['x'], ['y']]] });
    expect(ops).toEqual(['Identity']);
  });

  test('one before a graph output hands its name to the producer', async () => {
    const { ops, proto } = await clean(
      around(['Identity', ['a'], ['b']], {}, { outputs: { b: ['float32', null], y: ['float32', null] } }),
      { sizes },
    );
    expect(ops).toEqual(['Neg', 'Abs']);
    expect(proto.graph?.node?.map((node) => node.output?.[0])).toEqual(['b', 'y']);
  });

  test('two graph outputs of one value keep one Identity', async () => {
    const spec = around(['Identity', ['a'], ['b']], {}, { outputs: { a: ['float32', null], b: ['float32', null], y: ['float32', null] } });
    expect((await clean(spec, { sizes })).ops).toEqual(['Neg', 'Identity', 'Abs']);
  });

  test('a value that a subgraph captures keeps its name', async () => {
    const branch = (op: string) => ({ graph: buildGraph({ inputs: {}, outputs: { r: ['float32', null] }, nodes: [[op, ['b'], ['r']]] }) });
    const { ops, proto } = await clean({
      inputs: { c: ['bool', []], x: ['float32', [2]] },
      outputs: { y: ['float32', [2]] },
      nodes: [
        ['Neg', ['x'], ['a']],
        ['Identity', ['a'], ['b']],
        ['If', ['c'], ['y'], { then_branch: branch('Exp'), else_branch: branch('Abs') }],
      ],
    });
    expect(ops).toEqual(['Neg', 'If']);
    expect(proto.graph?.node?.[0]?.output).toEqual(['b']);
  });

  test('inputs that nothing uses stay', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2]], unused: ['float32', [7]] },
      outputs: { y: ['float32', [2]] },
      nodes: [
        ['Abs', ['x'], ['y']],
        ['Exp', ['unused'], ['dead']],
        ['Neg', ['dead'], ['deader']],
      ],
    };
    const { ops, fired } = await clean(spec);
    expect(ops).toEqual(['Abs']);
    expect(fired).toEqual(['dead']);
  });
});
