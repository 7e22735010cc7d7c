import { type Interval, median } from '../../device-harness/method/stats/index.ts';

/**
 * Median with the interval between two order statistics that holds the true median with at least `confidence`, whatever the
 * distribution: exact by the binomial distribution, as benchstat does. `confidence` of the result is the one attained. With too few
 * values the interval is open and a warning says how many are needed.
 */
export function medianInterval(values: readonly number[], confidence = 0.95, what = 'blocks'): Interval {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const center = median(sorted);
  const rank = lowRank(n, confidence);
  if (rank === 0) {
    const warnings = [`Need ≥ ${fewest(confidence)} ${what} for a ${percent(confidence)} interval of the median.`];
    return { center, low: -Infinity, high: Infinity, confidence: 1, n, warnings };
  }
  const attained = 1 - 2 * binomialHalfCdf(rank - 1, n);
  return { center, low: sorted[rank - 1] as number, high: sorted[n - rank] as number, confidence: attained, n, warnings: [] };
}

/** The largest k for which [x₍k₎, x₍n+1−k₎] still has the confidence; 0 where none has. */
function lowRank(n: number, confidence: number): number {
  let rank = 0;
  while (2 * binomialHalfCdf(rank, n) <= 1 - confidence) rank++;
  return rank;
}

/** P(X ≤ k) for n fair coins, by recurrence from the lowest term, in logarithms where that term underflows. */
function binomialHalfCdf(k: number, n: number): number {
  let logTerm = -n * Math.LN2;
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i);
    sum += Math.exp(logTerm);
  }
  return sum;
}

function fewest(confidence: number): number {
  let n = 1;
  while (lowRank(n, confidence) === 0) n++;
  return n;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
