import type { Block } from '../../models/contracts/records.ts';
import { median } from './stats/index.ts';

/** The value of a block: the median of its samples, in milliseconds. */
export function blockMedian(block: Block): number {
  return median(block.samples);
}

/**
 * Medians of the blocks that two variants have in common on one unit, pair by pair: those of the same round, or by position where
 * a record knows no rounds.
 */
export function pairMedians(base: readonly Block[], candidate: readonly Block[]): { base: number[]; candidate: number[] } {
  const partners = new Map(base.map((block, index) => [block.round ?? index, block]));
  const pairs = candidate.flatMap((block, index) => {
    const partner = partners.get(block.round ?? index);
    return partner ? [[partner, block] as const] : [];
  });
  return { base: pairs.map(([block]) => blockMedian(block)), candidate: pairs.map(([, block]) => blockMedian(block)) };
}
