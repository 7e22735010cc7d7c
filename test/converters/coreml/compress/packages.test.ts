import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { parseWeightScheme } from '../../../../converters/coreml/compress/weight-scheme.ts';
import { convertToCoreml } from '../../../../converters/coreml/convert.ts';
import { parityOfPackage, readPackage } from '../../../../converters/coreml/index.ts';
import type { ConvertOptions } from '../../../../converters/coreml/options.ts';
import { wrongWeights } from '../../../../converters/coreml/parity/stored-weights.ts';
import { raised } from '../../../../converters/coreml/prepare.ts';
import { openCoremlToolchain } from '../../../../converters/coreml/toolchain.ts';
import { encodeModel, type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { createHostExecutor, seededInputs } from '../../../../models/run/index.ts';
import { Prng } from '../../../../models/run/prng.ts';
import { buildModel } from '../../../support/build-model.ts';
import { temporaryFolder } from '../../../support/temp-folder.ts';

const toolchain = openCoremlToolchain();
const host = createHostExecutor({ threads: 1 });
afterAll(async () => {
  await host.close();
  if (!(toolchain instanceof Error)) await toolchain.close();
});
const temporary = temporaryFolder();

/** Normal weights, but for one channel of zeros, one outlier and one channel that is far smaller. */
function weights(dims: readonly number[], seed: number): Tensor {
  const prng = new Prng(seed);
  const row = dims.slice(1).reduce((a, b) => a * b, 1);
  const values = Float64Array.from({ length: (dims[0] as number) * row }, (_, i) => (Math.floor(i / row) === 1 ? 0 : Math.floor(i / row) === 2 ? 1e-3 : 1) * prng.normal() * 0.1);
  values[0] = 2.5;
  return Tensor.of('float32', dims, values);
}

/** Every operation that takes weights: convolutions plain, grouped and transposed, a Gemm either way, products with a constant on either side. */
const W: Readonly<Record<string, Tensor>> = {
  conv: weights([8, 6, 3, 3], 1), grouped: weights([8, 4, 3, 1], 2), transposed: weights([8, 4, 2, 2], 3), gemm: weights([32, 12], 4), turned: weights([10, 12], 5),
  right: weights([2, 8, 6], 6), left: weights([2, 5, 7], 7), linear: weights([6, 9], 8),
};
const model: ModelProto = buildModel({
  inputs: { x: ['float32', [1, 6, 4, 4]], v: ['float32', [3, 32]], m: ['float32', [2, 7, 8]] },
  outputs: { y: ['float32', null], g: ['float32', null], z: ['float32', null] },
  initializers: { ...W, shape: Tensor.of('int64', [2], [2, 45]) },
  nodes: [
    ['Conv', ['x', 'conv'], ['a'], { pads: [1, 1, 1, 1] }], ['Conv', ['a', 'grouped'], ['b'], { group: 2, pads: [1, 0, 1, 0] }], ['ConvTranspose', ['b', 'transposed'], ['y'], { strides: [2, 2] }],
    ['Gemm', ['v', 'gemm'], ['h']], ['Gemm', ['h', 'turned'], ['g'], { transB: 1 }],
    ['MatMul', ['m', 'right'], ['r']], ['MatMul', ['left', 'r'], ['l']], ['MatMul', ['l', 'linear'], ['z']],
  ],
});

async function convert(text: string, options: Partial<ConvertOptions> = {}, proto = model) {
  if (toolchain instanceof Error) throw toolchain;
  const conversion = await convertToCoreml(toolchain, raised(proto), temporary('model.mlpackage'), { opset: 'iOS18', precision: 'fp16', weights: parseWeightScheme(text), weightsAbove: 0, ...options });
  const compression = conversion.compression ?? expect.fail();
  const { body } = readPackage(conversion.package.path).program?.functions.get('main') ?? expect.fail();
  return { ...conversion, compression, path: conversion.package.path, types: new Set(body.operations.map(({ type }) => type).filter((type) => type.startsWith('constexpr_'))) };
}

const AFFINE = ['constexpr_affine_dequantize'];
const BLOCKS = ['constexpr_blockwise_shift_scale'];
const TABLE = ['constexpr_lut_to_dense'];
const SPARSE = ['constexpr_sparse_to_dense'];

describe.skipIf(toolchain instanceof Error)('weights of every operation, as coremltools wrote them and as they were meant', () => {
  test.each([
    ['int8', 'iOS16', AFFINE], ['int8', 'iOS17', AFFINE], ['int8', 'iOS18', BLOCKS], ['int8-block2', 'iOS18', BLOCKS], ['int4', 'iOS18', BLOCKS], ['int4-block4', 'iOS26', BLOCKS],
    ...[1, 2, 4, 6, 8].map((bits) => [`palette${bits}`, 'iOS16', TABLE] as const), ...[1, 3, 4, 8].map((bits) => [`palette${bits}`, 'iOS18', TABLE] as const), ['palette4-group2', 'iOS18', TABLE],
    ['prune50', 'iOS16', SPARSE], ['prune75', 'iOS18', SPARSE],
    ['prune50+int8', 'iOS18', ['constexpr_sparse_blockwise_shift_scale', ...SPARSE]], ['prune50+int4', 'iOS18', ['constexpr_sparse_blockwise_shift_scale', ...SPARSE]],
    ['prune30+palette4', 'iOS18', ['constexpr_lut_to_sparse', ...SPARSE]], ['prune30+palette3', 'iOS18', ['constexpr_lut_to_sparse', ...SPARSE]],
  ] as const)('%s for %s', async (text, opset, forms) => {
    const { compression, types, path } = await convert(text, { opset });
    expect([...types].sort()).toEqual([...forms].sort());
    expect(compression.tensors.map(({ source }) => source).filter((source) => source !== null)).toEqual(expect.arrayContaining(['conv', 'grouped', 'transposed']));
    expect(compression.tensors).toHaveLength(Object.keys(W).length);
    expect(wrongWeights(path, compression)).toEqual([]);
  }, 480_000);

  test('a tampered meaning is noticed', async () => {
    const { compression, path } = await convert('palette4');
    const [first, ...rest] = compression.tensors as [typeof compression.tensors[number]];
    const tampered = { ...compression, tensors: [{ ...first, values: first.values.map((value, i) => (i === 3 ? value + 0.01 : value)) }, ...rest] };
    expect(wrongWeights(path, tampered)).toEqual([first.name]);
  });

  test('more bits are closer; int8 is within what its levels allow; fp32 packages too', async () => {
    const least = async (text: string, options: Partial<ConvertOptions> = {}): Promise<number> => Math.min(...(await convert(text, options)).compression.tensors.map(({ sqnr }) => sqnr));
    const palettes = [await least('palette2'), await least('palette4'), await least('palette8')];
    expect(palettes).toEqual(palettes.toSorted((a, b) => a - b));
    expect(await least('int8', { precision: 'fp32' })).toBeGreaterThan(25);
    const { path, compression } = await convert('int8', { precision: 'fp32', opset: 'iOS16' });
    expect(wrongWeights(path, compression)).toEqual([]);
  }, 480_000);

  test('with 256 distinct weights a palette of 8 bits loses nothing', async () => {
    const levels = Tensor.of('float32', [16, 16, 3, 3], Array.from({ length: 2304 }, (_, i) => ((i * 89) % 256) / 64 - 2));
    const proto = buildModel({ inputs: { x: ['float32', [1, 16, 8, 8]] }, outputs: { y: ['float32', null] }, initializers: { w: levels }, nodes: [['Conv', ['x', 'w'], ['y']]] });
    const { path, compression } = await convert('palette8', {}, proto);
    expect(compression.tensors[0]?.sqnr).toBe(Number.POSITIVE_INFINITY);
    const sourceModel = temporary('model.onnx');
    writeFileSync(sourceModel, encodeModel(proto));
    const { explained } = await parityOfPackage({ package: path, sourceModel, feeds: seededInputs([{ name: 'x', dtype: 'float32', dims: [1, 16, 8, 8] }], { seed: 3 }), host });
    expect(explained).toBe(true);
  });

  test('small weights stay, and blocks that do not divide are said', async () => {
    const { compression } = await convert('int4-block4', { weightsAbove: 100 });
    expect(compression.left.map(({ elements, reason }) => [elements, reason])).toEqual(expect.arrayContaining([[96, '96 elements, not above 100'], [54, '54 elements, not above 100']]));
    expect(compression.tensors.find(({ source }) => source === 'conv')?.note).toMatch(/blocks of 4 do not divide its 6 input channels/);
    await expect(convert('int8', { weightsAbove: 2048 })).rejects.toThrow(/No weight has more than 2048 elements/);
  });

  test('what the target does not have names the least that has', async () => {
    await expect(convert('palette3', { opset: 'iOS17' })).rejects.toMatchObject({ message: expect.stringContaining('palettes of 3 bits from iOS 18 on'), nextSteps: [expect.stringContaining('--min-ios 18')] });
  });

  test('channels far below the others keep what fp16 holds of them, also where scales are its least numbers', async () => {
    const peaks = [1, 1e-3, 2e-5, 1e-6];
    const tensor = Tensor.of('float32', [4, 16, 3, 3], Array.from({ length: 576 }, (_, i) => (peaks[Math.floor(i / 144)] as number) * Math.sin(i)));
    const proto = buildModel({ inputs: { x: ['float32', [1, 16, 8, 8]] }, outputs: { y: ['float32', null] }, initializers: { w: tensor }, nodes: [['Conv', ['x', 'w'], ['y']]] });
    const { findings, compression, path } = await convert('int8', {}, proto);
    const stored = compression.tensors[0]?.values ?? expect.fail();
    peaks.forEach((peak, channel) => {
      const worst = Math.max(...tensor.numbers().slice(channel * 144, channel * 144 + 144).map((value, i) => Math.abs(value - (stored[channel * 144 + i] as number))));
      expect(worst).toBeLessThanOrEqual(0.51 * Math.max(peak / 127 * 1.02, 2 ** -24) + 2 ** -25);
    });
    expect([findings, wrongWeights(path, compression)]).toEqual([[], []]);
  });

  test('NaN among the weights is refused', async () => {
    const proto = buildModel({ inputs: { x: ['float32', [1, 16, 8, 8]] }, outputs: { y: ['float32', null] }, initializers: { w: Tensor.of('float32', [4, 16, 1, 1], Array.from({ length: 64 }, (_, i) => (i === 5 ? Number.NaN : i))) }, nodes: [['Conv', ['x', 'w'], ['y']]] });
    await expect(convert('palette4', {}, proto)).rejects.toThrow(/"w" holds NaN/);
  });
});
