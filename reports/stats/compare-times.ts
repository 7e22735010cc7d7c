import { pairMedians } from '../../device-harness/method/pairs.ts';
import { direction, type Interval, limitVerdict, pairedRatio, twoSided, type Verdict } from '../../device-harness/method/stats/index.ts';
import type { Block } from '../../models/contracts/records.ts';
import { type PermutationTest, signFlipTest } from './sign-flip.ts';

export interface TimeComparison {
  /** candidate / base with its two-sided interval. */
  readonly ratio: Interval;
  /** What the interval says about 1: `~` where it cannot tell. */
  readonly direction: 'better' | 'worse' | '~';
  /** Against the budget, at the one-sided confidence; null where there is no budget. */
  readonly verdict: Verdict | null;
  /** Sign-flip test of the hypothesis that nothing changed. */
  readonly permutation: PermutationTest;
  readonly warnings: readonly string[];
}

export interface CompareOptions {
  /** 0.05 allows +5 %; null asks for no verdict. */
  readonly maxIncrease: number | null;
  readonly confidence?: number;
}

/**
 * Compares two variants that were measured in one interleaved schedule, pair by pair. Throws RangeError when they have no round in
 * common: such records are compared by `compareWithBaseline`.
 */
export function compareTimes(base: readonly Block[], candidate: readonly Block[], options: CompareOptions): TimeComparison {
  const { maxIncrease, confidence = 0.95 } = options;
  const pairs = pairMedians(base, candidate);
  const ratio = pairedRatio(pairs.base, pairs.candidate, confidence);
  const permutation = signFlipTest(pairs.candidate.map((value, i) => Math.log(value / (pairs.base[i] as number))), 'two-sided');
  const gate = pairedRatio(pairs.base, pairs.candidate, twoSided(confidence));
  const reachable = permutation.exact && 2 ** (1 - ratio.n) < 1 - confidence;
  const disagree = reachable && (permutation.p < 1 - confidence) !== (direction(ratio) !== '~');
  const p = permutation.p.toFixed(3);
  const note = `The permutation test (p = ${p}) and the t interval disagree: the blocks vary unevenly.`;
  return {
    ratio, permutation, direction: direction(ratio),
    verdict: maxIncrease === null ? null : limitVerdict(gate, 1 + maxIncrease),
    warnings: [...ratio.warnings, ...(disagree ? [note] : [])],
  };
}
