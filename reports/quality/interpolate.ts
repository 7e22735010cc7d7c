import { UserError } from '../../models/contracts/errors.ts';
import { type Image, mapPlanes, type Plane } from './image.ts';
import { imresize, type Kernel, type ResizeOptions } from './imresize.ts';
import { pilResize } from './pil-resize.ts';
import type { LrGeneration } from './protocol.ts';

/** Interpolations that stand beside models as what any of them must beat. */
export const INTERPOLATIONS = ['nearest', 'bilinear', 'bicubic', 'lanczos', 'mitchell'] as const;

export type Interpolation = (typeof INTERPOLATIONS)[number];

export const BICUBIC = 'bicubic' satisfies Interpolation;

/** Throws UserError for names that are none. */
export function parseInterpolations(names: readonly string[]): Interpolation[] {
  return [...new Set(names)].map((name) => {
    const found = INTERPOLATIONS.find((known) => known === name.toLowerCase());
    if (found) return found;
    throw new UserError(`"${name}" is no baseline.`, [`Baselines: ${INTERPOLATIONS.join(', ')}.`]);
  });
}

/** Whether a variant of a record is an interpolation, computed beside the models. */
export function isInterpolation(variant: string): boolean {
  return INTERPOLATIONS.some((known) => known === variant);
}

/**
 * What an interpolation makes of a low-resolution image, by the resizer that made it: MATLAB's `imresize` (Lanczos with three lobes), or Pillow's
 * `resize`. Clamped to 0–255, unrounded where MATLAB computed in double precision.
 */
export function interpolate(image: Image, scale: number, lr: LrGeneration, how: Interpolation): Image {
  if (lr === 'pil') return mapPlanes(image, (plane) => pilResize(plane, Math.round(plane.width * scale), Math.round(plane.height * scale), how));
  const options: ResizeOptions = { border: lr === 'matlab-clamp' ? 'clamp' : 'mirror', kernel: KERNELS[how] };
  const inDouble = lr !== 'matlab' && lr !== 'matlab-clamp';
  return mapPlanes(image, (plane) => (inDouble ? clamp(imresize({ ...plane, data: Float64Array.from(plane.data) }, scale, options)) : imresize(plane, scale, options)));
}

const KERNELS: Readonly<Record<Interpolation, Kernel>> = { nearest: 'box', bilinear: 'triangle', bicubic: 'cubic', lanczos: 'lanczos3', mitchell: 'mitchell' };

function clamp(plane: Plane): Plane {
  return { ...plane, data: Float64Array.from(plane.data, (value) => Math.min(255, Math.max(0, value))) };
}
