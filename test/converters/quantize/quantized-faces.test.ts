import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { quantizeModel, type QuantizeOptions } from '../../../converters/quantize/index.ts';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, Prng, seededInputs } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, type NodeSpec, toBytes } from '../../support/build-model.ts';
import { runOrt } from '../../support/ort.ts';

const executor = createHostExecutor();
const folder = mkdtempSync(join(tmpdir(), 'dyno-quantized-faces-'));
afterAll(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

const prng = new Prng(4);
const random = (...dims: number[]): Tensor => Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() * 0.25));
const scalar = (value: number): Tensor => Tensor.of('float32', [], [value]);
const [w, b] = [random(12, 3, 3, 3), random(12)];
const INITIALIZERS = { w, b, lo: scalar(0), hi: scalar(1), level: scalar(1 / 255), zero: Tensor.of('uint8', [], [0]) };
const CORE: readonly NodeSpec[] = [
  ['Conv', ['f', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }], ['Clip', ['c', 'lo', 'hi'], ['k']], ['DepthToSpace', ['k'], ['d'], { blocksize: 2, mode: 'CRD' }],
];
/** Bytes in the order of pixels in and out, everything between in float. */
const PIXELS: ModelSpec = {
  inputs: { x: ['uint8', [1, 8, 6, 3]] }, outputs: { y: ['uint8', [1, 16, 12, 3]] }, initializers: INITIALIZERS,
  nodes: [
    ['DequantizeLinear', ['x', 'level', 'zero'], ['x_float']], ['Transpose', ['x_float'], ['f'], { perm: [0, 3, 1, 2] }], ...CORE,
    ['Transpose', ['d'], ['t'], { perm: [0, 2, 3, 1] }], ['QuantizeLinear', ['t', 'level', 'zero'], ['y']],
  ],
};
/** The same between planes of bytes. */
const PLANES: ModelSpec = {
  inputs: { x: ['uint8', [1, 3, 8, 6]] }, outputs: { y: ['uint8', [1, 3, 16, 12]] }, initializers: INITIALIZERS,
  nodes: [['DequantizeLinear', ['x', 'level', 'zero'], ['f']], ...CORE, ['QuantizeLinear', ['d', 'level', 'zero'], ['y']]],
};

function feedsOf(spec: ModelSpec): NamedArrays[] {
  const [dtype, dims] = spec.inputs['x'] as readonly ['uint8', number[]];
  return seededInputs([{ name: 'x', dtype, dims, range: [0, 255] }], { seed: 3, kinds: ['unit', 'normal'] });
}

async function quantized(spec: ModelSpec, options: Partial<QuantizeOptions> = {}): Promise<Model> {
  const calibration = options.calibration ?? feedsOf(spec);
  const proto = buildModel(spec);
  const path = join(folder, `${prng.uint32()}.onnx`);
  writeFileSync(path, toBytes(proto));
  const model = new Model(proto);
  inferShapes(model);
  return (await quantizeModel(model, { scheme: 'w8a8', range: 'minmax', executor, modelPath: path, ...options, calibration })).model;
}

const types = (model: Model): string[] => [...model.graph.nodes()].filter((node) => !node.input(0)?.constant).map((node) => node.opType);
const grid = (model: Model, name: string): number[] => [...(model.graph.values.get(name)?.producer?.input(1)?.constant?.numbers() ?? [])];

test('faces of bytes stay, nothing is rounded twice, and what they convert has their grid as far as data is only moved', async () => {
  const model = await quantized(PIXELS);
  expect(types(model)).toEqual([
    'DequantizeLinear', 'Transpose', 'QuantizeLinear', 'DequantizeLinear', 'Conv', 'Clip', 'QuantizeLinear', 'DequantizeLinear', 'DepthToSpace',
    'QuantizeLinear', 'DequantizeLinear', 'Transpose', 'QuantizeLinear',
  ]);
  const scales = [...model.graph.nodes()].filter((node) => node.is('QuantizeLinear')).map((node) => node.input(1)?.constant?.numbers()[0]);
  expect(scales).toEqual(scales.map(() => Math.fround(1 / 255)));
});

test('planes and pixels give the same integers', async () => {
  const [pixels, planes] = [await quantized(PIXELS), await quantized(PLANES, { calibration: feedsOf(PLANES) })];
  for (const model of [pixels, planes]) expect(grid(model, 'y')).toEqual([Math.fround(1 / 255)]);
  const nearest = { rounding: 'nearest' } as const;
  const [a, c] = [await quantized(PIXELS, nearest), await quantized(PLANES, nearest)];
  const [feed] = feedsOf(PLANES) as [NamedArrays];
  const input = feed.get('x') as NdArray;
  const inPixels = Uint8Array.from({ length: 144 }, (_, i) => Number(input.data[(i % 3) * 48 + Math.floor(i / 3)]));
  const out = (await runOrt(toBytes(a.toProto()), new Map([['x', { dtype: 'uint8', dims: [1, 8, 6, 3], data: inPixels }]]) as NamedArrays)).get('y') as NdArray;
  const expected = (await runOrt(toBytes(c.toProto()), feed)).get('y') as NdArray;
  expect(Array.from({ length: 576 }, (_, i) => out.data[(i % 192) * 3 + Math.floor(i / 192)])).toEqual([...expected.data]);
  expect(new Set(expected.data as Uint8Array).size).toBeGreaterThan(50);
});

test('against the float model the bytes are at most a few levels off', async () => {
  const [feed] = feedsOf(PIXELS) as [NamedArrays];
  const [float, whole] = [buildModel(PIXELS), (await quantized(PIXELS)).toProto()];
  const [expected, actual] = [(await runOrt(toBytes(float), feed)).get('y') as NdArray, (await runOrt(toBytes(whole), feed)).get('y') as NdArray];
  expect(Math.max(...Array.from(expected.data as Uint8Array, (v, i) => Math.abs(Number(v) - Number(actual.data[i]))))).toBeLessThanOrEqual(4);
});

test('a value that something else reads as well keeps its own range', async () => {
  const model = await quantized({
    ...PLANES, outputs: { y: ['uint8', [1, 3, 16, 12]], z: ['float32', [1, 12, 8, 6]] },
    nodes: [['DequantizeLinear', ['x', 'level', 'zero'], ['f']], ['Conv', ['f', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }], ['Neg', ['c'], ['z']],
      ['DepthToSpace', ['c'], ['d'], { blocksize: 2, mode: 'CRD' }], ['QuantizeLinear', ['d', 'level', 'zero'], ['y']]],
  });
  const scales = [...model.graph.nodes()].filter((node) => node.is('QuantizeLinear') && node.output()?.name !== 'y').map((node) => node.input(1)?.constant?.numbers()[0]);
  expect(scales.every((scale) => scale !== Math.fround(1 / 255))).toBe(true);
  expect(grid(model, 'y')).toEqual([Math.fround(1 / 255)]);
});

test('16-bit activations are not forced onto a face of bytes', async () => {
  const model = await quantized(PLANES, { scheme: 'w8a16' });
  expect(types(model).slice(0, 3)).toEqual(['DequantizeLinear', 'QuantizeLinear', 'DequantizeLinear']);
});

test('place layers: the shuffle stays in float', async () => {
  const float: ModelSpec = { inputs: { f: ['float32', [1, 3, 8, 6]] }, outputs: { d: ['float32', [1, 3, 16, 12]] }, initializers: INITIALIZERS, nodes: CORE };
  const feeds = seededInputs([{ name: 'f', dtype: 'float32', dims: [1, 3, 8, 6], range: [0, 1] }], { seed: 3, kinds: ['unit'] });
  expect(types(await quantized(float, { calibration: feeds, place: 'layers' })).slice(-3)).toEqual(['QuantizeLinear', 'DequantizeLinear', 'DepthToSpace']);
  expect(types(await quantized(float, { calibration: feeds })).slice(-3)).toEqual(['DepthToSpace', 'QuantizeLinear', 'DequantizeLinear']);
});

test('a Clip that cuts within the face\'s grid is a step of its own: no compiler makes it part of its layer', async () => {
  const signed = { ...INITIALIZERS, step: scalar(1 / 127.5), middle: Tensor.of('uint8', [], [128]) };
  const model = await quantized({ ...PLANES, initializers: signed, nodes: [...PLANES.nodes.slice(0, -1), ['QuantizeLinear', ['d', 'step', 'middle'], ['y']]] });
  expect(types(model).slice(-8)).toEqual(['Conv', 'QuantizeLinear', 'DequantizeLinear', 'Clip', 'QuantizeLinear', 'DequantizeLinear', 'DepthToSpace', 'QuantizeLinear']);
});
