import { type Interval, quantile } from '../../device-harness/method/stats/index.ts';
import { Prng } from '../../models/run/prng.ts';

export interface BootstrapOptions {
  readonly confidence?: number;
  readonly resamples?: number;
  readonly seed?: number;
  /** What the items are, for warnings. */
  readonly what?: string;
}

/**
 * Percentile bootstrap of a statistic over independent items (pairs, images): resampled with replacement from a seeded generator,
 * so that the same data give the same interval. Below 8 items it warns, for the percentile interval is then too narrow.
 */
export function bootstrapInterval<T>(
  items: readonly T[], statistic: (sample: readonly T[]) => number, options: BootstrapOptions = {},
): Interval {
  const { confidence = 0.95, resamples = 2000, seed = 1, what = 'items' } = options;
  const n = items.length;
  const center = statistic(items);
  if (n < 2) return { center, low: -Infinity, high: Infinity, confidence, n, warnings: [`One of ${what} has no interval: need ≥ 2.`] };
  const prng = new Prng(seed);
  const values = Float64Array.from({ length: resamples }, () => statistic(Array.from({ length: n }, () => items[prng.below(n)] as T)));
  const tail = (1 - confidence) / 2;
  const warnings = n < 8 ? [`Only ${n} ${what}: the interval is too narrow below 8.`] : [];
  return { center, low: quantile(values, tail), high: quantile(values, 1 - tail), confidence, n, warnings };
}
