import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { type QuantizeOptions, type QuantizeResult, quantizeModel } from '../../../converters/quantize/index.ts';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { readModel, Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, Prng, seededInputs } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, type NodeSpec, toBytes } from '../../support/build-model.ts';
import { runOrt } from '../../support/ort.ts';
import { repoRoot } from '../../support/paths.ts';

const executor = createHostExecutor();
const folder = mkdtempSync(join(tmpdir(), 'dyno-quantize-'));
afterAll(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

const prng = new Prng(11);
const weights = (...dims: number[]): Tensor => Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() * 0.2));

interface Ran { readonly result: QuantizeResult; readonly sqnr: number; readonly feeds: readonly NamedArrays[] }

/** Quantizes, and measures signal to noise of the outputs against the float model in ONNX Runtime. */
async function run(spec: ModelSpec, options: Partial<QuantizeOptions> = {}, kinds: Parameters<typeof seededInputs>[1]['kinds'] = ['unit', 'normal']): Promise<Ran> {
  const proto = buildModel(spec);
  const path = join(folder, `${prng.uint32()}.onnx`);
  writeFileSync(path, toBytes(proto));
  const model = new Model(proto);
  inferShapes(model);
  const feeds = seededInputs(Object.entries(spec.inputs).map(([name, [dtype, dims]]) => ({ name, dtype, dims: dims ?? [] })), { seed: 5, kinds: kinds ?? [] });
  const result = await quantizeModel(model, { scheme: 'w8a8', range: 'minmax', executor, modelPath: path, calibration: feeds, ...options });
  return { result, feeds, sqnr: await sqnrDb(toBytes(proto), toBytes(result.model.toProto()), feeds) };
}

async function sqnrDb(before: Uint8Array, after: Uint8Array, feeds: readonly NamedArrays[]): Promise<number> {
  let [signal, noise] = [0, 0];
  for (const feed of feeds) {
    const [a, b] = [await runOrt(before, feed), await runOrt(after, feed)];
    expect([...b.keys()]).toEqual([...a.keys()]);
    for (const [name, array] of a) {
      (array.data as Float32Array).forEach((v, i) => {
        signal += v * v;
        noise += (v - Number((b.get(name) as NdArray).data[i])) ** 2;
      });
    }
  }
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}

const types = ({ model }: QuantizeResult): string[] => [...model.graph.nodes()].map((n) => n.opType);
const conv = (attributes: NonNullable<NodeSpec[3]> = {}, w = weights(8, 4, 3, 3)): ModelSpec => ({
  inputs: { x: ['float32', [1, 4, 12, 10]] }, outputs: { y: ['float32', null] }, initializers: { w, b: weights(8) },
  nodes: [['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1], ...attributes }], ['Relu', ['c'], ['y']]],
});

describe('a convolution', () => {
  test('per channel int8 weights, uint8 activations, int32 bias, nothing between Conv and Relu', async () => {
    const { result, sqnr } = await run(conv());
    expect(types(result)).toEqual(['QuantizeLinear', 'DequantizeLinear', 'DequantizeLinear', 'DequantizeLinear', 'Conv', 'Relu', 'QuantizeLinear', 'DequantizeLinear']);
    const of = (name: string) => result.model.graph.values.get(name)?.initializer;
    expect([of('w_quantized')?.dtype, of('w_scale')?.dims, of('b_quantized')?.dtype, of('b_scale')?.dims]).toEqual(['int8', [8], 'int32', [8]]);
    expect(sqnr).toBeGreaterThan(38);
  });
  test.each([['grouped', { group: 2 }, weights(8, 2, 3, 3)], ['dilated', { dilations: [2, 2], pads: [2, 2, 2, 2] }, weights(8, 4, 3, 3)]] as const)('%s', async (_, attributes, w) => {
    expect((await run(conv(attributes, w))).sqnr).toBeGreaterThan(38);
  });
  test('a channel of zeros, a tiny channel with a large bias, a huge channel', async () => {
    const w = weights(8, 4, 3, 3);
    const numbers = w.numbers();
    numbers.fill(0, 0, 36);
    for (let i = 36; i < 72; i++) numbers[i] = (numbers[i] as number) * 1e-12;
    for (let i = 72; i < 108; i++) numbers[i] = (numbers[i] as number) * 1e3;
    const spec = conv({}, Tensor.of('float32', [8, 4, 3, 3], numbers));
    const { result } = await run({ ...spec, initializers: { ...spec.initializers, b: Tensor.of('float32', [8], [0.5, 40, 1, 0, 0, 0, 0, 0]) } }, { rounding: 'nearest' });
    const biases = result.model.graph.values.get('b_quantized')?.initializer?.numbers() as Float64Array;
    const scales = result.model.graph.values.get('b_scale')?.initializer?.numbers() as Float64Array;
    for (const [c, b] of [0.5, 40, 1].entries()) expect(Math.abs((biases[c] as number) * (scales[c] as number) - b)).toBeLessThanOrEqual(Math.max((scales[c] as number) * 0.501, b * 1e-6));
  });
  test('ConvTranspose: scales along its own output axis; grouped per tensor', async () => {
    const spec = (group: number): ModelSpec => ({
      inputs: { x: ['float32', [1, 4, 6, 5]] }, outputs: { y: ['float32', null] }, initializers: { w: weights(4, 6 / group, 3, 3), b: weights(6) },
      nodes: [['ConvTranspose', ['x', 'w', 'b'], ['y'], { strides: [2, 2], group }]],
    });
    const dense = await run(spec(1));
    expect(dense.result.encodings.parameters.get('w')).toMatchObject({ axis: 1 });
    expect(dense.sqnr).toBeGreaterThan(36);
    const grouped = await run(spec(2));
    expect(grouped.result.encodings.parameters.get('w')).toMatchObject({ axis: null });
    expect(grouped.sqnr).toBeGreaterThan(34);
  });
  test.each([['w8a16', 44, 21], ['w4a8', 12, 21]] as const)('%s', async (scheme, floor, opset) => {
    const { result, sqnr } = await run(conv(), { scheme });
    expect(result.model.opset).toBe(opset);
    expect(sqnr).toBeGreaterThan(floor);
  });
});

describe('placement', () => {
  test('a shuffle stays inside of the quantized part, with its source\'s parameters', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 4, 6, 6]] }, outputs: { y: ['float32', null] }, initializers: { w: weights(12, 4, 3, 3) },
      nodes: [['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }], ['DepthToSpace', ['c'], ['y'], { blocksize: 2, mode: 'CRD' }]],
    };
    const { result } = await run(spec);
    expect(types(result).slice(-5)).toEqual(['QuantizeLinear', 'DequantizeLinear', 'DepthToSpace', 'QuantizeLinear', 'DequantizeLinear']);
    expect(result.encodings.activations.get('y')).toEqual(result.encodings.activations.get('c'));
  });
  test('two consumers, an output in the middle, a shared weight, a shared bias', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 4, 6, 6]] }, outputs: { y: ['float32', null], m: ['float32', null] }, initializers: { w: weights(4, 4, 3, 3), b: weights(4) },
      nodes: [['Conv', ['x', 'w', 'b'], ['m'], { pads: [1, 1, 1, 1] }], ['Conv', ['m', 'w', 'b'], ['n'], { pads: [1, 1, 1, 1] }], ['Add', ['m', 'n'], ['y']]],
    };
    const { result, sqnr } = await run(spec);
    expect(result.model.graph.outputs.map((v) => v.name)).toEqual(['y', 'm']);
    expect(sqnr).toBeGreaterThan(36);
  });
  test('PRelu slopes, constant summands, Concat, Resize, pooling, Gemm', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 4, 8, 8]] }, outputs: { y: ['float32', null] },
      initializers: { s: weights(4, 1, 1), k: weights(4, 1, 1), r: Tensor.of('float32', [4], [1, 1, 2, 2]), g: weights(8, 5), gb: weights(5) },
      nodes: [
        ['PRelu', ['x', 's'], ['a']], ['Add', ['a', 'k'], ['b']], ['Concat', ['b', 'a'], ['c'], { axis: 1 }], ['Resize', ['c', '', 'r'], ['d'], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }],
        ['MaxPool', ['d'], ['e'], { kernel_shape: [2, 2] }], ['GlobalAveragePool', ['e'], ['f']], ['Flatten', ['f'], ['h']], ['Gemm', ['h', 'g', 'gb'], ['y']],
      ],
    };
    const { result, sqnr } = await run(spec);
    expect(result.floatNodes).toEqual([]);
    expect(sqnr).toBeGreaterThan(24);
  });
  test('operators without a quantized form stay in float and are named', async () => {
    const { result } = await run({ ...conv(), nodes: [...conv().nodes.slice(0, 1), ['Erf', ['c'], ['e'], {}, { name: 'erf' }], ['Relu', ['e'], ['y']]] });
    expect(result.floatNodes).toEqual(['erf']);
    expect(result.notes.join()).toContain('erf');
  });
});

describe('ranges', () => {
  test('always hold zero; an activation that is zero throughout does no harm', async () => {
    const { result } = await run({ ...conv(), nodes: [['Abs', ['x'], ['p']], ['Neg', ['p'], ['n']], ['Relu', ['n'], ['z']], ['Add', ['p', 'z'], ['y']]] });
    for (const { scale, zeroPoint } of result.encodings.activations.values()) {
      expect((scale[0] as number) > 0 && (zeroPoint[0] as number) >= 0 && (zeroPoint[0] as number) <= 255).toBe(true);
    }
  });
  test('percentile cuts an outlier that min-max keeps', async () => {
    const data = Float32Array.from({ length: 4 * 120 }, (_, i) => (i === 7 ? 1000 : (i % 100) / 100));
    const feed: NamedArrays = new Map([['x', { dtype: 'float32', dims: [1, 4, 12, 10], data }]]);
    const wide = await run(conv(), { calibration: [feed] });
    const cut = await run(conv(), { calibration: [feed], range: 'percentile', percentile: 99 });
    const mse = await run(conv(), { calibration: [feed], range: 'mse' });
    const step = (r: Ran): number => r.result.encodings.activations.get('x')?.scale[0] as number;
    expect(step(wide)).toBeCloseTo(1000 / 255, 3);
    expect(step(cut)).toBeLessThan(step(wide) / 100);
    expect(step(mse)).toBeLessThanOrEqual(step(wide));
  });
});

test('bad input: nothing to calibrate on, quantized already, no float operator, activations that are not finite', async () => {
  await expect(run(conv(), { calibration: [] })).rejects.toThrow('nothing to calibrate');
  const twice = (await run(conv())).result.model;
  await expect(quantizeModel(twice, { scheme: 'w8a8', range: 'minmax', executor, modelPath: '', calibration: [] })).rejects.toThrow('quantized already');
  await expect(run({ inputs: { x: ['int32', [4]] }, outputs: { y: ['int32', null] }, nodes: [['Neg', ['x'], ['y']]] })).rejects.toThrow('Nothing in the model');
  await expect(run({ ...conv(), nodes: [['Log', ['x'], ['l']], ['Relu', ['l'], ['y']]] })).rejects.toThrow('not finite');
});

test('an opset 10 export is raised, which is said, and gives the same at both optimization levels of ONNX Runtime', async () => {
  const path = join(repoRoot, 'test/fixtures/exports/unshuffle_ultra_op10.onnx');
  const file = readModel(path);
  const model = new Model(file.proto);
  inferShapes(model);
  const [input] = model.graph.inputs;
  const feeds = seededInputs([{ name: input?.name as string, dtype: 'float32', dims: input?.type.shape as number[], range: [0, 1] }], { seed: 2, kinds: ['unit'] });
  const result = await quantizeModel(model, { scheme: 'w8a8', range: 'minmax', executor, modelPath: path, calibration: feeds });
  file.close();
  expect(result.notes[0]).toContain('from 10 to 13');
  const bytes = toBytes(result.model.toProto());
  const feed = (feeds[0] as NamedArrays).get(input?.name as string) as NdArray;
  const outputs = await Promise.all((['disabled', 'all'] as const).map(async (level) => {
    const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: level });
    const out = await session.run({ [input?.name as string]: new ort.Tensor('float32', feed.data as Float32Array, feed.dims as number[]) });
    return Object.values(out)[0]?.data as Float32Array;
  }));
  const [a, b] = outputs as [Float32Array, Float32Array];
  const step = [...result.encodings.activations.values()].at(-1)?.scale[0] as number;
  expect(Math.max(...a.map((v, i) => Math.abs(v - (b[i] as number))))).toBeLessThanOrEqual(step * 2.01);
});

test('a constant of more numbers than a call takes arguments, added to an activation', async () => {
  const size = [1, 4, 220, 230];
  const { sqnr, result } = await run({
    inputs: { x: ['float32', size] }, outputs: { y: ['float32', null] }, initializers: { w: weights(4, 4, 3, 3), p: weights(...size) },
    nodes: [['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }], ['Add', ['c', 'p'], ['y']]],
  }, {}, ['unit']);
  expect(types(result)).toContain('DequantizeLinear');
  expect(sqnr).toBeGreaterThan(30);
});
