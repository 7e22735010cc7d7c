import { parseWeightScheme } from '../../../../converters/coreml/compress/weight-scheme.ts';
import { convertToCoreml, type Conversion } from '../../../../converters/coreml/convert.ts';
import { readPackage } from '../../../../converters/coreml/index.ts';
import type { ConvertOptions } from '../../../../converters/coreml/options.ts';
import { wrongWeights } from '../../../../converters/coreml/parity/stored-weights.ts';
import type { MilOpset } from '../../../../converters/coreml/plan.ts';
import { raised } from '../../../../converters/coreml/prepare.ts';
import type { CoremlToolchain } from '../../../../converters/coreml/toolchain.ts';
import { type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { Prng } from '../../../../models/run/prng.ts';
import { buildModel } from '../../../support/build-model.ts';

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
export const model: ModelProto = buildModel({
  inputs: { x: ['float32', [1, 6, 4, 4]], v: ['float32', [3, 32]], m: ['float32', [2, 7, 8]] },
  outputs: { y: ['float32', null], g: ['float32', null], z: ['float32', null] },
  initializers: { ...W, shape: Tensor.of('int64', [2], [2, 45]) },
  nodes: [
    ['Conv', ['x', 'conv'], ['a'], { pads: [1, 1, 1, 1] }], ['Conv', ['a', 'grouped'], ['b'], { group: 2, pads: [1, 0, 1, 0] }], ['ConvTranspose', ['b', 'transposed'], ['y'], { strides: [2, 2] }],
    ['Gemm', ['v', 'gemm'], ['h']], ['Gemm', ['h', 'turned'], ['g'], { transB: 1 }],
    ['MatMul', ['m', 'right'], ['r']], ['MatMul', ['left', 'r'], ['l']], ['MatMul', ['l', 'linear'], ['z']],
  ],
});

const AFFINE = ['constexpr_affine_dequantize'];
const BLOCKS = ['constexpr_blockwise_shift_scale'];
const TABLE = ['constexpr_lut_to_dense'];
const SPARSE = ['constexpr_sparse_to_dense'];

/** A way to store weights, a system, and the operations that decompress them there. */
export type WeightForm = readonly [text: string, opset: MilOpset, operations: readonly string[]];

/** One of each kind. */
export const EACH_KIND: readonly WeightForm[] = [
  ['int8', 'iOS16', AFFINE], ['int8', 'iOS18', BLOCKS], ['int8-block2', 'iOS18', BLOCKS], ['int4', 'iOS18', BLOCKS], ['palette6', 'iOS16', TABLE], ['palette3', 'iOS18', TABLE], ['palette4-group2', 'iOS18', TABLE],
  ['prune50', 'iOS16', SPARSE], ['prune75', 'iOS18', SPARSE], ['prune50+int4', 'iOS18', ['constexpr_sparse_blockwise_shift_scale', ...SPARSE]], ['prune30+palette3', 'iOS18', ['constexpr_lut_to_sparse', ...SPARSE]],
];

/** The others. */
export const FURTHER: readonly WeightForm[] = [
  ['int8', 'iOS17', AFFINE], ['int4-block4', 'iOS26', BLOCKS], ...[1, 2, 4, 8].map((bits): WeightForm => [`palette${bits}`, 'iOS16', TABLE]), ...[1, 4, 8].map((bits): WeightForm => [`palette${bits}`, 'iOS18', TABLE]),
  ['prune50+int8', 'iOS18', ['constexpr_sparse_blockwise_shift_scale', ...SPARSE]], ['prune30+palette4', 'iOS18', ['constexpr_lut_to_sparse', ...SPARSE]],
];

export interface Compressed extends Conversion {
  readonly compression: NonNullable<Conversion['compression']>;
  readonly path: string;
  /** Operations of the package that decompress. */
  readonly types: ReadonlySet<string>;
}

export async function compressed(toolchain: CoremlToolchain, out: string, text: string, options: Partial<ConvertOptions> = {}, proto = model): Promise<Compressed> {
  const conversion = await convertToCoreml(toolchain, raised(proto), out, { opset: 'iOS18', precision: 'fp16', weights: parseWeightScheme(text), weightsAbove: 0, ...options });
  if (!conversion.compression) throw new Error('Nothing was compressed.');
  const operations = readPackage(conversion.package.path).program?.functions.get('main')?.body.operations ?? [];
  return { ...conversion, compression: conversion.compression, path: conversion.package.path, types: new Set(operations.map(({ type }) => type).filter((type) => type.startsWith('constexpr_'))) };
}

/** What a package of every operation that takes weights does not hold as it was meant; empty where all is well. */
export async function problemsOf(toolchain: CoremlToolchain, out: string, [text, opset, operations]: WeightForm): Promise<string[]> {
  const { compression, types, path } = await compressed(toolchain, out, text, { opset });
  const wrong = wrongWeights(path, compression).map((name) => `${name} is not what was meant`);
  const left = compression.tensors.length === Object.keys(W).length ? [] : [`${compression.tensors.length} of ${Object.keys(W).length} are compressed`];
  return [...wrong, ...left, ...([...types].sort().join() === [...operations].sort().join() ? [] : [`decompressed by ${[...types].join(', ')}`])];
}
