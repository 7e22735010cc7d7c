import { formatDuration, plural } from '../numbers.ts';
import type { StepState } from '../ui-state.ts';
import { fitLine, type Line, span, spread } from './line.ts';
import { mark } from './mark.ts';
import { elapsedOf, seconds } from './running.ts';
import type { Screen } from './screen-size.ts';

/** All steps with their states and times, as many as fit around the one at hand; what does not fit is counted at its end. */
export function stepList(steps: readonly StepState[], atHand: string | null, cursor: boolean, columns: number, rows: number, { now, frame }: Screen): Line[] {
  if (rows <= 0 || steps.length === 0) return [];
  const at = Math.max(0, steps.findIndex(({ id }) => id === atHand));
  const [from, to] = window(steps.length, at, rows);
  const shown = steps.slice(from, to).map((step): Line => {
    const chosen = cursor && step.id === atHand;
    const title = span(` ${step.title}`, chosen || step.status === 'running' ? 'strong' : step.status === 'waiting' || step.status === 'skipped' ? 'dim' : 'plain');
    return spread([span(cursor ? (chosen ? '›' : ' ') : '', 'accent'), mark(step, frame), title], [span(timeOf(step, now), 'dim')], columns);
  });
  const more = (count: number, where: string): Line[] => (count > 0 ? [[span(`  … ${plural(count, 'step')} ${where}`, 'dim')]] : []);
  return [...more(from, 'above'), ...shown, ...more(steps.length - to, 'to come')].map((line) => fitLine(line, columns));
}

/** First and end of the part of a list that fits into `rows`, its own counting lines included, with `at` in it. */
function window(count: number, at: number, rows: number): [from: number, to: number] {
  if (count <= rows) return [0, count];
  if (rows < 3) return [at, at + 1];
  const size = Math.max(1, rows - 2);
  const from = Math.min(Math.max(0, at - Math.floor(size / 2)), count - size);
  if (from <= 1) return [0, rows - 1];
  return from >= count - size - 1 ? [count - rows + 1, count] : [from, from + size];
}

function timeOf(step: StepState, now: number): string {
  switch (step.status) {
    case 'waiting': return '';
    case 'running': return seconds(elapsedOf(step, now));
    case 'cached': return 'from last time';
    case 'skipped': return 'left out';
    case 'failed': return `failed, ${formatDuration(step.ms)}`;
    case 'interrupted': return 'interrupted';
    case 'done': return formatDuration(step.ms);
  }
}
