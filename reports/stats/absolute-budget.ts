import { type Interval, limitVerdict, logMeanInterval, twoSided, type Verdict } from '../../device-harness/method/stats/index.ts';

export interface BudgetCheck {
  /** Geometric mean of the block values; each end holds at the one-sided confidence. */
  readonly value: Interval;
  readonly verdict: Verdict;
}

/**
 * Holds block values (medians, p90s; milliseconds) against an absolute limit, as in «≤ 16 ms»: no baseline is needed. Three states,
 * as for ratios.
 */
export function checkBudget(values: readonly number[], limit: number, confidence = 0.95): BudgetCheck {
  const value = logMeanInterval(values, twoSided(confidence));
  return { value, verdict: limitVerdict(value, limit) };
}
