import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { NdArray } from '../../../models/contracts/index.ts';
import { bindInputShapes, Model, staticShape } from '../../../models/graph/index.ts';
import { type InputSpec, seededInputs } from '../../../models/run/index.ts';
import { type Form, generateNetwork, type GenerateOptions, NETWORKS, trainedFrom, trainedNames, untrainedWeights, type Weights } from '../../../models/zoo/index.ts';
import { biasFromTable, shiftMask } from '../../../models/zoo/networks/window-tables.ts';
import { toBytes } from '../../support/build-model.ts';
import { bitEqual, relativeToRange } from '../../support/compare.ts';
import { runOrt } from '../../support/ort.ts';
import { fixture, repoRoot } from '../../support/paths.ts';
import { expectToRun } from './expect-to-run.ts';

/** The others are run by test/full/zoo.test.ts, and so are further scales. */
const SMALL = [
  'quicksrnet-small', 'quicksrnet-large', 'abpn-28', 'abpn-32-resfree', 'abpn-original', 'sesr-m3', 'sesr-m3-y', 'xlsr', 'espcn', 'fsrcnn-s', 'fsrcnn-rgb', 'rfdn', 'ecbsr-m4c16',
  'ultrares-rdb', 'swinir-one-group', 'vapsr-s', 'catid-tiny', 'ultramini',
];
const small = NETWORKS.filter(({ name }) => SMALL.includes(name));
const weights = `${repoRoot}/models/zoo/weights`;

function input(shape: readonly number[], dtype: 'float32' | 'uint8' = 'float32'): NdArray {
  const spec: InputSpec = { name: 'input', dtype, dims: shape, range: dtype === 'uint8' ? [0, 255] : [0, 1] };
  return seededInputs([spec], { seed: 5, kinds: ['unit'] })[0]?.get('input') as NdArray;
}

async function output(name: string, options: GenerateOptions, x: NdArray): Promise<NdArray> {
  return (await runOrt(generateNetwork(name, options).model, { input: x })).get('output') as NdArray;
}

describe('ONNX Runtime runs them in every form, two pictures at once, odd sides where they are allowed', () => {
  const cases = small.flatMap(({ name, scales, forms }) => forms.map((form) => [name, scales.at(-1) as number, form] as const));
  test.each(cases)('%s ×%d %s', (name, scale, form) => expectToRun(name, scale, form));
});

describe('open sizes', () => {
  const open = small.filter(({ dynamic }) => dynamic !== false);
  test.each(open.map(({ name }) => name))('%s computes at a size what its static form does', async (name) => {
    const { channels, dtype, multiple, scales } = open.find((one) => one.name === name) as (typeof open)[number];
    const scale = scales[0] as number;
    const side = 16 * (multiple?.(scale) ?? 1);
    const x = input([1, channels, side, side + 2], dtype);
    expect(bitEqual(await output(name, { dynamic: true }, x), await output(name, { size: [side, side + 2] }, x))).toBe(true);
    const model = new Model(generateNetwork(name, { dynamic: true }).model);
    bindInputShapes(model, new Map([['input', [1, channels, side, side + 2]]]));
    expect(staticShape(model.graph.outputs[0]?.type)?.slice(2)).toEqual([scale * side, scale * (side + 2)]);
  });
});

describe('opsets', () => {
  const cases = [['quicksrnet-small', 1.5], ['abpn-28', 3], ['ultramini', 2], ['fsrcnn-s', 2], ['rfdn', 4], ['vapsr-s', 4], ['swinir-one-group', 2]] as const;
  test.each(cases)('%s ×%d is the same function in all', async (name, scale) => {
    const network = NETWORKS.find((one) => one.name === name) as (typeof NETWORKS)[number];
    const x = input([1, network.channels, 16, 24]);
    const reference = await output(name, { scale, size: [16, 24], opset: 17 }, x);
    for (const opset of [10, 11, 13, 20].filter((one) => one >= (network.opset ?? 10))) {
      const at = await output(name, { scale, size: [16, 24], opset }, x);
      expect([opset, relativeToRange(at, reference) < 2e-6]).toEqual([opset, true]);
    }
  });
});

describe('collapsing', () => {
  test.each([['sesr-m3', 2], ['sesr-m5', 3], ['sesr-m11', 4]])('%s ×%d collapsed computes what the expanded form does, borders included', async (name, scale) => {
    const x = input([1, 3, 9, 13]);
    const [expanded, collapsed] = await Promise.all((['export', 'deploy'] as Form[]).map((form) => output(name, { scale, form, size: [9, 13] }, x)));
    expect(relativeToRange(collapsed as NdArray, expanded as NdArray)).toBeLessThan(2e-6);
  });
});

describe('beginnings', () => {
  const nothing: Weights = { origin: 'zero', trained: false, draw: (_name, dims) => new Float64Array(dims.reduce((a, b) => a * b, 1)) };
  test.each([['quicksrnet-small', 2], ['quicksrnet-medium', 3], ['quicksrnet-f64-m11', 4]])('%s ×%d with nothing trained enlarges by nearest pixels, exactly', async (name, scale) => {
    const x = input([1, 3, 5, 7]);
    const result = await output(name, { scale, size: [5, 7], weights: nothing }, x);
    const nearest = Float32Array.from({ length: 3 * 35 * scale * scale }, (_, i) => {
      const [c, row, column] = [Math.floor(i / (35 * scale * scale)), Math.floor(i / (7 * scale)) % (5 * scale), i % (7 * scale)];
      return (x.data as Float32Array)[c * 35 + Math.floor(row / scale) * 7 + Math.floor(column / scale)] as number;
    });
    expect(result.data).toEqual(nearest);
  });
});

describe('seeds', () => {
  const hash = (name: string, options: GenerateOptions): string => createHash('sha256').update(toBytes(generateNetwork(name, options).model)).digest('hex');
  test('the same name and options give the same bytes, on every machine and in every release', () => {
    expect(hash('quicksrnet-small', { size: [32, 32] })).toBe(hash('quicksrnet-small', { size: [32, 32] }));
    expect(hash('quicksrnet-small', { size: [32, 32] })).toBe('725d8456b15582e1779df3571c85b4c5c7a7f3f6aeb27b4e02d8a71c875b3b65');
    expect(hash('swinir-one-group', { size: [16, 16] })).toBe('bb81938123f539e5ed3fdd395e8ad0c2cb0dcfc8100e1bb5d109b00c384dc905');
  });
  test('weights depend on the seed, and on nothing but the layer’s name: size, opset and dynamic forms share them', async () => {
    const { randomWeights } = await import('../../../models/zoo/index.ts');
    const first = (options: GenerateOptions): Buffer => Buffer.from(generateNetwork('xlsr', options).model.graph?.initializer?.find(({ name }) => name === 'conv_last.weight')?.rawData as Uint8Array);
    expect(first({ weights: randomWeights(2) }).equals(first({}))).toBe(false);
    expect(first({ opset: 11, dynamic: true }).equals(first({ size: [9, 9] }))).toBe(true);
  });
  test('the file says what its weights are', () => {
    const said = (model: ReturnType<typeof generateNetwork>['model']): unknown => Object.fromEntries((model.metadataProps ?? []).map(({ key, value }) => [key, value]));
    expect(said(generateNetwork('espcn-rgb').model)).toMatchObject({ 'dyno.network': 'espcn-rgb x2 export', 'dyno.weights': 'random seed=1', 'dyno.reading': expect.stringContaining('does not publish') });
    expect(said(generateNetwork('ultramini', { weights: trainedFrom(weights, 'ultramini', 2) }).model)).toMatchObject({ 'dyno.weights': 'trained ultramini-x2' });
    expect(untrainedWeights(generateNetwork('espcn').model)).toBe('random seed=1');
    expect(untrainedWeights(generateNetwork('ultramini', { weights: trainedFrom(weights, 'ultramini', 2) }).model)).toBeNull();
    expect(untrainedWeights({})).toBeNull();
  });
});

describe('trained weights', () => {
  test.each(trainedNames(weights))('%s is the bundled network, bit for bit', async (named) => {
    const [, name, scale] = /^(.*)-x(\d+)$/.exec(named) as unknown as [string, string, string];
    const x = input([1, 3, 128, 128]);
    const bundled = (await runOrt(`${weights}/${named}.onnx`, { input: x })).get('output') as NdArray;
    expect(bitEqual(await output(name, { scale: Number(scale), weights: trainedFrom(weights, name, Number(scale)) }, x), bundled)).toBe(true);
  });
  test('there are none of other networks and scales', () => {
    expect(() => trainedFrom(weights, 'quicksrnet-small', 3)).toThrow(/no trained weights of quicksrnet-small ×3/);
    expect(() => generateNetwork('quicksrnet-medium', { weights: trainedFrom(weights, 'quicksrnet-small', 2) })).toThrow(/do not fit/);
  });
});

describe('attention windows, against PyTorch’s own tables', () => {
  const { window } = JSON.parse(gunzipSync(readFileSync(fixture('zoo/listings.json.gz'))).toString()) as { window: { size: [number, number]; index: number[]; mask: number[] } };
  test('relative positions', () => {
    const table = Float64Array.from({ length: 225 }, (_, i) => i);
    expect(Array.from(biasFromTable(table, 1, 8))).toEqual(window.index);
  });
  test('regions that a shift brings together', () => expect(Array.from(shiftMask(window.size[0], window.size[1], 8), (value) => value + 0)).toEqual(window.mask));
});

describe('refused', () => {
  test.each([
    ['nope', {}, /no network "nope"/], ['quicksrnet-small', { scale: 5 }, /not defined for ×5/], ['quicksrnet-small', { form: 'deploy' }, /ships as it is trained/],
    ['ultramini', { size: [15, 16] }, /does not take 15×16/], ['quicksrnet-small', { scale: 1.5, size: [10, 9] }, /does not take 10×9/], ['rfdn', { size: [14, 20] }, /does not take/],
    ['swinir-light', { dynamic: true }, /sizes in the graph/], ['vapsr', { opset: 10 }, /opset 10/], ['xlsr', { opset: 21 }, /opset 21/], ['xlsr', { size: [0, 4] }, /does not take/],
    ['xlsr', { size: [4.5, 4] }, /does not take/],
  ] as [string, GenerateOptions, RegExp][])('%s %j', (name, options, message) => {
    expect(() => generateNetwork(name, options)).toThrow(message);
  });
});
