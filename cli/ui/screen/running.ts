import { progressBar } from '../bars.ts';
import { formatDuration } from '../numbers.ts';
import type { StepState } from '../ui-state.ts';
import { type Line, span, spread } from './line.ts';
import { mark } from './mark.ts';
import type { Screen } from './screen-size.ts';

/** A step at work: how far it is, for how long already and about how long still, and below what it does. */
export function runningLines(step: StepState, { columns, now, frame }: Screen): Line[] {
  const title: Line = [mark(step, frame), span(` ${step.title}`, 'strong')];
  const rail: Line = step.total === null ? [] : [span(progressBar(step.done, step.total, columns >= 60 ? 16 : 8), 'accent'), span(` ${step.done}/${step.total} `, 'dim')];
  const left = millisecondsLeft(step, now);
  const times = `${seconds(elapsedOf(step, now))}${left === null ? '' : `, ~${seconds(left)} left`}`;
  const first = spread(title, [...rail, span(times, 'dim')], columns);
  const note = step.leaving === null ? step.note : `${step.leaving}; it comes to rest`;
  return note === null ? [first] : [first, [span(`  ${note}`, step.leaving === null ? 'dim' : 'warn')]];
}

/** Below this a guess would be worth nothing. */
const LEAST_MS = 3000;

/** How long a step will still take if it goes on as since its first progress; null where that cannot be told. */
export function millisecondsLeft({ total, done, first, advancedAt }: StepState, now: number): number | null {
  if (total === null || first === null || advancedAt === null || done <= first.done || done >= total) return null;
  const worked = Date.parse(advancedAt) - Date.parse(first.at);
  if (worked < LEAST_MS) return null;
  return Math.max(0, ((total - done) * worked) / (done - first.done) - Math.max(0, now - Date.parse(advancedAt)));
}

export function elapsedOf({ startedAt }: Pick<StepState, 'startedAt'>, now: number): number {
  return startedAt === null ? 0 : Math.max(0, now - Date.parse(startedAt));
}

/** Whole seconds: a clock that runs should not flicker. */
export function seconds(ms: number): string {
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s`;
  if (ms < 3_600_000) return formatDuration(ms);
  return `${Math.floor(ms / 3_600_000)} h ${String(Math.floor((ms % 3_600_000) / 60_000)).padStart(2, '0')} min`;
}
