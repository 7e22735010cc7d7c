import type { Plane } from './image.ts';

/** What equal images score: PSNR has no finite value there, and a mean over images needs one. */
export const EQUAL_PSNR = 100;

/** 10 log₁₀(255² / MSE) in dB over all planes together, at most `EQUAL_PSNR`. */
export function psnr(reference: readonly Plane[], test: readonly Plane[]): number {
  let sum = 0;
  let count = 0;
  reference.forEach((plane, p) => {
    sum += squaredError(plane, test[p] as Plane);
    count += plane.data.length;
  });
  return psnrOfMse(sum / count);
}

/** PSNR of a mean squared error in squared 8-bit levels. */
function psnrOfMse(mse: number): number {
  return mse === 0 ? EQUAL_PSNR : Math.min(EQUAL_PSNR, 10 * Math.log10(255 ** 2 / mse));
}

function squaredError(a: Plane, b: Plane): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += ((a.data[i] as number) - (b.data[i] as number)) ** 2;
  return sum;
}
