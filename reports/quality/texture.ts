import { UserError } from '../../models/contracts/errors.ts';
import type { Plane } from './image.ts';

/** Squared levels added to both energies, so that flat pictures have a ratio. */
const FLOOR = 1;

/**
 * Energy of fine texture of a picture over that of its original: mean squares of the 4-neighbour Laplacian (the energy-of-Laplacian focus measure:
 * M. Subbarao, T. Choi, A. Nikzad, "Focusing techniques", Optical Engineering 32(11), 1993), one squared level added to each. 1: as much texture;
 * below: smoothed; above: noise or ringing. Throws UserError where a side is shorter than three pixels.
 */
export function textureRatio(reference: Plane, test: Plane): number {
  const { width, height } = reference;
  if (Math.min(width, height) < 3) {
    throw new UserError(`Texture needs at least 3×3 pixels after the border is cut; this image has ${width}×${height}.`, ['Leave the image out, or cut less.']);
  }
  return (laplacianEnergy(test) + FLOOR) / (laplacianEnergy(reference) + FLOOR);
}

function laplacianEnergy({ data, width, height }: Plane): number {
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const around = (data[i - 1] as number) + (data[i + 1] as number) + (data[i - width] as number) + (data[i + width] as number);
      sum += (around - 4 * (data[i] as number)) ** 2;
    }
  }
  return sum / ((width - 2) * (height - 2));
}
