import type { Plane } from '../image.ts';

/** Standard deviations that the window reaches on each side. */
const REACH = 4;

/** Gaussian blur in double precision, cut at four standard deviations, mirrored with the edge pixel: scipy.ndimage.gaussian_filter as it comes. */
export function gaussianBlur({ data, width, height }: Plane, sigma: number): Plane {
  const radius = Math.floor(REACH * sigma + 0.5);
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const sum = taps.reduce((a, b) => a + b, 0);
  const weights = taps.map((tap) => tap / sum);
  const down = pass(Float64Array.from(data), weights, radius, { lines: width, length: height, line: 1, step: width });
  return { width, height, data: pass(down, weights, radius, { lines: height, length: width, line: width, step: 1 }) };
}

interface Walk {
  readonly lines: number;
  readonly length: number;
  /** Elements from one line to the next, and from one pixel of a line to the next. */
  readonly line: number;
  readonly step: number;
}

function pass(source: Float64Array, weights: Float64Array, radius: number, { lines, length, line, step }: Walk): Float64Array {
  const out = new Float64Array(source.length);
  const places = Int32Array.from({ length: length + 2 * radius }, (_, i) => mirror(i - radius, length) * step);
  for (let l = 0; l < lines; l++) {
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let t = 0; t < weights.length; t++) sum += (weights[t] as number) * (source[l * line + (places[i + t] as number)] as number);
      out[l * line + i * step] = sum;
    }
  }
  return out;
}

function mirror(index: number, length: number): number {
  const folded = ((index % (2 * length)) + 2 * length) % (2 * length);
  return folded < length ? folded : 2 * length - 1 - folded;
}
