import { UserError } from '../../../models/contracts/errors.ts';
import type { NamedArrays } from '../../../models/contracts/executor.ts';
import type { NdArray } from '../../../models/contracts/ndarray.ts';
import { toNumbers } from '../tensors/numbers.ts';

/** Added to norms, as in the reference implementation of LPIPS. */
const EPSILON = 1e-10;

/**
 * Distance of two sets of features: at each place of each output the channels are scaled to length 1, their squared differences are summed over
 * channels, averaged over places, and summed over outputs. R. Zhang, P. Isola, A. A. Efros, E. Shechtman, O. Wang, "The Unreasonable Effectiveness
 * of Deep Features as a Perceptual Metric", CVPR 2018, equation 1 with all weights 1. Throws UserError for outputs that are no features.
 */
export function featureDistance(a: NamedArrays, b: NamedArrays, path: string): number {
  let sum = 0;
  for (const [name, features] of a) sum += layerDistance(features, b.get(name) as NdArray, `${path}, output "${name}"`);
  return sum;
}

/** Features [1, C, …]. */
function layerDistance(a: NdArray, b: NdArray, where: string): number {
  const [batch, channels = 0, ...rest] = a.dims;
  if (batch !== 1 || channels < 1 || a.dims.join() !== b.dims.join()) {
    throw new UserError(`${where}: [${a.dims.join(', ')}] are no features of a picture.`, ['Give outputs of the shape [1, channels, height, width] or [1, channels].']);
  }
  const places = rest.reduce((product, side) => product * side, 1);
  const [x, y] = [toNumbers(a), toNumbers(b)];
  let sum = 0;
  for (let place = 0; place < places; place++) {
    const [scaleX, scaleY] = [x, y].map((values) => 1 / (norm(values, place, channels, places) + EPSILON)) as [number, number];
    for (let i = place; i < channels * places; i += places) sum += ((x[i] as number) * scaleX - (y[i] as number) * scaleY) ** 2;
  }
  return sum / places;
}

function norm(values: Float64Array, place: number, channels: number, places: number): number {
  let sum = 0;
  for (let i = place; i < channels * places; i += places) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum);
}
