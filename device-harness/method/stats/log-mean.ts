import type { Interval } from './interval.ts';
import { studentQuantile } from './student-t.ts';

/**
 * Geometric mean of positive values with a Student t interval on their logarithms, at the two-sided `confidence`. One value gives
 * an open interval and a warning.
 */
export function logMeanInterval(values: readonly number[], confidence = 0.95): Interval {
  const logs = values.map(logOf);
  const n = logs.length;
  if (n === 0) throw new RangeError('An interval needs at least one value.');
  const mean = logs.reduce((a, b) => a + b, 0) / n;
  const center = Math.exp(mean);
  if (n === 1) return { center, low: 0, high: Infinity, confidence, n, warnings: ['One block has no interval: need ≥ 2.'] };
  const half = studentQuantile((1 + confidence) / 2, n - 1) * Math.sqrt(variance(logs, mean) / n);
  return { center, low: Math.exp(mean - half), high: Math.exp(mean + half), confidence, n, warnings: [] };
}

/**
 * candidate / base over pairs that were measured side by side (same round of an interleaved schedule): the interval of the mean log
 * ratio. What both of a pair share (warmth, clock, session) cancels.
 */
export function pairedRatio(base: readonly number[], candidate: readonly number[], confidence = 0.95): Interval {
  if (base.length !== candidate.length) throw new RangeError(`${base.length} and ${candidate.length} values are no pairs`);
  const interval = logMeanInterval(candidate.map((value, i) => Math.exp(logOf(value) - logOf(base[i] as number))), confidence);
  if (interval.n >= MIN_PAIRS) return interval;
  return { ...interval, warnings: [`Only ${interval.n} ${interval.n === 1 ? 'pair' : 'pairs'}: need ≥ ${MIN_PAIRS} pairs.`] };
}

/** Sample variance (n − 1). */
export function variance(values: readonly number[], mean: number): number {
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

const MIN_PAIRS = 5;

function logOf(value: number): number {
  if (!(value > 0 && value < Infinity)) throw new RangeError(`${value} is no duration`);
  return Math.log(value);
}
