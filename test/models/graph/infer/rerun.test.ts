import { describe, expect, test } from 'vitest';
import { inferShapes, Model, Patch, type Value } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { buildGraph, buildModel, type ModelSpec } from '../../../support/build-model.ts';

const shapeOf = (model: Model, name: string): unknown => (model.graph.values.get(name) as Value).type.shape;
const inferred = (spec: ModelSpec, bind?: Record<string, (number | null)[]>): Model => {
  const model = new Model(buildModel(spec));
  inferShapes(model, bind ? { bind: new Map(Object.entries(bind)) } : {});
  return model;
};

const weight = (...dims: number[]): Tensor => Tensor.of('float32', dims, Array<number>(dims.reduce((a, b) => a * b, 1)).fill(1));

/** Down by two, up by two, joined with what was there: sizes agree only where halves are whole or the file says so. */
const UNET: ModelSpec = {
  inputs: { x: ['float32', ['N', 2, 'H', 'W']] },
  outputs: { y: ['float32', null] },
  initializers: { w: weight(4, 2, 2, 2), u: weight(4, 2, 2, 2) },
  nodes: [
    ['Conv', ['x', 'w'], ['d'], { strides: [2, 2] }],
    ['ConvTranspose', ['d', 'u'], ['up'], { strides: [2, 2] }],
    ['Concat', ['x', 'up'], ['y'], { axis: 1 }],
  ],
};

describe('what the model proves about its symbols', () => {
  test('a skip connection over a halved path makes halves whole, before it too', () => {
    const model = inferred(UNET);
    expect(shapeOf(model, 'd')).toEqual(['N', 4, 'H/2', 'W/2']);
    expect(shapeOf(model, 'up')).toEqual(['N', 2, 'H', 'W']);
    expect(shapeOf(model, 'y')).toEqual(['N', 4, 'H', 'W']);
  });

  test('without the join nothing is whole', () => {
    const model = inferred({ ...UNET, nodes: UNET.nodes.slice(0, 2), outputs: { up: ['float32', null] } });
    expect(shapeOf(model, 'up')).toEqual(['N', 2, '2*floor(H/2)', '2*floor(W/2)']);
  });

  test('new nodes of a patch know it', () => {
    const model = inferred(UNET);
    const patch = new Patch(model.graph, 17);
    const pooled = patch.node('MaxPool', [model.graph.inputs[0] as Value], { attributes: { kernel_shape: [2, 2], strides: [2, 2] } });
    expect(pooled.type.shape).toEqual(['N', 2, 'H/2', 'W/2']);
  });
});

describe('binding', () => {
  test('a symbol is bound wherever it stands', () => {
    const model = inferred(
      {
        inputs: { a: ['float32', ['N', 'L']], b: ['float32', ['2*L', 'N']] },
        outputs: { y: ['float32', null] },
        nodes: [
          ['Concat', ['a', 'c'], ['y'], { axis: 0 }],
          ['MatMul', ['a', 'd'], ['c']],
          ['Transpose', ['a'], ['d']],
        ],
      },
      { b: [10, 3] },
    );
    expect(shapeOf(model, 'a')).toEqual([3, 5]);
    expect(shapeOf(model, 'c')).toEqual([3, 3]);
  });

  test('one run does not leak into the next', () => {
    const model = inferred(UNET, { x: [1, null, 8, 6] });
    expect(shapeOf(model, 'd')).toEqual([1, 4, 4, 3]);
    inferShapes(model, { bind: new Map([['x', [2, 2, 9, 7]]]) });
    expect(shapeOf(model, 'd')).toEqual([2, 4, 4, 3]);
    inferShapes(model);
    expect(shapeOf(model, 'd')).toEqual(['N', 4, 'H/2', 'W/2']);
  });

  test('sizes that the file states otherwise are followed, and its value infos forgotten', () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 4]] },
      outputs: { y: ['float32', [1, 4]] },
      valueInfo: { m: ['float32', [1, 4]] },
      nodes: [
        ['Mystery', ['x'], ['m'], {}, { domain: 'custom' }],
        ['Relu', ['x'], ['y']],
      ],
    };
    expect(shapeOf(inferred(spec), 'm')).toEqual([1, 4]);
    const bound = inferred(spec, { x: [8, 4] });
    expect(shapeOf(bound, 'y')).toEqual([8, 4]);
    expect(shapeOf(bound, 'm')).toBeNull();
    expect(bound.graph.values.get('m')?.type.dtype).toBe('float32');
  });

  test('inputs without a known rank take the shape', () => {
    expect(
      shapeOf(
        inferred({ inputs: { x: ['float32', null] }, outputs: { y: ['float32', null] }, nodes: [['Relu', ['x'], ['y']]] }, { x: [3, 4] }),
        'y',
      ),
    ).toEqual([3, 4]);
  });
});

describe('what the file states', () => {
  const stated = (type: readonly ['float32' | 'float16', readonly (number | string | null)[] | null]): Model =>
    inferred({
      inputs: { x: ['float32', ['N', 8]] },
      outputs: { z: ['float32', null] },
      valueInfo: { m: type, y: type },
      nodes: [
        ['Mystery', ['x'], ['m'], {}, { domain: 'custom' }],
        ['Relu', ['m'], ['z']],
        ['Sigmoid', ['x'], ['y']],
      ],
    });

  test('speaks for unknown operators, and what follows', () => {
    expect(shapeOf(stated(['float32', ['N', 5]]), 'z')).toEqual(['N', 5]);
    expect(shapeOf(stated(['float32', ['s0 + 1', 5]]), 'z')).toEqual(['s0+1', 5]);
  });

  test('does not overrule an operator', () => {
    expect(shapeOf(stated(['float32', [1, 8]]), 'y')).toEqual(['N', 8]);
    expect(stated(['float16', [1, 8]]).graph.values.get('y')?.type.dtype).toBe('float32');
  });

  test('unnamed dimensions are symbols of their own', () => {
    const model = inferred({
      inputs: { x: ['float32', [null, '?', 3]] },
      outputs: { y: ['float32', null] },
      nodes: [['Transpose', ['x'], ['y']]],
    });
    expect(shapeOf(model, 'y')).toEqual([3, 'x_d1', 'x_d0']);
  });
});

describe('running again', () => {
  test('after a patch only what it touched is looked at', () => {
    const model = inferred(UNET);
    expect(model.graph.touched.size).toBe(0);
    const conv = model.graph.first;
    const patch = new Patch(model.graph, 17);
    const wide = patch.node('Conv', [conv?.input(0) ?? null, patch.constant(weight(7, 2, 2, 2), 'wide')], {
      attributes: { strides: [2, 2] },
    });
    const narrow = patch.node('Conv', [wide, patch.constant(weight(4, 7, 1, 1), 'narrow')]);
    patch
      .replace(conv?.output() as Value, narrow)
      .remove(conv as never)
      .apply();
    expect([...model.graph.touched].map((node) => node.opType)).toEqual(['Conv', 'Conv', 'ConvTranspose']);
    inferShapes(model);
    expect(shapeOf(model, 'd')).toEqual(['N', 4, 'H/2', 'W/2']);
  });

  test('changed types travel on', () => {
    const model = inferred({
      inputs: { x: ['float32', [2, 3]] },
      outputs: { y: ['float32', null] },
      nodes: [
        ['Mystery', ['x'], ['m'], {}, { domain: 'custom' }],
        ['Relu', ['m'], ['r']],
        ['Transpose', ['r'], ['y']],
      ],
    });
    expect(shapeOf(model, 'y')).toBeNull();
    const mystery = model.graph.first;
    const patch = new Patch(model.graph, 17);
    patch
      .replace(mystery?.output() as Value, patch.node('Abs', [model.graph.inputs[0] as Value]))
      .remove(mystery as never)
      .apply();
    inferShapes(model);
    expect(shapeOf(model, 'y')).toEqual([3, 2]);
  });

  test('types that a patch states survive for operators without a rule', () => {
    const model = inferred({
      inputs: { x: ['float32', [2, 3]] },
      outputs: { y: ['float32', null] },
      nodes: [
        ['Relu', ['x'], ['r']],
        ['Transpose', ['r'], ['y']],
      ],
    });
    const patch = new Patch(model.graph, 17);
    const own = patch.node('Own', [model.graph.inputs[0] as Value], {
      domain: 'custom',
      types: [{ kind: 'tensor', dtype: 'float32', shape: [2, 3] }],
    });
    patch
      .replace(model.graph.values.get('r') as Value, own)
      .remove(model.graph.first as never)
      .apply();
    inferShapes(model);
    expect(shapeOf(model, 'y')).toEqual([3, 2]);
  });
});

test('nodes out of order are inferred all the same', () => {
  const model = inferred({
    inputs: { x: ['float32', [2, 3]] },
    outputs: { y: ['float32', null] },
    nodes: [
      ['Flatten', ['c'], ['y'], { axis: 0 }],
      ['Concat', ['a', 'b'], ['c'], { axis: 0 }],
      ['Abs', ['a'], ['b']],
      ['Transpose', ['x'], ['a']],
    ],
  });
  expect(shapeOf(model, 'y')).toEqual([1, 12]);
});

test('subgraphs: outputs as both branches declare them, carried and stacked values', () => {
  const branch = (name: string, dims: (number | string)[]): ReturnType<typeof buildGraph> =>
    buildGraph({ inputs: {}, outputs: { [name]: ['float32', dims] }, nodes: [['Relu', ['x'], [name]]] });
  const body = buildGraph({
    inputs: { i: ['int64', []], go: ['bool', []], v: ['float32', [2, 3]] },
    outputs: { go2: ['bool', []], v2: ['float32', [2, 3]], s: ['float32', [2]] },
    nodes: [
      ['Identity', ['go'], ['go2']],
      ['Relu', ['v'], ['v2']],
      ['ReduceMax', ['v'], ['s'], { axes: [1], keepdims: 0 }],
    ],
  });
  const model = inferred({
    inputs: { x: ['float32', [2, 3]], c: ['bool', []], n: ['int64', []] },
    outputs: { a: ['float32', null], last: ['float32', null], all: ['float32', null] },
    nodes: [
      ['If', ['c'], ['a'], { then_branch: { graph: branch('t', [2, 3]) }, else_branch: { graph: branch('e', [2, 'k']) } }],
      ['Loop', ['n', 'c', 'x'], ['last', 'all'], { body: { graph: body } }],
    ],
  });
  expect(shapeOf(model, 'a')).toEqual([2, null]);
  expect(shapeOf(model, 'last')).toEqual([2, 3]);
  expect(shapeOf(model, 'all')).toEqual([null, 2]);
});

test('malformed nodes leave their outputs unknown and throw nothing', () => {
  const model = inferred({
    inputs: { x: ['float32', [2, 3]] },
    outputs: { a: ['float32', null] },
    initializers: { empty: Tensor.fromProto({ name: 'empty', dataType: 7, dims: [2] }) },
    nodes: [
      ['Reshape', ['x', 'empty'], ['a']],
      ['Transpose', ['x'], ['b'], { perm: [5, 7, 9] }],
      ['Concat', [], ['c'], { axis: 3 }],
      ['Conv', ['x'], ['d']],
      ['Add', [], ['e']],
      ['Einsum', ['x'], ['f'], { equation: 'abcd->' }],
      ['Slice', ['x', 'x'], ['g']],
      ['Gather', ['x'], ['h']],
      ['If', ['x'], ['i']],
      ['Split', ['x'], ['j'], { axis: 9 }],
      ['Constant', [], ['k']],
    ],
  });
  expect(model.graph.values.get('a')?.type.shape).toBeNull();
  for (const value of model.graph.values.values()) expect(value.type.kind).toBe('tensor');
});
