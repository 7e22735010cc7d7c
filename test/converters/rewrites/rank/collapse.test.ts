import { describe, expect, test } from 'vitest';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../../../support/build-model.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';
import { expectSameBits, ramp, reduceRanks, targetOfRank } from './support.ts';

const SIX = [2, 3, 2, 2, 3, 2];

interface Case {
  readonly name: string;
  readonly nodes: readonly NodeSpec[];
  readonly dims?: readonly number[];
  readonly initializers?: Readonly<Record<string, Tensor>>;
  readonly opset?: number;
  readonly outputs?: ModelSpec['outputs'];
  /** Highest rank that is left at work; the sums of the runtime may take another order. */
  readonly rank?: number;
  readonly sums?: boolean;
}

const floats = (dims: readonly number[]): Tensor => Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => (i % 7) / 4 - 1));
const ints = (...values: number[]): Tensor => Tensor.of('int64', [values.length], values);

const CASES: readonly Case[] = [
  { name: 'unary', nodes: [['Relu', ['x'], ['y']]], rank: 4 },
  { name: 'a bias along the last axis', nodes: [['Add', ['x', 'c'], ['y']]], initializers: { c: floats([2]) }, rank: 4 },
  { name: 'a bias along an inner axis', nodes: [['Mul', ['c', 'x'], ['y']]], initializers: { c: floats([3, 1, 1, 3, 1]) }, rank: 5 },
  {
    name: 'a bias of the same rank with a unit axis in front', nodes: [['Sub', ['x', 'c'], ['y']]],
    initializers: { c: floats([1, 3, 2, 1, 1, 1]) }, rank: 4,
  },
  {
    name: 'two inputs, one broadcast', nodes: [['ReduceMax', ['x'], ['m'], { axes: [2, 3], keepdims: 1 }], ['Sub', ['x', 'm'], ['y']]],
    rank: 4,
  },
  {
    name: 'Where', nodes: [['Greater', ['x', 'c'], ['b']], ['Where', ['b', 'x', 'c'], ['y']]],
    initializers: { c: floats([2, 1, 1]) }, rank: 4,
  },
  {
    name: 'Clip with bounds', nodes: [['Clip', ['x', 'lo', 'hi'], ['y']]],
    initializers: { lo: Tensor.of('float32', [], [3]), hi: Tensor.of('float32', [], [90]) }, rank: 4,
  },
  { name: 'PRelu', nodes: [['PRelu', ['x', 'c'], ['y']]], initializers: { c: floats([3, 1]) }, rank: 4 },
  {
    name: 'quantization of a tensor', nodes: [['QuantizeLinear', ['x', 's', 'z'], ['q']], ['DequantizeLinear', ['q', 's', 'z'], ['y']]],
    initializers: { s: Tensor.of('float32', [], [0.5]), z: Tensor.of('uint8', [], [3]) }, rank: 4,
  },
  {
    name: 'quantization of an axis', nodes: [['QuantizeLinear', ['x', 's', 'z'], ['q'], { axis: 1 }], ['DequantizeLinear', ['q', 's', 'z'], ['y'], { axis: -5 }]],
    initializers: { s: Tensor.of('float32', [3], [0.5, 1, 2]), z: Tensor.of('uint8', [3], [3, 0, 9]) }, rank: 4,
  },
  { name: 'Softmax', nodes: [['Softmax', ['x'], ['y'], { axis: 3 }]], rank: 4, sums: true },
  { name: 'LogSoftmax by default along the last axis', nodes: [['LogSoftmax', ['x'], ['y']]], rank: 4, sums: true },
  { name: 'Softmax of opset 11: all axes from one on', nodes: [['Softmax', ['x'], ['y'], { axis: 4 }]], opset: 11, rank: 4, sums: true },
  { name: 'ReduceMean, axes as attribute', nodes: [['ReduceMean', ['x'], ['y'], { axes: [-1, 4] }]], rank: 4, sums: true },
  {
    name: 'ReduceMean, axes as input', nodes: [['ReduceMean', ['x', 'a'], ['y'], { keepdims: 0 }]],
    initializers: { a: ints(1, 2) }, opset: 18, rank: 4, sums: true,
  },
  { name: 'ReduceSum of all', nodes: [['ReduceSum', ['x'], ['y']]], rank: 4, sums: true },
  { name: 'ReduceL2 of two axes apart', nodes: [['ReduceL2', ['x'], ['y'], { axes: [0, 4], keepdims: 0 }]], rank: 4, sums: true },
  { name: 'ArgMax', nodes: [['ArgMax', ['x'], ['y'], { axis: 2, keepdims: 0 }]], outputs: { y: ['int64', null] }, rank: 4 },
  {
    name: 'LayerNormalization', nodes: [['LayerNormalization', ['x', 'c', 'd'], ['y'], { axis: -1 }]],
    initializers: { c: floats([2]), d: floats([2]) }, rank: 4, sums: true,
  },
  {
    name: 'LayerNormalization of two axes', nodes: [['LayerNormalization', ['x', 'c'], ['y'], { axis: 4 }]],
    initializers: { c: floats([3, 2]) }, rank: 4, sums: true,
  },
  {
    name: 'BatchNormalization', nodes: [['BatchNormalization', ['x', 'c', 'd', 'd', 'v'], ['y']]],
    initializers: { c: floats([3]), d: floats([3]), v: Tensor.of('float32', [3], [1, 2, 3]) }, rank: 4, sums: true,
  },
  { name: 'MatMul by a matrix', nodes: [['MatMul', ['x', 'w'], ['y']]], initializers: { w: floats([2, 5]) }, rank: 4, sums: true },
  {
    name: 'MatMul of two batches', nodes: [['Transpose', ['x'], ['t'], { perm: [0, 1, 2, 3, 5, 4] }], ['MatMul', ['x', 't'], ['y']]],
    rank: 4, sums: true,
  },
  {
    name: 'MatMul with a broadcast batch', nodes: [['MatMul', ['x', 'w'], ['y']]],
    initializers: { w: floats([2, 1, 2, 4]) }, rank: 5, sums: true,
  },
  {
    name: 'Concat', nodes: [['Neg', ['x'], ['n']], ['Concat', ['x', 'n', 'c'], ['y'], { axis: -4 }]],
    initializers: { c: floats([2, 3, 1, 2, 3, 2]) }, rank: 4,
  },
  {
    name: 'Split', nodes: [['Split', ['x'], ['a', 'b', 'c'], { axis: 1 }], ['Add', ['a', 'b'], ['d']], ['Add', ['d', 'c'], ['y']]],
    rank: 4,
  },
  {
    name: 'Slice', nodes: [['Slice', ['x', 's', 'e', 'a'], ['y']]],
    initializers: { s: ints(1, 0), e: ints(9, 1), a: ints(1, -1) }, rank: 4,
  },
  {
    name: 'Slice with 32-bit axes and steps', nodes: [['Slice', ['x', 's', 'e', 'a', 'p'], ['y']]],
    initializers: { s: Tensor.of('int32', [1], [2]), e: Tensor.of('int32', [1], [-9]), a: Tensor.of('int32', [1], [4]), p: Tensor.of('int32', [1], [-1]) }, rank: 4,
  },
  { name: 'Slice of opset 9', nodes: [['Slice', ['x'], ['y'], { starts: [1], ends: [2], axes: [4] }]], opset: 9, rank: 4 },
  {
    name: 'Gather of one entry', nodes: [['Gather', ['x', 'i'], ['y'], { axis: 1 }]],
    initializers: { i: Tensor.of('int64', [], [2]) }, rank: 4,
  },
  { name: 'Gather of several', nodes: [['Gather', ['x', 'i'], ['y'], { axis: -2 }]], initializers: { i: ints(2, 0, 2, 1) }, rank: 4 },
  {
    name: 'Pad', nodes: [['Pad', ['x', 'p'], ['y'], { mode: 'reflect' }]],
    initializers: { p: ints(0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0) }, rank: 4,
  },
  {
    name: 'Pad of opset 10', nodes: [['Pad', ['x'], ['y'], { pads: [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 2], value: { float: 7 } }]],
    opset: 10, rank: 4,
  },
  { name: 'Tile of an axis', nodes: [['Tile', ['x', 'r'], ['y']]], initializers: { r: ints(1, 2, 1, 1, 1, 1) }, rank: 4 },
  { name: 'unit axes', dims: [1, 2, 1, 3, 1, 4, 1], nodes: [['Softmax', ['x'], ['y'], { axis: 4 }]], rank: 4, sums: true },
];

describe('computation on six axes', () => {
  test.each(CASES)('$name', async (one) => {
    const { nodes, initializers = {}, opset = 17, outputs = { y: ['float32', null] }, dims = SIX, rank = 4, sums = false } = one;
    const source = buildModel({ inputs: { x: ['float32', dims] }, outputs, nodes, initializers, opset });
    const reduced = reduceRanks(source, targetOfRank(5, 4));
    expect(Math.max(...reduced.moves.map(({ from, to }) => Math.max(from.length, to.length)))).toBeLessThanOrEqual(rank);
    expect(reduced.records.some(({ rewrite, outcome }) => rewrite === 'rank/collapse' && outcome === 'fired')).toBe(true);
    if (sums) await expectClose(source, reduced.proto, dims);
    else await expectSameBits(source, reduced, { x: ramp(dims) });
    for (const record of reduced.records) if (record.rewrite === 'rank/collapse') expect(record.exactness).toBe(sums ? 'exact' : 'bit');
  });
});

test('sizes of which nothing is known are not taken for equal', async () => {
  const dims = [null, null, 2, 2, 3, 2];
  for (const nodes of [[['Relu', ['x'], ['y']]], [['Add', ['x', 'z'], ['y']]]] as NodeSpec[][]) {
    const source = buildModel({ inputs: { x: ['float32', dims], z: ['float32', dims] }, outputs: { y: ['float32', null] }, nodes });
    const reduced = reduceRanks(source, targetOfRank(4));
    await expectSameBits(source, reduced, { x: ramp([2, 3, 2, 2, 3, 2]), z: ramp([2, 1, 2, 2, 3, 2]) });
  }
});

test('axes that an operator tells apart stay, with the reason', () => {
  const nodes: NodeSpec[] = [['Add', ['x', 'c'], ['y']]];
  const source = buildModel({ inputs: { x: ['float32', SIX] }, outputs: { y: ['float32', null] }, nodes, initializers: { c: floats([2, 1, 2, 1, 3, 1]) } });
  const { records, opTypes } = reduceRanks(source, targetOfRank(5, 4));
  expect(opTypes).toEqual(['Add']);
  expect(records).toMatchObject([{ outcome: 'refused', reason: 'Add tells 6 of its 6 axes apart' }]);
});

test('open axes: one is written as what is left, others in place; shapes that constants cannot say are refused', async () => {
  const model = (dims: readonly (number | string)[]): ModelProto => buildModel({ inputs: { x: ['float32', dims] }, outputs: { y: ['float32', null] }, nodes: [['Relu', ['x'], ['y']]] });
  const feed = { x: ramp([2, 3, 2, 2, 3, 2]) };
  for (const dims of [['N', 3, 2, 2, 3, 2], ['N', 'C', 2, 2, 3, 2]]) {
    const reduced = reduceRanks(model(dims), targetOfRank(4));
    expect(reduced.moves).toMatchObject([{ opType: 'Relu', to: { length: 4 } }]);
    await expectSameBits(model(dims), reduced, feed);
  }
  const { records } = reduceRanks(model(['N', 'C', 2, 2, 'H', 'W']), targetOfRank(4));
  expect(records).toMatchObject([{ outcome: 'refused', reason: expect.stringMatching(/give a static shape/) }]);
});

test('a shared constant keeps its other uses', async () => {
  const nodes: NodeSpec[] = [['Add', ['x', 'c'], ['a']], ['ReduceMax', ['a'], ['m'], { axes: [0, 1, 2], keepdims: 0 }], ['Add', ['m', 'c'], ['y']]];
  const source = buildModel({ inputs: { x: ['float32', SIX] }, outputs: { y: ['float32', null] }, nodes, initializers: { c: floats([2, 3, 2]) } });
  await expectSameBits(source, reduceRanks(source, targetOfRank(4)), { x: ramp(SIX) });
});

test('within the limit nothing is reshaped for its own sake', () => {
  const source = buildModel({ inputs: { x: ['float32', [2, 3, 2, 2, 3]] }, outputs: { y: ['float32', null] }, nodes: [['Softmax', ['x'], ['y'], { axis: 2 }]] });
  expect(reduceRanks(source, targetOfRank(5, 4)).records).toEqual([]);
});

async function expectClose(before: ModelProto, after: ModelProto, dims: readonly number[]): Promise<void> {
  const x = ndarray('float32', dims, Array.from(ramp(dims).data as Float32Array, (v) => Math.sin(v)));
  const [a, b] = [(await runOrt(before, { x })).get('y') as NdArray, (await runOrt(after, { x })).get('y') as NdArray];
  expect(b.dims).toEqual(a.dims);
  for (const [i, value] of (b.data as Float32Array).entries()) expect(value).toBeCloseTo(a.data[i] as number, 5);
}
