import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { NdArray } from '../../models/contracts/ndarray.ts';
import { type Image, imageOf, type Plane, planesOf } from '../quality/image.ts';
import { imresize } from '../quality/imresize.ts';
import { recolor } from '../quality/recolor.ts';
import { imageToTensor, tensorToImage } from '../quality/tensor-image.ts';
import type { PictureRows } from './source-picture.ts';

/** Input pixels that bicubic interpolation of chroma and opacity sees on each side. */
export const BICUBIC_REACH = 2;

/** Whether parts of the result come from bicubic interpolation: opacity, and the colours of a model that works on luma. */
export function interpolates({ color }: InputContract, { gray, hasAlpha }: { readonly gray: boolean; readonly hasAlpha: boolean }): boolean {
  return hasAlpha || ((color === 'y' || color === 'gray') && !gray);
}

/** Tiles as feeds, `batch` of them in each; the last one is filled up with its last tile. */
export function feedsOf(tiles: readonly PictureRows[], contract: InputContract, batch: number): NamedArrays[] {
  const tensors = tiles.map(({ image }) => imageToTensor(image, contract));
  if (batch === 1) return tensors.map((tensor) => new Map([[contract.name, tensor]]));
  return Array.from({ length: Math.ceil(tensors.length / batch) }, (_, i) => {
    const part = Array.from({ length: batch }, (_, k) => tensors[Math.min(i * batch + k, tensors.length - 1)] as NdArray);
    return new Map([[contract.name, stacked(part)]]);
  });
}

/** Results of feeds as tiles in the bands of the photo: colours or grey, then opacity. Throws UserError for outputs that are no pictures. */
export function tilesFrom(results: readonly NamedArrays[], tiles: readonly PictureRows[], contract: InputContract, batch: number): Image[] {
  return tiles.map((tile, i) => {
    const tensor = [...(results[Math.floor(i / batch)] as NamedArrays).values()][0] as NdArray;
    return bandsOf(tensorToImage(batch === 1 ? tensor : partOf(tensor, i % batch), contract), tile, contract);
  });
}

function bandsOf(output: Image, { image, alpha }: PictureRows, contract: InputContract): Image {
  const scale = output.width / image.width;
  const colored = contract.color === 'gray' && image.gray ? output : recolor(output, image, scale);
  const colors = image.gray && colored.planes.length === 3 ? [grayOf(colored)] : planesOf(colored);
  const three = image.gray || colors.length === 3 ? colors : new Array<Plane>(3).fill(colors[0] as Plane);
  return imageOf(alpha ? [...three, imresize(unrounded(planesOf(alpha)[0] as Plane), scale)] : three);
}

/** Luminance by BT.601 weights: of equal channels it is each of them. */
function grayOf({ planes, width, height }: Image): Plane {
  const [r, g, b] = planes as readonly Float64Array[] as [Float64Array, Float64Array, Float64Array];
  return { width, height, data: r.map((red, i) => 0.299 * red + 0.587 * (g[i] as number) + 0.114 * (b[i] as number)) };
}

function unrounded(plane: Plane): Plane {
  return { ...plane, data: Float64Array.from(plane.data) };
}

/** Tensors of batch 1 as one. */
export function stacked(tensors: readonly NdArray[]): NdArray {
  const { dtype, dims, data } = tensors[0] as NdArray;
  const all = new (data.constructor as new (length: number) => Float32Array)(data.length * tensors.length);
  for (const [i, tensor] of tensors.entries()) all.set(tensor.data as Float32Array, i * data.length);
  return { dtype, dims: [tensors.length, ...dims.slice(1)], data: all };
}

/** One tensor of a batch, as a batch of its own. */
export function partOf({ dtype, dims, data }: NdArray, index: number): NdArray {
  const size = data.length / (dims[0] as number);
  return { dtype, dims: [1, ...dims.slice(1)], data: (data as Float32Array).subarray(index * size, (index + 1) * size) };
}
