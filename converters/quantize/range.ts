import { activationEncoding } from './encoding.ts';
import type { Histogram } from './histogram.ts';
import type { RangeMethod } from './scheme.ts';

export interface RangeOptions {
  readonly method: RangeMethod;
  /** Share of values kept by `percentile`, in percent; the rest is cut at both ends alike. */
  readonly percentile: number;
  readonly bits: number;
}

/** The range that an activation is quantized to. `minmax`: all that was seen; `percentile`: without the outermost; `mse`: least squared error over the histogram. */
export function chooseRange(histogram: Histogram, options: RangeOptions): readonly [number, number] {
  if (histogram.count === 0) return [0, 0];
  if (options.method === 'minmax') return [histogram.min, histogram.max];
  if (options.method === 'mse') return leastError(histogram, options.bits);
  const cut = (1 - options.percentile / 100) / 2;
  return [histogram.quantile(cut), histogram.quantile(1 - cut)];
}

/** Tries 100 shrinkages of the range about zero. */
function leastError(histogram: Histogram, bits: number): readonly [number, number] {
  let best: readonly [number, number] = [histogram.min, histogram.max];
  let least = Number.POSITIVE_INFINITY;
  for (let step = 100; step > 0; step--) {
    const range = [Math.min(0, histogram.min) * (step / 100), Math.max(0, histogram.max) * (step / 100)] as const;
    const error = squaredError(histogram, range, bits);
    if (error < least) [least, best] = [error, range];
  }
  return best;
}

function squaredError(histogram: Histogram, [low, high]: readonly [number, number], bits: number): number {
  const { scale: [step = 1] } = activationEncoding(low, high, bits);
  let sum = 0;
  for (const [value, count] of histogram.bins()) {
    const outside = value < low ? low - value : value > high ? value - high : 0;
    sum += count * (outside > 0 ? outside * outside : (step * step) / 12);
  }
  return sum;
}
