import type { Interval } from './interval.ts';

export type Verdict = 'ok' | 'regressed' | 'inconclusive';

/**
 * Whether something stays within a limit: `ok` when the whole interval lies at or below it, `regressed` when it lies wholly above,
 * else `inconclusive`: more blocks are needed. An interval of two-sided confidence c errs on either side with (1 − c) / 2, so a
 * gate at one-sided 95 % takes intervals of 90 %.
 */
export function limitVerdict(interval: Pick<Interval, 'low' | 'high'>, limit: number): Verdict {
  if (interval.low > limit) return 'regressed';
  return interval.high <= limit ? 'ok' : 'inconclusive';
}

/** Two-sided confidence that gives the one-sided one at either end. */
export function twoSided(oneSided: number): number {
  return 2 * oneSided - 1;
}

/** What an interval of a ratio says about 1: `~` where it holds 1. Smaller is better. */
export function direction(interval: Pick<Interval, 'low' | 'high'>): 'better' | 'worse' | '~' {
  if (interval.high < 1) return 'better';
  return interval.low > 1 ? 'worse' : '~';
}
