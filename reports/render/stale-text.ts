import type { ReportLatency } from '../model/report.ts';
import type { StaleResult } from '../model/stale.ts';
import { count } from './words.ts';

/** What a reader has to know of stale results before looking at times; nothing where all are fresh. */
export function staleTexts(stale: readonly StaleResult[]): string[] {
  const others = stale.filter(({ kind }) => kind === 'other-model').length;
  const kept = stale.length - others;
  return [
    ...(kept > 0 ? [`${count(kept, 'result')} kept from an earlier session of this run: compare them with later ones with care, the machine may have been in another state.`] : []),
    ...(others > 0 ? [`${count(others, 'result')} measured on another file than the variant is now: they say nothing about it.`] : []),
  ];
}

/** The stale result that a latency was computed of; null where it is fresh. */
export function staleOf(stale: readonly StaleResult[], { variant, device, unit }: Pick<ReportLatency, 'variant' | 'device' | 'unit'>): StaleResult | null {
  return stale.find((one) => one.variant === variant && one.device === device && one.unit === unit) ?? null;
}
