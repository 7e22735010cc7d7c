import type { Block } from '../../models/contracts/records.ts';
import type { BenchPlan, Pairing } from './plan.ts';
import { blockMedian, pairMedians } from './pairs.ts';
import { type Interval, limitVerdict, logMeanInterval, pairedRatio, twoSided } from './stats/index.ts';

/** Whether a unit needs further rounds, and the reason as text. */
export interface Progress {
  readonly done: boolean;
  readonly reason: string;
}

/**
 * Looks at one unit after some rounds. It is done when every gated pairing has a verdict, every other pairing's ratio (without
 * pairings: every variant's time) is known to within the plan's precision, or the rounds are used up. `blocks` by variant; a
 * variant that cannot be measured is left out.
 */
export function progressOf(plan: BenchPlan, blocks: ReadonlyMap<string, readonly Block[]>, rounds: number): Progress {
  if (rounds < plan.minRounds) return { done: false, reason: `round ${rounds} of at least ${plan.minRounds}` };
  const open = openQuestions(plan, blocks);
  if (open.length === 0) return { done: true, reason: `decided after ${rounds} rounds` };
  if (rounds >= plan.maxRounds) return { done: true, reason: `${open.join(', ')} after all ${rounds} rounds` };
  return { done: false, reason: open.join(', ') };
}

function openQuestions(plan: BenchPlan, blocks: ReadonlyMap<string, readonly Block[]>): string[] {
  if (plan.pairings.length > 0) return plan.pairings.flatMap((pairing) => openPairing(plan, pairing, blocks) ?? []);
  return [...blocks].flatMap(([variant, own]) => {
    const interval = logMeanInterval(own.map(blockMedian), twoSided(plan.confidence));
    return tooWide(plan, variant, interval) ?? [];
  });
}

function openPairing(plan: BenchPlan, pairing: Pairing, blocks: ReadonlyMap<string, readonly Block[]>): string | null {
  const base = blocks.get(pairing.base);
  const candidate = blocks.get(pairing.candidate);
  if (!base || !candidate) return null;
  const pairs = pairMedians(base, candidate);
  const name = `${pairing.candidate} against ${pairing.base}`;
  if (pairs.base.length === 0) return `${name} has no pair`;
  const ratio = pairedRatio(pairs.base, pairs.candidate, twoSided(plan.confidence));
  if (pairing.maxIncrease === null) return tooWide(plan, name, ratio);
  return limitVerdict(ratio, 1 + pairing.maxIncrease) === 'inconclusive' ? `${name} is inconclusive` : null;
}

function tooWide(plan: BenchPlan, name: string, { center, low, high }: Interval): string | null {
  const half = Math.max(high / center - 1, 1 - low / center);
  return half > plan.precision ? `${name} is known to ±${(half * 100).toFixed(1)} %` : null;
}
