import { UserError } from '../../models/contracts/index.ts';
import type { Plane } from './image.ts';

const WINDOW = 11;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/**
 * Mean structural similarity of two planes as MATLAB's `ssim_index` (Wang et al. 2004): 11×11 Gaussian window of σ 1.5, K 0.01 and
 * 0.03, L 255, window wholly inside the image, no downsampling. Throws UserError where a side is shorter than the window.
 */
export function ssim(reference: Plane, test: Plane): number {
  const { width, height } = reference;
  if (Math.min(width, height) < WINDOW) {
    throw new UserError(`SSIM needs at least ${WINDOW}×${WINDOW} pixels after the border is cut; this image has ${width}×${height}.`, [
      'Leave the image out, or use a psnr protocol.',
    ]);
  }
  const [x, y] = [reference.data, test.data];
  const meanX = blur(width, height, (i) => x[i] as number);
  const meanY = blur(width, height, (i) => y[i] as number);
  const meanXX = blur(width, height, (i) => (x[i] as number) ** 2);
  const meanYY = blur(width, height, (i) => (y[i] as number) ** 2);
  const meanXY = blur(width, height, (i) => (x[i] as number) * (y[i] as number));
  let sum = 0;
  for (let i = 0; i < meanX.length; i++) {
    const mx = meanX[i] as number;
    const my = meanY[i] as number;
    const varianceX = (meanXX[i] as number) - mx * mx;
    const varianceY = (meanYY[i] as number) - my * my;
    const covariance = (meanXY[i] as number) - mx * my;
    sum += ((2 * mx * my + C1) * (2 * covariance + C2)) / ((mx * mx + my * my + C1) * (varianceX + varianceY + C2));
  }
  return sum / meanX.length;
}

const GAUSS = gaussian();

function gaussian(): Float64Array {
  const taps = Float64Array.from({ length: WINDOW }, (_, i) => Math.exp(-((i - (WINDOW - 1) / 2) ** 2) / (2 * SIGMA ** 2)));
  const sum = taps.reduce((a, b) => a + b, 0);
  return taps.map((tap) => tap / sum);
}

/** Gaussian mean at every place where the window lies inside, as two passes. */
function blur(width: number, height: number, at: (index: number) => number): Float64Array {
  const outWidth = width - WINDOW + 1;
  const outHeight = height - WINDOW + 1;
  const line = new Float64Array(width);
  const across = new Float64Array(outWidth * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) line[x] = at(y * width + x);
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let t = 0; t < WINDOW; t++) sum += (GAUSS[t] as number) * (line[x + t] as number);
      across[y * outWidth + x] = sum;
    }
  }
  const out = new Float64Array(outWidth * outHeight);
  for (let y = 0; y < outHeight; y++) {
    for (let t = 0; t < WINDOW; t++) {
      const weight = GAUSS[t] as number;
      const start = (y + t) * outWidth;
      for (let x = 0; x < outWidth; x++) out[y * outWidth + x] = (out[y * outWidth + x] as number) + weight * (across[start + x] as number);
    }
  }
  return out;
}
