import { median } from './stats/index.ts';

/** Largest change from the first to the last third of a block's samples that passes for steady. */
export const DRIFT_LIMIT = 0.05;

/**
 * Median of the last third of the samples over that of the first third, minus 1: positive while a device throttles. Null below
 * 9 samples, where thirds say nothing.
 */
export function driftWithin(samples: readonly number[]): number | null {
  if (samples.length < 9) return null;
  const third = Math.floor(samples.length / 3);
  return median(samples.slice(-third)) / median(samples.slice(0, third)) - 1;
}
