import { formatBytes } from '../../../reports/model/format.ts';
import type { TriedCandidate } from '../reduce.ts';
import { padStart } from '../width.ts';
import { type Line, span } from './line.ts';

const MOST_SHOWN = 10;

/** The best of what a step has tried so far, as a table; what does not fit into `rows` is counted in the last line. */
export function candidateLines(tried: readonly TriedCandidate[], rows: number): Line[] {
  const sound = tried.filter(({ reason }) => reason === null).sort(byBytes);
  const shown = sound.slice(0, Math.max(0, Math.min(MOST_SHOWN, rows - 1)));
  if (shown.length === 0) return [];
  const rest = tried.length - shown.length;
  return [
    ...shown.map((candidate, i): Line => [span(`  ${candidateText(candidate)}`, i === 0 ? 'strong' : 'plain'), span(`  ${candidate.name}`, i === 0 ? 'accent' : 'dim')]),
    ...(rest > 0 ? [[span(`  ${rest} more tried`, 'dim')]] : []),
  ];
}

/** Fewest bytes first, then fewest spilled; of equals the one that was known first, as sorting keeps the order. */
export function byBytes(a: TriedCandidate, b: TriedCandidate): number {
  const figures = ({ bytes, spillBytes }: TriedCandidate): [number, number] => [bytes ?? Number.POSITIVE_INFINITY, spillBytes ?? Number.POSITIVE_INFINITY];
  const [left, right] = [figures(a), figures(b)];
  return left[0] - right[0] || left[1] - right[1];
}

/** `8.34 MB   1.07×  no spills`. */
export function candidateText({ bytes, spillBytes, limitBytes }: TriedCandidate): string {
  const times = bytes === null || limitBytes === null ? '' : `${(bytes / limitBytes).toFixed(2)}×`;
  const spills = spillBytes === 0 ? 'no spills' : spillBytes === null ? '' : `${formatBytes(spillBytes)} spilled`;
  return `${padStart(bytes === null ? '–' : formatBytes(bytes), 8)}  ${padStart(times, 7)}  ${spills.padEnd(15)}`;
}
