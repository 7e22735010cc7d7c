import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Dim, inferShapes, maxRank, Model, modelCost, type Node, nodeCost } from '../../../../models/graph/index.ts';
import { onnx } from '../../../../models/onnx/generated/onnx-ml.js';
import { Tensor } from '../../../../models/onnx/index.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../../../support/build-model.ts';
import { fixture, repoRoot } from '../../../support/paths.ts';

const load = (path: string, bind?: number[]): Model => {
  const model = new Model(onnx.ModelProto.decode(readFileSync(path)));
  inferShapes(model, bind ? { bind: new Map([[model.graph.inputs[0]?.name ?? '', bind]]) } : {});
  return model;
};
const weights = (name: string): string => join(repoRoot, 'models/zoo/weights', `${name}.onnx`);
const zeros = (...dims: number[]): Tensor => Tensor.of('float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));
const built = (spec: ModelSpec): Model => {
  const model = new Model(buildModel(spec));
  inferShapes(model);
  return model;
};

describe('published networks', () => {
  test.each([
    ['ultramini-x2', 109_152],
    ['ultramini-x2-dynamic', 109_152],
    ['quicksrnet-small-x2', 22_860],
    ['quicksrnet-small-x2-dynamic', 22_860],
  ])('%s has %d parameters', (name, count) => {
    const cost = modelCost(load(weights(name)));
    expect(cost.parameters).toBe(count);
    expect(cost.parameterBytes).toBe(4 * count);
  });

  test('ultramini: every 3×3 weight meets every pixel of the halved picture', () => {
    const side = 256;
    const halved = (side / 2) ** 2;
    const cost = modelCost(load(weights('ultramini-x2-dynamic'), [1, 3, side, side]));
    expect(cost.macs).toBe(halved * 9 * (12 * 48 + 5 * 48 * 48));
  });

  test('at twice the side, four times the work; parameters stay', () => {
    const [small, large] = [64, 128].map((side) => modelCost(load(weights('quicksrnet-small-x2-dynamic'), [1, 3, side, side])));
    expect(large?.macs).toBe(4 * (small?.macs ?? NaN));
    expect(large?.activationBytes).toBe(4 * (small?.activationBytes ?? NaN));
    expect(large?.parameters).toBe(small?.parameters);
  });

  test('open sizes leave totals open', () => {
    expect(modelCost(load(weights('ultramini-x2-dynamic')))).toMatchObject({ macs: null, readBytes: null, activationBytes: null });
  });

  test.each([
    ['unshuffle_ultra_op17', 6],
    ['unshuffle_ultra_dynamic_op17', 6],
    ['window_attention_op17', 6],
    ['repvgg_train_form_op17', 4],
    ['grid_six_axes_op17', 6],
    ['sesr_m3_op17', 5],
  ])('%s reaches rank %d', (name, rank) => {
    expect(maxRank(load(fixture('exports', `${name}.onnx`)))).toBe(rank);
  });
});

/**
 * Products counted one by one: for each output position and kernel tap, whether a multiplication happens (padding counts, as is the
 * custom).
 */
describe('multiply-accumulates by hand', () => {
  const macs = (x: readonly Dim[], node: NodeSpec, initializers: Record<string, Tensor>, opset = 17): number | null => {
    const model = built({ inputs: { x: ['float32', x] }, outputs: { y: ['float32', null] }, nodes: [node], initializers, opset });
    return nodeCost(model.graph.first as Node).macs;
  };

  test.each<[string, readonly Dim[], NodeSpec, Record<string, Tensor>, number | null]>([
    [
      'Conv with groups, stride, dilation, batch',
      [2, 4, 9, 7],
      ['Conv', ['x', 'w', 'b'], ['y'], { group: 2, strides: [2, 1], dilations: [2, 1] }],
      { w: zeros(6, 2, 3, 3), b: zeros(6) },
      2 * 6 * 3 * 5 * 2 * 9,
    ],
    ['depthwise Conv', [1, 8, 4, 4], ['Conv', ['x', 'w'], ['y'], { group: 8, pads: [1, 1, 1, 1] }], { w: zeros(8, 1, 3, 3) }, 8 * 16 * 9],
    [
      'ConvTranspose',
      [1, 4, 5, 6],
      ['ConvTranspose', ['x', 'w'], ['y'], { strides: [2, 2], group: 2 }],
      { w: zeros(4, 3, 2, 2) },
      4 * 5 * 6 * 3 * 4,
    ],
    ['Gemm, both transposed', [4, 3], ['Gemm', ['x', 'w'], ['y'], { transA: 1, transB: 1 }], { w: zeros(5, 4) }, 3 * 5 * 4],
    ['MatMul, batched by broadcasting', [2, 1, 3, 4], ['MatMul', ['x', 'w'], ['y']], { w: zeros(5, 4, 6) }, 2 * 5 * 3 * 6 * 4],
    ['MatMul of vectors', [4], ['MatMul', ['x', 'w'], ['y']], { w: zeros(4) }, 4],
    ['Einsum of two', [2, 3, 4], ['Einsum', ['x', 'w'], ['y'], { equation: 'bij,bkj->bik' }], { w: zeros(2, 5, 4) }, 2 * 3 * 5 * 4],
    ['Einsum of one moves data only', [2, 3], ['Einsum', ['x'], ['y'], { equation: 'ij->ji' }], {}, 0],
    ['an operator without products', [2, 3], ['Relu', ['x'], ['y']], {}, 0],
    ['another domain', [2, 3], ['MatMul', ['x', 'x'], ['y'], {}, { domain: 'custom' }], {}, 0],
    ['an open size', ['N', 4], ['MatMul', ['x', 'w'], ['y']], { w: zeros(4, 4) }, null],
  ])('%s', (_, x, node, initializers, expected) => expect(macs(x, node, initializers)).toBe(expected));
});

describe('bytes', () => {
  const model = built({
    inputs: { x: ['float32', [2, 3]] },
    outputs: { y: ['float16', null] },
    initializers: { w: zeros(3) },
    nodes: [
      ['Constant', [], ['k'], { value: zeros(3) }],
      ['Add', ['x', 'k'], ['a']],
      ['Mul', ['a', 'a'], ['m']],
      ['Cast', ['m'], ['y'], { to: 10 }],
    ],
  });
  const costs = [...model.graph.nodes()].map(nodeCost);

  test('inputs are read once, outputs written, constants cost nothing by themselves', () => {
    expect(costs.map((cost) => [cost.readBytes, cost.writeBytes])).toEqual([
      [0, 0],
      [36, 24],
      [24, 24],
      [24, 12],
    ]);
    expect(modelCost(model)).toMatchObject({ nodes: 4, readBytes: 84, activationBytes: 60 });
  });

  test('nibbles are packed', () => {
    const q = built({
      opset: 21,
      inputs: { x: ['float32', [5]] },
      outputs: { y: ['int4', null] },
      initializers: { s: Tensor.of('float32', [], [1]), z: Tensor.of('int4', [], [0]) },
      nodes: [['QuantizeLinear', ['x', 's', 'z'], ['y']]],
    });
    expect(nodeCost(q.graph.first as Node)).toMatchObject({ readBytes: 25, writeBytes: 3 });
  });
});

describe('parameters', () => {
  const count = (spec: Omit<ModelSpec, 'inputs' | 'outputs'>): number =>
    modelCost(built({ inputs: { x: ['float32', [1, 4, 6, 6]] }, outputs: { y: ['float32', null] }, ...spec })).parameters;

  test('shared weights count once, the zero-like rest not at all', () => {
    const initializers = {
      w: zeros(4, 4, 1, 1),
      b: zeros(4),
      half: Tensor.of('float32', [], [0.5]),
      low: Tensor.of('float32', [], [0]),
      s: Tensor.of('float32', [4], [1, 1, 2, 2]),
    };
    const nodes: NodeSpec[] = [
      ['Conv', ['x', 'w', 'b'], ['p']],
      ['Conv', ['p', 'w'], ['q']],
      ['Mul', ['q', 'half'], ['r']],
      ['Clip', ['r', 'low'], ['t']],
      ['Resize', ['t', '', 's'], ['y']],
    ];
    expect(count({ initializers, nodes })).toBe(20);
  });

  test('batch norm: scale and shift, not the running statistics; weights in Constant nodes count', () => {
    const initializers = { g: zeros(4), b: zeros(4), m: zeros(4), v: zeros(4) };
    const nodes: NodeSpec[] = [
      ['Constant', [], ['w'], { value: zeros(4, 4, 1, 1) }],
      ['Conv', ['x', 'w'], ['c']],
      ['BatchNormalization', ['c', 'g', 'b', 'm', 'v'], ['y']],
    ];
    expect(count({ initializers, nodes })).toBe(16 + 8);
  });

  test('quantised weights count in front of their DequantizeLinear', () => {
    const initializers = {
      w: Tensor.of('int8', [4, 4, 1, 1], new Int8Array(16)),
      s: zeros(4),
      z: Tensor.of('int8', [4], [0, 0, 0, 0]),
      b: Tensor.of('int32', [4], [1, 2, 3, 4]),
    };
    const nodes: NodeSpec[] = [
      ['DequantizeLinear', ['w', 's', 'z'], ['wf'], { axis: 0 }],
      ['DequantizeLinear', ['b', 's'], ['bf'], { axis: 0 }],
      ['Conv', ['x', 'wf', 'bf'], ['y']],
    ];
    expect(count({ initializers, nodes })).toBe(20);
  });
});

test.each([
  ['−100 and 0', [0, -100, 0, -100], 0], ['−∞ and 0', [0, Number.NEGATIVE_INFINITY, 0, 0], 0], ['zeros, as biases begin', [0, 0, 0, 0], 4], ['trained', [0, -60, -70, 0], 4], ['small', [0, -1, -1, 0], 4],
])('a mask that is added is no parameter: %s', (_, values, parameters) => {
  const masked = built({
    inputs: { x: ['float32', [2, 2]] }, outputs: { y: ['float32', [2, 2]] }, nodes: [['Add', ['x', 'm'], ['y']]], initializers: { m: Tensor.of('float32', [2, 2], values) },
  });
  expect(modelCost(masked).parameters).toBe(parameters);
});
