import { readFileSync } from 'node:fs';
import type { NamedArrays } from '../../../../models/contracts/executor.ts';
import type { NdArray } from '../../../../models/contracts/ndarray.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { FunctionFace } from '../../../../converters/coreml/package/read-package.ts';
import type { Feed } from '../../../runner/index.ts';
import type { Blobs } from './blobs.ts';
import { StepFailure } from './step-failure.ts';

/** The feeds of a model as the translated program takes them: images as NCHW of 0 to 255, in the order of channels of the feature. */
export function feedArrays(feeds: readonly Feed[], face: FunctionFace, blobs: Blobs): NamedArrays {
  return new Map(feeds.map((feed) => {
    const feature = face.inputs.find(({ name }) => name === feed.input);
    if (!feature) throw new StepFailure('input', `The model has no input "${feed.input}".`);
    if (feed.type === 'picture') throw new StepFailure('unsupported', 'A virtual phone takes arrays and pixels, no pictures.');
    const bytes = readFileSync(blobs.path(feed.blob));
    if (feed.type === 'array') return [feed.input, Tensor.fromBytes(feed.dtype, feed.dims, bytes).toNdArray()];
    if (feature.type.kind !== 'image') throw new StepFailure('input', `Input "${feed.input}" is no image.`);
    return [feed.input, planes(bytes, feed, feature.type.color)];
  }));
}

function planes(bytes: Buffer, { format, width, height }: Extract<Feed, { type: 'pixels' }>, color: string): NdArray {
  const count = width * height;
  if (format === 'gray16f') return Tensor.fromBytes('float16', [1, 1, height, width], bytes).toNdArray();
  if (format === 'gray8') return { dtype: 'float32', dims: [1, 1, height, width], data: Float32Array.from(bytes) };
  const offsets = color === 'BGR' ? [0, 1, 2] : [2, 1, 0];
  const data = new Float32Array(3 * count);
  for (const [channel, offset] of offsets.entries()) for (let i = 0; i < count; i++) data[channel * count + i] = bytes[4 * i + offset] as number;
  return { dtype: 'float32', dims: [1, 3, height, width], data };
}
