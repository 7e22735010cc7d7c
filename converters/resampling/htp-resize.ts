import type { Resize, ResizedAxis } from './resize.ts';
import { nearestIndices, weightRows } from './sampling.ts';

/** What the HTP compiler does with a Resize: computes it, computes another one, or leaves it to the CPU. */
export type HtpResize = 'right' | 'wrong' | 'refused';

/** Weights that differ by less come out the same in fp16. */
const SAME_WEIGHT = 1e-3;
const REFUSED_COORDINATES = new Set(['half_pixel_symmetric', 'tf_half_pixel_for_nn']);
const REFUSED_ROUNDINGS = new Set(['ceil', 'round_prefer_floor']);

/**
 * Seen in the emulator (QAIRT 2.51, 400 forms and the operator suite of ONNX): scales that are not the ratio of the sizes are ignored, modes
 * of nearest are fixed by the coordinates, pytorch_half_pixel is half_pixel for linear and asymmetric for nearest.
 */
export function htpResize(resize: Resize): HtpResize {
  const { mode, coordinates, nearest, antialias, axes } = resize;
  if (antialias || REFUSED_COORDINATES.has(coordinates)) return 'refused';
  if (mode === 'nearest' && coordinates === 'asymmetric' && REFUSED_ROUNDINGS.has(nearest)) return 'refused';
  if (mode === 'nearest') return axes.every((axis) => equal(nearestIndices(axis, resize), htpNearestIndices(axis, coordinates))) ? 'right' : 'wrong';
  if (mode === 'cubic' && axes.some(({ from, to, scale }) => Math.abs(to / from - scale) > SAME_WEIGHT)) return 'refused';
  const taken: Resize = { ...resize, coordinates: coordinates === 'pytorch_half_pixel' ? 'half_pixel' : coordinates, excludeOutside: false };
  return axes.every((axis) => near(weightRows(axis, resize), weightRows(byRatio(axis), taken))) ? 'right' : 'wrong';
}

/** Index of the input that HTP takes for each output position. */
function htpNearestIndices({ from, to }: ResizedAxis, coordinates: string): number[] {
  return Array.from({ length: to }, (_, i) => {
    if (coordinates === 'half_pixel') return Math.floor(((i + 0.5) * from) / to);
    if (coordinates === 'align_corners') return to === 1 ? 0 : Math.floor((i * (from - 1)) / (to - 1) + 0.5);
    return Math.floor((i * from) / to);
  });
}

function byRatio({ from, to }: ResizedAxis): ResizedAxis {
  return { from, to, scale: to / from };
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, i) => value === b[i]);
}

function near(a: readonly Float64Array[], b: readonly Float64Array[]): boolean {
  return a.every((row, i) => row.every((weight, j) => Math.abs(weight - (b[i]?.[j] as number)) < SAME_WEIGHT));
}
