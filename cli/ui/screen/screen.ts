import { plural } from '../numbers.ts';
import type { UiState } from '../ui-state.ts';
import { FIRST_VIEW, stepAtHand, type View } from '../view.ts';
import { helpLines } from './help.ts';
import { fitLine, type Line, lineWidth, span, spread } from './line.ts';
import { logPane } from './log-pane.ts';
import { promptLines } from './prompts.ts';
import { seconds } from './running.ts';
import type { Screen } from './screen-size.ts';
import { stepList } from './step-list.ts';
import { workPane } from './work-pane.ts';

export type { Screen } from './screen-size.ts';

const FEWEST_ROWS = 4;
/** Drawn in place: a terminal that becomes narrower breaks the lines of a frame, and what leaves it at the top can never be erased again. */
const MOST_IN_PLACE = { rows: 16, share: 0.6, least: 8 };
/** From this size on steps and work stand side by side. */
const WIDE = { columns: 110, rows: 18 };
const BETWEEN = '  ';

/**
 * The live part of the screen: never as high as the terminal, because then a redraw would erase what scrolled away above it. The whole
 * terminal has a heading, and its footer at the bottom; drawn in place the lines take only the room that they need.
 */
export function liveLines(state: UiState, screen: Screen, view: View = FIRST_VIEW, title = ''): Line[] {
  if (state.finished) return [];
  const { columns } = screen;
  const height = Math.max(FEWEST_ROWS, Math.min(screen.rows - 1, view.full ? screen.rows : inPlaceRows(screen.rows)));
  const heading = view.full && height >= 10 ? headingLines(state, title, screen, height) : [];
  const prompt = promptLines(state, view, columns).slice(0, Math.max(1, height - 3));
  const footer = [...(height >= 8 && prompt.length === 0 ? [[span('')]] : []), ...prompt, footerLine(state, screen, view)];
  const room = height - heading.length - footer.length;
  const help = view.help ? helpLines(columns, room) : [];
  const log = view.log && help.length === 0 ? logPane(state, view, columns, logRows(view, room)) : [];
  const body = help.length > 0 ? help : bodyLines(state, screen, view, room - log.length);
  const padding = view.full ? Array.from({ length: Math.max(0, room - log.length - body.length) }, (): Line => [span('')]) : [];
  return [...heading, ...body, ...padding, ...log, ...footer].slice(-height).map((line) => fitLine(line, columns));
}

function inPlaceRows(rows: number): number {
  return Math.min(MOST_IN_PLACE.rows, Math.max(MOST_IN_PLACE.least, Math.floor(rows * MOST_IN_PLACE.share)));
}

/** A log in focus takes most of a low terminal, else a third or so. */
function logRows({ focus }: View, room: number): number {
  return focus === 'log' && room < 24 ? Math.max(0, room - 2) : Math.min(Math.max(4, Math.floor(room * (focus === 'log' ? 0.6 : 0.35))), Math.max(0, room - 2));
}

function bodyLines(state: UiState, screen: Screen, view: View, rows: number): Line[] {
  const atHand = stepAtHand(state, view);
  const inFocus = view.focus === 'steps';
  if (view.full && screen.columns >= WIDE.columns && rows >= WIDE.rows) {
    const left = Math.min(64, Math.floor(screen.columns * 0.36));
    const right = screen.columns - left - BETWEEN.length;
    return beside(stepList(state.steps, atHand, inFocus, left, rows, screen), workPane(state, { ...screen, columns: right }, rows), left);
  }
  if (inFocus) return stepList(state.steps, atHand, true, screen.columns, rows, screen);
  return view.full ? stacked(state, screen, rows) : inPlace(state, screen, rows);
}

/** The work first; of the steps those around it as far as there is room. */
function stacked(state: UiState, screen: Screen, rows: number): Line[] {
  const fewest = Math.min(state.steps.length, rows >= 16 ? 4 : rows >= 11 ? 2 : 0);
  const work = workPane(state, screen, rows - (fewest > 0 ? fewest + 1 : 0));
  const room = rows - work.length - 1;
  const list = stepList(state.steps, stepAtHand(state, FIRST_VIEW), false, screen.columns, Math.max(0, room), screen);
  return [...list, ...(list.length > 0 && work.length > 0 ? [[span('')]] : []), ...work];
}

/** What is done stands above already. */
function inPlace(state: UiState, screen: Screen, rows: number): Line[] {
  const waiting = state.steps.filter(({ status }) => status === 'waiting');
  const ahead = waitingLines(waiting.map(({ title }) => title), Math.min(state.series.length > 0 ? 1 : 4, rows - 1));
  return [...workPane(state, screen, rows - ahead.length), ...ahead];
}

function waitingLines(titles: readonly string[], room: number): Line[] {
  if (room <= 0 || titles.length === 0) return [];
  const fitting = titles.length <= room ? titles : titles.slice(0, room - 1);
  const rest = titles.length - fitting.length;
  return [...fitting.map((title): Line => [span(`· ${title}`, 'dim')]), ...(rest > 0 ? [[span(`· ${plural(rest, fitting.length > 0 ? 'more step' : 'step')} to come`, 'dim')]] : [])];
}

function headingLines({ directory }: UiState, title: string, { columns }: Screen, height: number): Line[] {
  const place = directory === null ? [] : [span(directory, 'dim')];
  const first: Line = [span('dyno', 'accent'), span(`  ${title}`, 'strong')];
  return [spread(first, columns >= 120 ? place : [], columns), ...(height >= 20 ? [[span('')]] : [])];
}

function footerLine(state: UiState, { now, stopping, columns }: Screen, { help, log }: View): Line {
  if (stopping) return [span('Stopping at the next safe place; Ctrl-C again ends it at once.', 'warn')];
  const done = state.steps.filter(({ id, status }) => status !== 'waiting' && status !== 'running' && id !== state.question?.step).length;
  const elapsed = state.startedAt === null ? 0 : Math.max(0, now - Date.parse(state.startedAt));
  const warnings = state.warnings.reduce((sum, { count }) => sum + count, 0);
  const counted = `${done} of ${plural(state.steps.length, 'step')}, ${seconds(elapsed)}`;
  const left: Line = [span(counted, 'dim'), span(warnings > 0 && columns >= 60 ? `  ! ${plural(warnings, 'warning')}` : '', 'warn')];
  const hints = help ? ['any key closes this'] : [
    `Tab parts  s skip  r retry  a stop  l ${log ? 'hide log' : 'log'}  ? help  Ctrl-C stops, --resume goes on`, 's skip  a stop  l log  ? help  Ctrl-C stops', '? help  Ctrl-C stops', '? help',
  ];
  const hint = hints.find((text) => text.length + lineWidth(left) + 2 <= columns);
  return hint === undefined ? left : spread(left, [span(hint, 'dim')], columns);
}

function beside(left: readonly Line[], right: readonly Line[], width: number): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row): Line => {
    const first = left[row] ?? [];
    const second = right[row] ?? [];
    return second.length === 0 ? first : [...first, span(' '.repeat(width - lineWidth(first)) + BETWEEN), ...second];
  });
}
