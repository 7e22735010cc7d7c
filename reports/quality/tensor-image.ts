import { type InputContract, type NdArray, UserError } from '../../models/contracts/index.ts';
import { halfToNumber, numberToHalf } from '../../models/onnx/half.ts';
import { type Image, imageOf, type Plane, planesOf } from './image.ts';
import { luma } from './luma.ts';

/** How pixels lie in a model's output. Where it is left out, it is as the input contract says, and a uint8 output holds levels. */
export interface OutputContract {
  readonly name?: string;
  readonly color?: InputContract['color'];
  readonly range?: readonly [number, number];
  readonly layout?: InputContract['layout'];
}

/** An image as the tensor that a contract describes, with a leading batch of 1 unless the contract's shape has rank 3. */
export function imageToTensor(image: Image, contract: InputContract): NdArray {
  const planes = contractPlanes(image, contract.color);
  const [low, high] = contract.range;
  const count = image.width * image.height;
  const values = emptyTensor(contract.dtype, count * planes.length);
  const store: (value: number) => number =
    contract.dtype === 'uint8' ? Math.round : contract.dtype === 'float16' ? numberToHalf : (value) => value;
  planes.forEach(({ data }, c) => {
    const mean = contract.mean[c] ?? contract.mean[0] ?? 0;
    const std = contract.std[c] ?? contract.std[0] ?? 1;
    const [start, step] = contract.layout === 'NHWC' ? [c, planes.length] : [c * count, 1];
    for (let i = 0; i < count; i++) values[start + i * step] = store((low + ((data[i] as number) / 255) * (high - low) - mean) / std);
  });
  const dims = contract.layout === 'NHWC' ? [image.height, image.width, planes.length] : [planes.length, image.height, image.width];
  return { dtype: contract.dtype, dims: contract.shape.length === 3 ? dims : [1, ...dims], data: values };
}

/**
 * A model's output as an image in levels 0–255, unrounded: red, green, blue, or one plane of luma or grey. Throws UserError where the
 * shape is no image's.
 */
export function tensorToImage(tensor: NdArray, contract: InputContract, output: OutputContract = {}): Image {
  const dims = tensor.dims.length === 4 && tensor.dims[0] === 1 ? tensor.dims.slice(1) : tensor.dims;
  const nhwc = (output.layout ?? contract.layout) === 'NHWC';
  const [channels, height, width] = (nhwc ? [dims[2], dims[0], dims[1]] : dims) as [number, number, number];
  if (dims.length !== 3 || (channels !== 1 && channels !== 3)) {
    throw new UserError(`The model’s output has the shape [${tensor.dims.join(', ')}], which is no image.`, [
      'Name the image output and its layout in the config, or leave quality out for this model.',
    ]);
  }
  const [low, high] = output.range ?? (tensor.dtype === 'uint8' ? [0, 255] : contract.range);
  const load: (value: number) => number = tensor.dtype === 'float16' ? halfToNumber : (value) => value;
  const count = width * height;
  const planes = Array.from({ length: channels }, (_, c): Plane => {
    const [start, step] = nhwc ? [c, channels] : [c * count, 1];
    const data = new Float64Array(count);
    for (let i = 0; i < count; i++) data[i] = ((load(Number(tensor.data[start + i * step])) - low) / (high - low)) * 255;
    return { width, height, data };
  });
  return imageOf((output.color ?? contract.color) === 'bgr' ? planes.reverse() : planes);
}

function contractPlanes(image: Image, color: InputContract['color']): Plane[] {
  const planes = planesOf(image);
  if (color === 'rgb') return planes;
  if (color === 'bgr') return planes.reverse();
  return planes.length === 1 || (color === 'gray' && image.gray) ? planes.slice(0, 1) : [luma(image)];
}

function emptyTensor(dtype: InputContract['dtype'], length: number): Float32Array | Uint16Array | Uint8Array {
  if (dtype === 'float32') return new Float32Array(length);
  return dtype === 'float16' ? new Uint16Array(length) : new Uint8Array(length);
}
