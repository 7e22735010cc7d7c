import { describe, expect, test } from 'vitest';
import { type ConvView, readConv, writeConv } from '../../../../converters/rewrites/weights/index.ts';
import { inferShapes, Model, Patch } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { Prng } from '../../../../models/run/prng.ts';
import { buildModel, type ModelSpec } from '../../../support/build-model.ts';
import { relativeToRange } from '../../../support/compare.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';

const random = new Prng(7);
const values = (n: number): number[] => Array.from({ length: n }, () => Math.fround(random.uniform() * 2 - 1));
const tensor = (...dims: number[]): Tensor => Tensor.of('float32', dims, values(dims.reduce((a, b) => a * b, 1)));

function view(spec: ModelSpec): { model: Model; view: ConvView | string } {
  const model = new Model(buildModel(spec));
  inferShapes(model);
  const node = [...model.graph.nodes()].find((n) => n.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Relu'));
  if (!node) throw new Error('no layer');
  return { model, view: readConv(node) };
}

interface Case {
  readonly op: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly b?: readonly number[];
  readonly attributes?: Record<string, number | string | number[]>;
}

const CASES: Record<string, Case> = {
  plain: { op: 'Conv', x: [2, 4, 7, 9], w: [6, 4, 3, 3], b: [6] },
  'grouped, dilated, asymmetric pads': {
    op: 'Conv',
    x: [1, 4, 9, 8],
    w: [6, 2, 3, 2],
    b: [6],
    attributes: { group: 2, dilations: [2, 3], pads: [2, 0, 1, 3], strides: [1, 2] },
  },
  depthwise: { op: 'Conv', x: [1, 4, 8, 8], w: [4, 1, 5, 5], attributes: { group: 4, pads: [2, 2, 2, 2] } },
  'SAME_UPPER, stride 2': { op: 'Conv', x: [1, 3, 7, 8], w: [5, 3, 4, 3], b: [5], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 3] } },
  'SAME_LOWER, even kernel': { op: 'Conv', x: [1, 3, 7, 8], w: [5, 3, 2, 4], attributes: { auto_pad: 'SAME_LOWER' } },
  'SAME_LOWER, stride 2': { op: 'Conv', x: [1, 3, 6, 9], w: [5, 3, 3, 4], attributes: { auto_pad: 'SAME_LOWER', strides: [2, 2] } },
  VALID: { op: 'Conv', x: [1, 3, 7, 8], w: [5, 3, 3, 3], attributes: { auto_pad: 'VALID', strides: [2, 1] } },
  'one axis': { op: 'Conv', x: [1, 3, 11], w: [5, 3, 4], attributes: { auto_pad: 'SAME_UPPER', strides: [3] } },
  transposed: {
    op: 'ConvTranspose',
    x: [1, 4, 5, 6],
    w: [4, 3, 3, 3],
    b: [3],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 0] },
  },
  'transposed, grouped': {
    op: 'ConvTranspose',
    x: [2, 6, 5, 4],
    w: [6, 2, 3, 2],
    b: [4],
    attributes: { group: 2, strides: [2, 1], dilations: [1, 2], pads: [0, 1, 2, 0] },
  },
  'transposed, output_shape': {
    op: 'ConvTranspose',
    x: [1, 4, 5, 6],
    w: [4, 3, 4, 3],
    attributes: { strides: [2, 2], output_shape: [9, 11] },
  },
  'transposed, SAME_UPPER': {
    op: 'ConvTranspose',
    x: [1, 4, 5, 6],
    w: [4, 3, 4, 4],
    attributes: { strides: [2, 3], auto_pad: 'SAME_UPPER' },
  },
  Gemm: { op: 'Gemm', x: [3, 4], w: [4, 5], b: [5], attributes: {} },
  'Gemm, transB': { op: 'Gemm', x: [3, 4], w: [5, 4], b: [1, 5], attributes: { transB: 1 } },
  'Gemm, scalar bias': { op: 'Gemm', x: [3, 4], w: [4, 5], b: [1] },
  MatMul: { op: 'MatMul', x: [2, 3, 4], w: [4, 5] },
};

describe('read, write back, and compute the same', () => {
  test.each(Object.entries(CASES))('%s', async (_, { op, x, w, b, attributes }) => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', x] },
      outputs: { y: ['float32', null] },
      initializers: { w: tensor(...w), ...(b ? { b: tensor(...b) } : {}) },
      nodes: [[op, ['x', 'w', ...(b ? ['b'] : [])], ['y'], attributes ?? {}, { name: 'layer' }]],
    };
    const { model, view: read } = view(spec);
    if (typeof read === 'string') throw new Error(read);
    const patch = new Patch(model.graph, model.opset);
    const made = writeConv(read, patch, { weights: read.weights(), ...(read.bias ? { bias: read.biases() } : {}) });
    if (typeof made === 'string') throw new Error(made);
    patch.replace(read.output, made).remove(read.node).apply();
    const feeds = { x: ndarray('float32', x, values(x.reduce((a, c) => a * c, 1))) };
    const before = (await runOrt(buildModel(spec), feeds)).get('y');
    const after = (await runOrt(model.toProto(), feeds)).get('y');
    if (!before || !after) throw new Error('no output');
    expect(after.dims).toEqual(before.dims);
    expect(relativeToRange(after, before)).toBeLessThan(1e-6);
    const node = model.toProto().graph?.node?.[0];
    expect(node?.input).toEqual(['x', 'w', ...(b ? ['b'] : [])]);
    expect(node?.attribute?.some((a) => a.name === 'auto_pad' || a.name === 'output_shape')).toBe(false);
  });
});

test('alpha and beta are in the canonical arrays', () => {
  const w = Tensor.of('float32', [2, 2], [1, 2, 3, 4]);
  const { view: read } = view({
    inputs: { x: ['float32', [1, 2]] },
    outputs: { y: ['float32', null] },
    initializers: { w, b: Tensor.of('float32', [2], [10, 20]) },
    nodes: [['Gemm', ['x', 'w', 'b'], ['y'], { alpha: { float: 0.5 }, beta: { float: 2 } }]],
  });
  if (typeof read === 'string') throw new Error(read);
  expect([...read.weights()]).toEqual([0.5, 1.5, 1, 2]);
  expect([...(read.biases() ?? [])]).toEqual([20, 40]);
});

describe('refusals', () => {
  const conv = (more: Partial<ModelSpec>, inputs = ['x', 'w']): ConvView | string =>
    view({
      inputs: { x: ['float32', [1, 2, 4, 4]] },
      outputs: { y: ['float32', null] },
      initializers: { w: tensor(3, 2, 1, 1) },
      nodes: [['Conv', inputs, ['y'], {}, { name: 'c' }]],
      ...more,
    }).view;

  test('weights that are an input, overridable, integer or computed', () => {
    expect(conv({ inputs: { x: ['float32', [1, 2, 4, 4]], w: ['float32', [3, 2, 1, 1]] }, initializers: {} })).toBe(
      'the weights of c are not constant',
    );
    expect(conv({ inputs: { x: ['float32', [1, 2, 4, 4]], w: ['float32', [3, 2, 1, 1]] } })).toBe('the weights of c are not constant');
    expect(conv({ initializers: { w: Tensor.of('int8', [3, 2, 1, 1], new Array(6).fill(1)) } })).toBe(
      'the weights of c are int8, not float',
    );
  });

  test('a bias that is not constant; an omitted one is no bias', () => {
    expect(conv({ inputs: { x: ['float32', [1, 2, 4, 4]], b: ['float32', [3]] } }, ['x', 'w', 'b'])).toBe('the bias of c is not constant');
    const read = conv({}, ['x', 'w', '']);
    expect(typeof read === 'string' ? read : read.biases()).toBe(null);
  });

  test('SAME with a stride over an open size has no padding yet, with stride one it has', () => {
    const open = (strides: number[]) =>
      conv({
        inputs: { x: ['float32', [1, 2, 'H', 'W']] },
        initializers: { w: tensor(3, 2, 3, 4) },
        nodes: [['Conv', ['x', 'w'], ['y'], { auto_pad: 'SAME_UPPER', strides }, { name: 'c' }]],
      });
    const [strided, dense] = [open([2, 2]), open([1, 1])];
    expect(typeof strided === 'string' ? strided : strided.pads).toBe(null);
    expect(typeof dense === 'string' ? dense : dense.pads).toEqual({ begin: [1, 1], end: [1, 2] });
  });

  test('values that are not finite, or not in the type that the layer has', () => {
    const half = conv({
      inputs: { x: ['float16', [1, 2, 4, 4]] },
      initializers: { w: Tensor.of('float16', [3, 2, 1, 1], new Array(6).fill(1)) },
    });
    if (typeof half === 'string') throw new Error(half);
    const { model } = view({
      inputs: { x: ['float16', [1, 2, 4, 4]] },
      outputs: { y: ['float16', null] },
      nodes: [['Relu', ['x'], ['y']]],
    });
    const write = (w: number) => writeConv(half, new Patch(model.graph, 17), { weights: new Float64Array(6).fill(w) });
    expect(write(70000)).toBe('the weights of c would leave the range of float16');
    expect(write(Number.NaN)).toBe('the weights of c would hold a value that is not finite');
    expect(write(60000)).not.toBeTypeOf('string');
  });
});

test('shared weights are copied, others keep their name', () => {
  const { model, view: read } = view({
    inputs: { x: ['float32', [1, 2, 4, 4]] },
    outputs: { y: ['float32', null], z: ['float32', null] },
    initializers: { w: tensor(3, 2, 1, 1), b: tensor(3) },
    nodes: [
      ['Conv', ['x', 'w', 'b'], ['y'], {}, { name: 'one' }],
      ['Conv', ['x', 'w'], ['z'], {}, { name: 'two' }],
    ],
  });
  if (typeof read === 'string') throw new Error(read);
  expect([read.weightShared, read.biasShared]).toEqual([true, false]);
  const patch = new Patch(model.graph, model.opset);
  const made = writeConv(read, patch, { weights: new Float64Array(6), bias: new Float64Array(3) });
  if (typeof made === 'string') throw new Error(made);
  patch.replace(read.output, made).remove(read.node).apply();
  const { node, initializer } = model.toProto().graph ?? {};
  expect(node?.map((n) => n.input)).toEqual([
    ['x', 'w_1', 'b'],
    ['x', 'w'],
  ]);
  expect(initializer?.map((t) => t.name).sort()).toEqual(['b', 'w', 'w_1']);
});
