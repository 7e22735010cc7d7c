import { blockMedian } from '../../device-harness/method/pairs.ts';
import {
  direction, type Interval, limitVerdict, studentQuantile, twoSided, variance, type Verdict,
} from '../../device-harness/method/stats/index.ts';
import type { Block } from '../../models/contracts/records.ts';

export interface BaselineOptions {
  readonly maxIncrease: number | null;
  readonly confidence?: number;
  /**
   * How far this device's sessions lie apart: standard deviation of the logarithm of its median over sessions (0.04 is 4 %). Null
   * where nobody has measured it; nothing can then be called a regression.
   */
  readonly sessionSpread: number | null;
}

export interface BaselineComparison {
  readonly ratio: Interval;
  readonly direction: 'better' | 'worse' | '~';
  readonly verdict: Verdict | null;
  readonly warnings: readonly string[];
}

/**
 * Compares blocks with those of another session, the fallback where the two could not be interleaved: Welch's t interval of the log
 * medians, widened by the spread between sessions, which is common to all blocks of one and which no number of samples cures.
 */
export function compareWithBaseline(base: readonly Block[], candidate: readonly Block[], options: BaselineOptions): BaselineComparison {
  const { maxIncrease, confidence = 0.95, sessionSpread } = options;
  const ratio = welchRatio(base.map(blockMedian), candidate.map(blockMedian), confidence, sessionSpread ?? 0);
  const gate = welchRatio(base.map(blockMedian), candidate.map(blockMedian), twoSided(confidence), sessionSpread ?? 0);
  const raw = maxIncrease === null ? null : limitVerdict(gate, 1 + maxIncrease);
  const unknown = sessionSpread === null ? [SESSIONS_UNKNOWN] : [];
  return {
    ratio, direction: sessionSpread === null ? '~' : direction(ratio),
    verdict: raw === 'regressed' && sessionSpread === null ? 'inconclusive' : raw, warnings: [...ratio.warnings, ...unknown],
  };
}

const SESSIONS_UNKNOWN =
  'The baseline is from another session, and how far sessions of this device lie apart is unknown: measure base and candidate interleaved.';

/** Ratio of geometric means of two independent samples; `spread` is added to the variance once for each session. */
export function welchRatio(base: readonly number[], candidate: readonly number[], confidence: number, spread: number): Interval {
  const [a, b] = [base, candidate].map((values) => values.map(Math.log)) as [number[], number[]];
  const [meanA, meanB] = [a, b].map((logs) => logs.reduce((x, y) => x + y, 0) / logs.length) as [number, number];
  const center = Math.exp(meanB - meanA);
  const n = Math.min(a.length, b.length);
  if (n < 2) return { center, low: 0, high: Infinity, confidence, n, warnings: ['Need ≥ 2 blocks on both sides for an interval.'] };
  const [squareA, squareB] = [variance(a, meanA) / a.length, variance(b, meanB) / b.length];
  const sum = squareA + squareB;
  const degrees = sum === 0 ? a.length + b.length - 2 : sum ** 2 / (squareA ** 2 / (a.length - 1) + squareB ** 2 / (b.length - 1));
  const half = studentQuantile((1 + confidence) / 2, degrees) * Math.sqrt(sum + 2 * spread ** 2);
  return { center, low: center * Math.exp(-half), high: center * Math.exp(half), confidence, n, warnings: [] };
}
