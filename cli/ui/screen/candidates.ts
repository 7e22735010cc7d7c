import { formatBytes } from '../../../reports/model/format.ts';
import { byBytes } from '../reduce-candidates.ts';
import type { TriedCandidate } from '../ui-state.ts';
import { padStart } from '../width.ts';
import { type Line, span } from './line.ts';

const MOST_SHOWN = 10;

/** The best of the `tried` ways of a step as a table; what does not fit into `rows` is counted in the last line. */
export function candidateLines(best: readonly TriedCandidate[], tried: number, rows: number): Line[] {
  const shown = [...best].sort(byBytes).slice(0, Math.max(0, Math.min(MOST_SHOWN, rows - 1)));
  if (shown.length === 0) return [];
  const rest = tried - shown.length;
  return [
    ...shown.map((candidate, i): Line => [span(`  ${candidateText(candidate)}`, i === 0 ? 'strong' : 'plain'), span(`  ${candidate.name}`, i === 0 ? 'accent' : 'dim')]),
    ...(rest > 0 ? [[span(`  ${rest} more tried`, 'dim')]] : []),
  ];
}

/** `8.34 MB   1.07×  no spills`. */
export function candidateText({ bytes, spillBytes, limitBytes }: TriedCandidate): string {
  const times = bytes === null || limitBytes === null ? '' : `${(bytes / limitBytes).toFixed(2)}×`;
  const spills = spillBytes === 0 ? 'no spills' : spillBytes === null ? '' : `${formatBytes(spillBytes)} spilled`;
  return `${padStart(bytes === null ? '–' : formatBytes(bytes), 8)}  ${padStart(times, 7)}  ${spills.padEnd(15)}`;
}
