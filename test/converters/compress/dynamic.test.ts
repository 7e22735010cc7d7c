import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { NdArray } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { relativeToRange } from '../../support/compare.ts';
import { compress, differenceOf, feedOf, normal } from '../../support/compress.ts';
import { runOrt } from '../../support/ort.ts';
import { fixture } from '../../support/paths.ts';

interface Stored {
  readonly dims: number[];
  readonly values: number[];
}

interface Case {
  readonly name: 'matmul' | 'gemm' | 'conv';
  readonly perChannel: boolean;
  readonly weights: Record<string, Stored>;
  readonly x: Stored;
  readonly y: Stored;
  readonly codes: Stored;
  readonly scale: Stored;
}

/** What onnxruntime's own tool made: test/fixtures/compress/make-dynamic.py. */
const cases = JSON.parse(readFileSync(fixture('compress', 'dynamic.json'), 'utf8')) as Case[];

const NODES: Readonly<Record<Case['name'], readonly NodeSpec[]>> = {
  matmul: [['MatMul', ['x', 'w'], ['m'], {}, { name: 'first' }], ['Add', ['m', 'b'], ['y'], {}, { name: 'bias' }]],
  gemm: [['Gemm', ['x', 'w', 'b'], ['y'], { transB: 1 }, { name: 'first' }]],
  conv: [['Conv', ['x', 'w', 'b'], ['y'], { pads: [1, 0, 2, 1], strides: [2, 1], dilations: [1, 2], group: 2 }, { name: 'first' }]],
};

const float = ({ dims, values }: Stored): Tensor => Tensor.of('float32', dims, values);

describe('as quantize_dynamic of onnxruntime does: codes, scales and outputs', () => {
  test.each(cases)('$name, per channel $perChannel', async ({ name, perChannel, weights, x, y, codes, scale }) => {
    const { model } = await compress({
      inputs: { x: ['float32', x.dims] }, outputs: { y: ['float32', null] }, nodes: NODES[name], initializers: Object.fromEntries(Object.entries(weights).map(([key, stored]) => [key, float(stored)])),
    }, perChannel ? 'dynamic' : 'dynamic:tensor');
    const stored = [...model.graph.initializers].map(({ initializer }) => initializer as Tensor);
    const own = stored.find(({ dtype }) => dtype === 'int8');
    expect([own?.dims, [...(own?.numbers() ?? [])]]).toEqual([codes.dims, codes.values]);
    expect(stored.filter(({ dtype }) => dtype === 'float32').map((tensor) => [...tensor.numbers()])).toContainEqual(scale.values);
    const output = (await runOrt(model.toProto(), { x: float(x).toNdArray() })).get('y') as NdArray;
    expect(output.dims).toEqual(y.dims);
    expect(relativeToRange(output, float(y).toNdArray())).toBeLessThan(1e-6);
  });
});

const chain = (nodes: readonly NodeSpec[], initializers: Record<string, Tensor>, more: Partial<ModelSpec> = {}): ModelSpec =>
  ({ inputs: { x: ['float32', [2, 16]] }, outputs: { y: ['float32', null] }, nodes, initializers, ...more });

/** 8 bits of activations and weights: errors of a percent or so on normal numbers. */
const EIGHT_BITS = 0.03;

describe('layers in other forms compute what the float model does, within 8 bits', () => {
  test.each([
    ['Gemm, both turned, alpha, beta, an addend of two axes', { inputs: { x: ['float32', [16, 2]] }, outputs: { y: ['float32', null] }, nodes: [['Gemm', ['x', 'w', 'b'], ['y'], { transA: 1, transB: 1, alpha: { float: -0.5 }, beta: { float: 3 } }]], initializers: { w: normal([6, 16], 1), b: normal([2, 6], 2) } }],
    ['Gemm whose addend is computed', chain([['Gemm', ['x', 'w'], ['b']], ['Gemm', ['x', 'w', 'b'], ['y'], { beta: { float: 0.5 } }]], { w: normal([16, 6], 1) })],
    ['Conv behind Conv, a bias that is computed, one dimension', { inputs: { x: ['float32', [1, 4, 20]] }, outputs: { y: ['float32', null] }, nodes: [['Neg', ['b0'], ['b']], ['Conv', ['x', 'w', 'b'], ['h'], { auto_pad: 'SAME_UPPER' }], ['Conv', ['h', 'v'], ['y'], { group: 4 }]], initializers: { w: normal([8, 4, 3], 1), b0: normal([8], 2), v: normal([4, 2, 3], 3) } }],
    ['MatMul of stacked weights', { inputs: { x: ['float32', [3, 2, 16]] }, outputs: { y: ['float32', null] }, nodes: [['MatMul', ['x', 'w'], ['y']]], initializers: { w: normal([3, 16, 6], 1) } }],
    ['one weight and one value for two layers', chain([['MatMul', ['x', 'w'], ['a'], {}, { name: 'a' }], ['MatMul', ['x', 'w'], ['b'], {}, { name: 'a_quant' }], ['Mul', ['a', 'b'], ['y']]], { w: normal([16, 6], 1) })],
    ['weights of a Constant node, names empty', chain([['Constant', [], ['w'], { value: normal([16, 6], 1) }], ['MatMul', ['x', 'w'], ['y']]], {})],
    ['weights that are an output, zero channels', chain([['MatMul', ['x', 'w'], ['y']]], { w: Tensor.of('float32', [16, 6], normal([16, 6], 1).numbers().map((v, i) => (i % 6 === 2 ? 0 : v))) }, { outputs: { y: ['float32', null], w: ['float32', [16, 6]] } })],
    ['open batch, opset 11', { inputs: { x: ['float32', ['N', 3, 'H', 'W']] }, outputs: { y: ['float32', null] }, nodes: [['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }], ['Relu', ['c'], ['y']]], initializers: { w: normal([4, 3, 3, 3], 1) }, opset: 11 }],
  ] satisfies [string, ModelSpec][])('%s', async (_, spec) => {
    for (const way of ['dynamic', 'dynamic:tensor']) {
      const { model } = await compress(spec as ModelSpec, way);
      expect([...model.graph.nodes()].some((node) => node.is('MatMulInteger', 'ConvInteger'))).toBe(true);
      expect(await differenceOf(model.toProto(), buildModel(spec as ModelSpec), feedOf(model))).toBeLessThan(EIGHT_BITS);
    }
  });

  test('xlsr: grouped convolutions', async () => {
    const proto = generateNetwork('xlsr', { size: [8, 8] }).model;
    const { model } = await compress(proto, 'dynamic');
    expect([...model.graph.nodes()].filter((node) => node.is('Conv'))).toEqual([]);
    expect(await differenceOf(model.toProto(), proto, feedOf(model))).toBeLessThan(EIGHT_BITS);
  });

  test('a value is quantized once, a weight stored once', async () => {
    const { model } = await compress(chain([['MatMul', ['x', 'w'], ['a']], ['MatMul', ['x', 'w'], ['b']], ['Mul', ['a', 'b'], ['y']]], { w: normal([16, 6], 1) }), 'dynamic');
    expect([...model.graph.nodes()].filter((node) => node.is('DynamicQuantizeLinear'))).toHaveLength(1);
    expect([...model.graph.initializers].filter(({ initializer }) => initializer?.dtype === 'int8')).toHaveLength(1);
  });

  test('tiny weights have a scale that is a normal number', async () => {
    const tiny = Tensor.of('float32', [16, 6], normal([16, 6], 1).numbers().map((v) => v * 1e-37));
    const { model } = await compress(chain([['MatMul', ['x', 'w'], ['y']]], { w: tiny }), 'dynamic');
    const { data } = (await runOrt(model.toProto(), feedOf(model))).get('y') as NdArray;
    expect([...data].every((value) => Number.isFinite(Number(value)))).toBe(true);
  });
});

describe('what stays float, and why', () => {
  test.each([
    ['weights that are no numbers', chain([['MatMul', ['x', 'w'], ['y'], {}, { name: 'l' }]], { w: Tensor.of('float32', [16, 2], [Number.NaN, ...new Array<number>(31).fill(1)]) }), /no finite numbers/],
    ['a product of two values', chain([['Transpose', ['x'], ['t']], ['MatMul', ['x', 't'], ['y'], {}, { name: 'l' }]], {}), /are computed/],
    ['float16', { inputs: { x: ['float16', [2, 4]] }, outputs: { y: ['float16', null] }, nodes: [['MatMul', ['x', 'w'], ['y'], {}, { name: 'l' }]], initializers: { w: Tensor.of('float16', [4, 4], new Array<number>(16).fill(1)) } }, /are float16/],
    ['transposed convolutions', { inputs: { x: ['float32', [1, 2, 4, 4]] }, outputs: { y: ['float32', null] }, nodes: [['ConvTranspose', ['x', 'w'], ['y'], {}, { name: 'l' }]], initializers: { w: normal([2, 2, 2, 2], 1) } }, /no transposed convolution/],
    ['sums that could leave 32 bits', { inputs: { x: ['float32', [1, 70000]] }, outputs: { y: ['float32', null] }, nodes: [['MatMul', ['x', 'w'], ['y'], {}, { name: 'l' }]], initializers: { w: Tensor.of('float32', [70000, 1], new Float32Array(70000)) } }, /70000 products/],
  ] satisfies [string, ModelSpec, RegExp][])('%s', async (_, spec, reason) => {
    await expect(compress(spec as ModelSpec, 'dynamic')).rejects.toMatchObject({ exitCode: 2, nextSteps: [expect.stringMatching(reason)] });
  });

  test('opsets before 11 are told how to be raised', async () => {
    await expect(compress(chain([['MatMul', ['x', 'w'], ['y']]], { w: normal([16, 6], 1) }, { opset: 10 }), 'dynamic')).rejects.toThrow(/needs opset 11/);
  });
});
