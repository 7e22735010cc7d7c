import type { Feature, ImageFeature } from '../../../converters/coreml/package/features.ts';
import { type CoreMlModel, readPackage } from '../../../converters/coreml/package/read-package.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import type { NdArray } from '../../../models/contracts/ndarray.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Feed } from '../../runner/index.ts';
import type { Variant } from '../device.ts';
import type { Blob } from './blob-store.ts';

/** One input of a model as it travels; `blob` is what it names once it was sent. */
export interface TravellingFeed {
  readonly content: Blob;
  readonly named: (blob: string) => Feed;
}

/** The package of a variant. Throws UserError for what no phone runs. */
export function packageOf({ modelPath }: Variant): CoreMlModel {
  if (!/\.(?:mlpackage|mlmodel)$/.test(modelPath)) throw new UserError(`${modelPath} is no Core ML package, and iPhones run those.`, ['Make one: dyno convert MODEL.']);
  return readPackage(modelPath);
}

/** A variant's feed in the types of the package's inputs: arrays as they are, images as pixels from NCHW of 0 to 255. Throws UserError for an input that is not fed. */
export function travellingFeeds({ feed, id }: Variant, model: CoreMlModel): TravellingFeed[] {
  const face = model.functions.find(({ name }) => name === model.defaultFunction) ?? model.functions[0];
  return (face?.inputs ?? []).filter(({ optional, name }) => !optional || feed.has(name)).map((feature) => {
    const array = feed.get(feature.name);
    if (!array) throw new UserError(`Input "${feature.name}" of ${id} is not fed.`, [`Fed are: ${[...feed.keys()].join(', ')}.`]);
    return travelling(feature, array);
  });
}

function travelling({ name, type }: Feature, array: NdArray): TravellingFeed {
  if (type.kind === 'image') return pixels(name, type, array);
  if (type.kind !== 'array' || type.dtype === 'unknown') throw new UserError(`Input "${name}" is a ${type.kind}, which is not fed here.`, ['Time packages whose inputs are images or arrays.']);
  const { dtype } = type;
  const own = array.dtype === dtype ? Tensor.fromNdArray(array) : Tensor.of(dtype, array.dims, Tensor.fromNdArray(array).numbers());
  return { content: { name: 'feed.bin', bytes: own.bytes() }, named: (blob) => ({ type: 'array', input: name, blob, dtype, dims: [...array.dims], memory: 'packed' }) };
}

function pixels(name: string, { width, height, color }: ImageFeature, array: NdArray): TravellingFeed {
  const values = Tensor.fromNdArray(array).numbers();
  const count = width * height;
  const channels = color.startsWith('GRAYSCALE') ? 1 : 3;
  if (values.length !== channels * count) {
    const what = `Input "${name}" is an image of ${width} × ${height}; its feed has the shape ${array.dims.join(' × ')}.`;
    throw new UserError(what, [`Feed it as 1 × ${channels} × ${height} × ${width}.`]);
  }
  if (color === 'GRAYSCALE_FLOAT16') return image(name, { width, height }, 'gray16f', Tensor.of('float16', [count], values).bytes());
  if (channels === 1) return image(name, { width, height }, 'gray8', Uint8Array.from(values, byte));
  const bytes = new Uint8Array(4 * count).fill(255);
  const offsets = color === 'BGR' ? [0, 1, 2] : [2, 1, 0];
  for (const [channel, offset] of offsets.entries()) for (let i = 0; i < count; i++) bytes[4 * i + offset] = byte(values[channel * count + i] as number);
  return image(name, { width, height }, 'bgra8', bytes);
}

type Size = { readonly width: number; readonly height: number };

function image(name: string, { width, height }: Size, format: 'bgra8' | 'gray8' | 'gray16f', bytes: Uint8Array): TravellingFeed {
  return { content: { name: 'pixels.bin', bytes }, named: (blob) => ({ type: 'pixels', input: name, blob, format, width, height }) };
}

function byte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
