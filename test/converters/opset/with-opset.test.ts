import { describe, expect, test } from 'vitest';
import { withOpset } from '../../../converters/opset/index.ts';
import { UserError } from '../../../models/contracts/index.ts';
import type { NdArray } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { seededInputs } from '../../../models/run/index.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { bitEqual } from '../../support/compare.ts';
import { runOrt } from '../../support/ort.ts';

const UNKNOWN = ['float32', null] as const;
const SHAPE = [1, 4, 6, 5];
const one = (opset: number, opType: string, attributes: NonNullable<NodeSpec[3]>, rest: Record<string, Tensor> = {}, outputs = ['y']): ModelSpec => ({
  opset, inputs: { x: ['float32', SHAPE] }, outputs: Object.fromEntries(outputs.map((o) => [o, UNKNOWN])), initializers: rest, nodes: [[opType, ['x', ...Object.keys(rest)], outputs, attributes]],
});
const f = (value: number): { float: number } => ({ float: value });
const floats = (...values: number[]): { floats: number[] } => ({ floats: values });

const CASES: [string, ModelSpec][] = [
  ['Clip attributes', one(7, 'Clip', { min: f(-0.2), max: f(0.5) })],
  ['Clip with one bound', one(10, 'Clip', { max: f(0.5) })],
  ['Slice attributes, INT64_MAX end', one(9, 'Slice', { starts: [1, -3], ends: [4, 9007199254740991], axes: [1, 2] })],
  ['Slice without axes', one(9, 'Slice', { starts: [0, 1], ends: [1, 3] })],
  ['Pad with value', one(10, 'Pad', { pads: [0, 0, 1, 2, 0, 0, 3, 0], value: f(0.25) })],
  ['Pad reflect', one(10, 'Pad', { pads: [0, 0, 1, 2, 0, 0, 3, 0], mode: 'reflect' })],
  ['Squeeze', { ...one(11, 'Squeeze', { axes: [0] }) }],
  ['Unsqueeze, negative axis', one(11, 'Unsqueeze', { axes: [-1] })],
  ['ReduceSum', one(11, 'ReduceSum', { axes: [2, 3], keepdims: 0 })],
  ['ReduceMean', one(13, 'ReduceMean', { axes: [1], keepdims: 1 })],
  ['ReduceMax of all', one(11, 'ReduceMax', { keepdims: 0 })],
  ['Split by sizes', one(11, 'Split', { axis: 1, split: [1, 3] }, {}, ['a', 'b'])],
  ['Split evenly', one(11, 'Split', { axis: 1 }, {}, ['a', 'b'])],
  ['Upsample by attribute', one(7, 'Upsample', { mode: 'nearest', scales: floats(1, 1, 2, 3) })],
  ['Upsample by input, linear', one(9, 'Upsample', { mode: 'linear' }, { s: Tensor.of('float32', [4], [1, 1, 2, 2]) })],
  ['Resize 10', one(10, 'Resize', { mode: 'nearest' }, { s: Tensor.of('float32', [4], [1, 1, 2, 1.5]) })],
  ['Softmax of the last axis', one(11, 'Softmax', { axis: 3 })],
  ['TopK', one(9, 'TopK', { k: 2, axis: 1 }, {}, ['y'])],
  ['Dropout', one(10, 'Dropout', { ratio: f(0.5) })],
  ['DepthToSpace', one(9, 'DepthToSpace', { blocksize: 2 })],
];

describe('the same function in a newer opset, bit for bit in ONNX Runtime', () => {
  const cases = CASES.flatMap(([name, spec]) => [13, 17, 21].map((to) => [name, to, spec] as const));
  test.each(cases)('%s → %i', async (name, to, spec) => {
    const proto = buildModel(name === 'TopK' ? { ...spec, outputs: { y: UNKNOWN, i: ['int64', null] }, nodes: [['TopK', ['x'], ['y', 'i'], { k: 2, axis: 1 }]] } : spec);
    const raised = withOpset(proto, to);
    const [feed] = seededInputs([{ name: 'x', dtype: 'float32', dims: SHAPE }], { seed: 1 });
    const [before, after] = [await runOrt(proto, feed as NonNullable<typeof feed>), await runOrt(raised, feed as NonNullable<typeof feed>)];
    for (const [output, array] of before) expect(bitEqual(after.get(output) as NdArray, array)).toBe(true);
    expect(raised.opsetImport?.[0]?.version).toBe(to);
    expect(raised.irVersion).toBe(proto.irVersion);
  });
  test('inside of a subgraph', async () => {
    const branch = (max: number) => buildGraph({ inputs: {}, outputs: { o: UNKNOWN }, nodes: [['Clip', ['x'], ['o'], { max: f(max) }]] });
    const proto = buildModel({
      opset: 10, inputs: { x: ['float32', SHAPE], c: ['bool', []] }, outputs: { y: UNKNOWN },
      nodes: [['If', ['c'], ['y'], { then_branch: { graph: branch(0.1) }, else_branch: { graph: branch(0.7) } }]],
    });
    const feed = { x: { dtype: 'float32', dims: SHAPE, data: Float32Array.from({ length: 120 }, (_, i) => i / 100) }, c: { dtype: 'bool', dims: [], data: Uint8Array.of(0) } } as const;
    expect(bitEqual((await runOrt(withOpset(proto, 17), feed)).get('y') as NdArray, (await runOrt(proto, feed)).get('y') as NdArray)).toBe(true);
  });
});

describe('refused with the reason', () => {
  test.each<[string, ModelSpec, number, string]>([
    ['Softmax over flattened axes', one(11, 'Softmax', { axis: 1 }), 13, 'flattens'],
    ['BatchNormalization per position', { ...one(8, 'BatchNormalization', { spatial: 0 }) }, 9, 'spatial'],
    ['down', one(17, 'Relu', {}), 13, 'down'],
    ['too new', one(17, 'Relu', {}), 99, 'newest'],
    ['too old', one(6, 'Relu', {}), 13, 'before 7'],
  ])('%s', (_, spec, to, reason) => {
    expect(() => withOpset(buildModel(spec), to)).toThrow(UserError);
    expect(() => withOpset(buildModel(spec), to)).toThrow(reason);
  });
  test('nothing to convert: nodes and initializers are the very objects', () => {
    const proto = buildModel(one(13, 'Relu', {}));
    expect(withOpset(proto, 17).graph).toBe(proto.graph);
  });
});
