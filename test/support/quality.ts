import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import sharp from 'sharp';
import type { InputContract } from '../../models/contracts/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { Prng } from '../../models/run/index.ts';
import { type Image, imageOf } from '../../reports/quality/image.ts';
import { buildModel, type GraphSpec, toBytes } from './build-model.ts';

/** RGB in [0, 1], any size. */
export const rgbContract: InputContract = { name: 'input', kind: 'image', color: 'rgb', range: [0, 1], mean: [0], std: [1], layout: 'NCHW', dtype: 'float32', shape: [1, 3, null, null] };

/** A seeded picture of three channels, smooth enough to be enlarged with sense. */
export function picture(width: number, height: number, seed = 3): Image {
  const random = new Prng(seed);
  const waves = Array.from({ length: 3 }, () => [1 + 3 * random.uniform(), 1 + 3 * random.uniform(), 6 * random.uniform()]);
  return imageOf(waves.map(([u = 1, v = 1, phase = 0]) => ({
    width, height, data: Uint8Array.from({ length: width * height }, (_, i) => Math.round(127 + 90 * Math.sin((u * (i % width)) / 5 + (v * Math.floor(i / width)) / 7 + phase) + 30 * random.uniform())),
  })));
}

/** Writes a picture as PNG and returns its path. */
export async function writePicture(path: string, image: Image): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  const { width, height, planes } = image;
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => planes[i % 3]?.[Math.floor(i / 3)] as number);
  await sharp(data, { raw: { width, height, channels: 3 } }).png().toFile(path);
  return path;
}

/** Writes a model and returns its path. */
export function writeModel(path: string, spec: GraphSpec & { readonly opset?: number }): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, toBytes(buildModel(spec)));
  return path;
}

/** Enlargement by 2 that repeats pixels, times `gain`. */
export function doubling(gain = 1): GraphSpec {
  return {
    inputs: { input: ['float32', [1, 3, 'H', 'W']] }, outputs: { out: ['float32', null] },
    initializers: { scales: Tensor.of('float32', [4], [1, 1, 2, 2]), gain: Tensor.of('float32', [], [gain]) },
    nodes: [
      ['Resize', ['input', '', 'scales'], ['large'], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }],
      ['Mul', ['large', 'gain'], ['out']],
    ],
  };
}
