import { progressBar } from '../bars.ts';
import { formatDuration, plural } from '../numbers.ts';
import type { StepState, UiState, Warning } from '../reduce.ts';
import { wrapText } from '../width.ts';
import { candidateLines } from './candidates.ts';
import { chartLines } from './chart.ts';
import { deviceLines } from './devices.ts';
import { fitLine, type Line, lineWidth, type Span, span, spread } from './line.ts';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FEWEST_ROWS = 4;

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since the epoch, and a counter that turns the spinner. */
  readonly now: number;
  readonly frame: number;
  /** Somebody pressed Ctrl-C and the work is coming to rest. */
  readonly stopping: boolean;
}

/** The live part of the screen: never as high as the terminal, because then a redraw would erase what scrolled away above it. */
export function liveLines(state: UiState, screen: Screen): Line[] {
  if (state.finished) return [];
  const height = Math.max(FEWEST_ROWS, screen.rows - 1);
  const running = state.steps.filter(({ status }) => status === 'running');
  const waiting = state.steps.filter(({ status }) => status === 'waiting');
  const footer: Line[] = [[span('')], footerLine(state, screen)];
  const active = running.flatMap((step) => runningLines(step, screen)).slice(0, height - footer.length);
  const series = state.series.filter(({ step }) => running.some(({ id }) => id === step));
  const ahead = waitingLines(waiting, Math.min(series.length > 0 ? 1 : 4, height - footer.length - active.length));
  const devices = state.devices.filter(({ step }) => running.some(({ id }) => id === step));
  const room = height - footer.length - active.length - ahead.length;
  const chart = devices.length > 1 ? deviceLines(devices, series, screen.columns, room) : chartLines(series, screen.columns, room);
  const tried = state.candidates.filter(({ step }) => running.some(({ id }) => id === step));
  const table = candidateLines(tried, height - footer.length - active.length - chart.length - ahead.length);
  return [...active, ...chart, ...table, ...ahead, ...footer].map((line) => fitLine(line, screen.columns));
}

/** A finished step as it stays in the scrollback: in one line where its summary fits, else with the summary below. */
export function finishedLines(step: StepState, columns: number): Line[] {
  const { status, title, summary, ms } = step;
  const took: Line = [span(status === 'cached' ? 'from last time' : formatDuration(ms), 'dim')];
  const tone = status === 'failed' ? 'bad' : status === 'interrupted' ? 'warn' : 'dim';
  const said = status === 'interrupted' ? 'interrupted' : summary;
  const head: Line = [mark(status), span(` ${title}`)];
  const whole: Line = said === '' ? head : [...head, span('  '), span(said, tone)];
  if (lineWidth(whole) + 2 + lineWidth(took) <= columns) return [spread(whole, took, columns)];
  return [
    spread(head, took, columns),
    ...wrapText(said, Math.max(20, columns - 2)).map((part) => fitLine([span(`  ${part}`, tone)], columns)),
  ];
}

export function warningLines({ text, hint }: Pick<Warning, 'text' | 'hint'>, columns: number): Line[] {
  const body = wrapText(text, Math.max(20, columns - 4)).map((part, i) => [span(i === 0 ? '! ' : '  ', 'warn'), span(part, 'warn')]);
  const help =
    hint === null
      ? []
      : wrapText(hint, Math.max(20, columns - 6)).map((part, i) => [span(i === 0 ? '  → ' : '    ', 'dim'), span(part, 'dim')]);
  return [...body, ...help];
}

export function headerLines(state: UiState, title: string, columns: number): Line[] {
  return [
    [span('dyno', 'accent'), span(`  ${title}`, 'strong')],
    ...(state.directory === null ? [] : [[span(`      ${state.directory}`, 'dim')]]),
    [span('')],
  ].map((line) => fitLine(line, columns));
}

function runningLines(step: StepState, { columns, now, frame }: Screen): Line[] {
  const elapsed = step.startedAt === null ? 0 : Math.max(0, now - Date.parse(step.startedAt));
  const title: Line = [span(SPINNER[frame % SPINNER.length] as string, 'accent'), span(` ${step.title}`, 'strong')];
  const counted = step.total === null ? '' : `${step.done}/${step.total} `;
  const rail: Line = step.total === null ? [] : [span(progressBar(step.done, step.total, 16), 'accent'), span(` ${counted}`, 'dim')];
  const first = spread(title, [...rail, span(seconds(elapsed), 'dim')], columns);
  return step.note === null ? [first] : [first, [span(`  ${step.note}`, 'dim')]];
}

function waitingLines(steps: readonly StepState[], room: number): Line[] {
  if (room <= 0 || steps.length === 0) return [];
  if (steps.length <= room) return steps.map(({ title }) => [span(`· ${title}`, 'dim')]);
  const shown = steps.slice(0, room - 1).map(({ title }): Line => [span(`· ${title}`, 'dim')]);
  return [...shown, [span(`· ${plural(steps.length - shown.length, shown.length > 0 ? 'more step' : 'step')} to come`, 'dim')]];
}

function footerLine(state: UiState, { now, stopping, columns }: Screen): Line {
  if (stopping) return [span('Stopping at the next safe place; Ctrl-C again ends it at once.', 'warn')];
  const done = state.steps.filter(({ status }) => status !== 'waiting' && status !== 'running').length;
  const elapsed = state.startedAt === null ? 0 : Math.max(0, now - Date.parse(state.startedAt));
  const hint = state.directory === null ? 'Ctrl-C stops' : 'Ctrl-C stops, --resume goes on';
  return spread([span(`${done} of ${plural(state.steps.length, 'step')}, ${seconds(elapsed)}`, 'dim')], [span(hint, 'dim')], columns);
}

function mark(status: StepState['status']): Span {
  if (status === 'failed') return span('✗', 'bad');
  if (status === 'interrupted') return span('■', 'warn');
  if (status === 'skipped') return span('–', 'dim');
  return span(status === 'cached' ? '↺' : '✓', 'good');
}

/** Whole seconds: a clock that runs should not flicker. */
function seconds(ms: number): string {
  return ms < 60_000 ? `${Math.floor(ms / 1000)} s` : formatDuration(ms);
}
