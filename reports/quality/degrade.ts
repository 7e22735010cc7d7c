import { type Image, imageOf, mapPlanes, cropImage, type Plane, roundTo8Bits } from './image.ts';
import { imresize, type ResizeOptions } from './imresize.ts';
import { BICUBIC, interpolate } from './interpolate.ts';
import { roundedLuma } from './luma.ts';
import { pilResize } from './pil-resize.ts';
import type { LrGeneration, Protocol } from './protocol.ts';

/** Cuts an image so that both sides are multiples of `multiple`. */
export function modCrop(image: Image, multiple: number, where: Protocol['modCrop'] = 'top-left'): Image {
  const width = image.width - (image.width % multiple);
  const height = image.height - (image.height % multiple);
  const from = (side: number) => (where === 'center' ? Math.floor((side % multiple) / 2) : 0);
  return cropImage(image, from(image.width), from(image.height), width, height);
}

/**
 * The low-resolution version of an original whose sides are multiples of `scale`. `srcnn` gives one plane of unrounded luma, all others
 * 8-bit RGB.
 */
export function degrade(image: Image, scale: number, lr: LrGeneration): Image {
  if (lr === 'srcnn') return imageOf([imresize(toDouble(roundedLuma(image)), 1 / scale)]);
  return mapPlanes(image, (plane) => shrink(plane, scale, lr));
}

/** Bicubic interpolation of a low-resolution image, by the resizer that made it. */
export function bicubicUpscale(image: Image, scale: number, lr: LrGeneration): Image {
  return interpolate(image, scale, lr, BICUBIC);
}

/** One plane reduced by `scale`, by the resizer of a protocol; planes in double precision are never rounded by MATLAB's. */
export function shrink(plane: Plane, scale: number, lr: LrGeneration): Plane {
  if (lr === 'pil') return pilResize(plane, plane.width / scale, plane.height / scale);
  if (lr === 'matlab' || lr === 'matlab-clamp') return imresize(plane, 1 / scale, borderOf(lr));
  const small = imresize(toDouble(plane), 1 / scale);
  return lr === 'matlab-trunc' ? truncate(small) : roundTo8Bits(small);
}

function borderOf(lr: LrGeneration): ResizeOptions {
  return { border: lr === 'matlab-clamp' ? 'clamp' : 'mirror' };
}

function toDouble(plane: Plane): Plane {
  return { ...plane, data: Float64Array.from(plane.data) };
}

function truncate(plane: Plane): Plane {
  return { ...plane, data: Uint8Array.from(plane.data, (value) => Math.min(255, Math.max(0, value))) };
}
