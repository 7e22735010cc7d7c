import { currentRow, visibleRows } from '../rows/rows-of.ts';
import { isStop } from '../rows/row.ts';
import { whyNotRun } from '../rows/run-rows.ts';
import type { Action, LoadNews } from './actions.ts';
import { toggle, withModel } from './choose.ts';
import { isConfigured } from './choices.ts';
import { type AppState, type Loaded, STEPS, type ScreenId, type Step } from './state.ts';

/** The state after an action. Pure: what has to be done outside is a `request` in the state, what has to be looked up follows from it (`wanted`). */
export function reduce(state: AppState, action: Action): AppState {
  switch (action.type) {
    case 'resized':
      return { ...state, size: { columns: action.columns, rows: action.rows } };
    case 'load-started':
    case 'load-changed':
    case 'load-failed':
    case 'load-dropped':
      return withNews(state, action);
    case 'handled':
      return { ...state, request: null, quitting: false, ...(action.notice === undefined ? {} : { notice: action.notice }) };
    case 'saved':
      return { ...state, request: state.quitting ? 'quit' : null, dialog: null, savedTo: action.to, saveTarget: { name: action.to, exists: true }, notice: `Saved as ${action.to}.` };
    case 'model-added':
      return withModel({ ...state, request: null }, action.model);
    case 'ran':
      return onScreen({ ...state, request: null, outcome: action.outcome }, 'result');
  }
  const quiet = { ...state, notice: null };
  if (state.dialog) return inDialog(quiet, action);
  switch (action.type) {
    case 'help':
      return { ...quiet, helpOpen: !state.helpOpen };
    case 'back':
      return back(quiet);
    case 'moved':
      return moved(quiet, action.by);
    case 'toggled':
      return toggle(quiet, action.id);
    case 'entered':
      return entered(quiet, action.id);
    case 'expanded':
      return expanded(quiet, action.open);
    case 'next':
      return next(quiet);
    case 'went':
      return onScreen(quiet, action.to);
    case 'filter-begun':
      return { ...quiet, filtering: true };
    case 'filtered':
      return withFilter(quiet, action.text);
    case 'path-begun':
      return { ...quiet, path: '' };
    case 'path-given':
      return { ...quiet, path: action.text, request: 'add-model' };
    case 'typed':
    case 'erased':
    case 'typing-ended':
    case 'completed':
      return typing(quiet, action);
    case 'runs':
      return state.screen === 'runs' ? quiet : { ...onScreen(quiet, 'runs'), cameFrom: state.screen === 'past' || state.screen === 'comparison' ? state.cameFrom : state.screen, visit: state.visit + 1 };
    case 'compared':
      return state.marked.length === 2 ? onScreen(quiet, 'comparison') : { ...quiet, notice: 'Mark two runs with space, then compare them.' };
    case 'asked':
      return asked(quiet, action.for);
  }
}

/** Answers to questions that are not asked any more are dropped. */
function withNews(state: AppState, news: LoadNews): AppState {
  const before = state.loads[news.name];
  if (news.type !== 'load-started' && before?.key !== news.key) return state;
  const change = (load: Loaded<unknown> | null): AppState => ({ ...state, loads: { ...state.loads, [news.name]: load ?? undefined } });
  const old = before ?? { value: null, note: null, problem: null };
  switch (news.type) {
    case 'load-started':
      return change({ key: news.key, status: 'busy', value: old.value, note: null, problem: null });
    case 'load-changed':
      return change({ key: news.key, status: news.done ? 'ready' : 'busy', value: news.value ?? old.value, note: news.note === undefined ? old.note : news.note, problem: null });
    case 'load-failed':
      return change({ key: news.key, status: 'failed', value: old.value, note: null, problem: news.problem });
    case 'load-dropped':
      return change(null);
  }
}

function onScreen(state: AppState, screen: ScreenId): AppState {
  return { ...state, screen, filtering: false, detailsOpen: false, helpOpen: false, scroll: 0, path: null };
}

function back(state: AppState): AppState {
  if (state.helpOpen) return { ...state, helpOpen: false };
  if (state.detailsOpen) return { ...state, detailsOpen: false, scroll: 0 };
  if (state.filters[state.screen]) return withFilter(state, '');
  switch (state.screen) {
    case 'past':
    case 'comparison':
      return onScreen(state, 'runs');
    case 'runs':
      return onScreen(state, state.cameFrom ?? 'models');
    case 'result':
      return onScreen(state, 'run');
    default: {
      const at = STEPS.indexOf(state.screen);
      return at > 0 ? onScreen(state, STEPS[at - 1] as Step) : asked(state, 'quit');
    }
  }
}

/** The next step, where this one has what that one needs. */
function next(state: AppState): AppState {
  const at = STEPS.indexOf(state.screen as Step);
  if (at < 0 || at === STEPS.length - 1) return state;
  const missing = needed(state);
  return missing === null ? onScreen(state, STEPS[at + 1] as Step) : { ...state, notice: missing };
}

function needed({ screen, choices }: AppState): string | null {
  if (screen === 'models' && choices.models.length === 0) return 'Choose a model first.';
  if (screen === 'targets' && choices.targets.length === 0) return 'Choose a target first.';
  return screen === 'devices' && choices.devices.length === 0 ? 'Choose a device first.' : null;
}

/** Lines between the top and the bottom of a list, for moving by pages. */
const pageOf = ({ size: { rows } }: AppState): number => Math.max(1, rows - 8);

type Move = Extract<Action, { type: 'moved' }>['by'];

function moved(state: AppState, by: Move): AppState {
  if (state.detailsOpen || state.helpOpen || ['result', 'past', 'comparison'].includes(state.screen)) return scrolled(state, by);
  const { rows, cursor } = visibleRows(state);
  const stops = rows.flatMap((one, i) => (isStop(one) ? [i] : []));
  const at = Math.max(0, stops.indexOf(cursor));
  const target = stops[destination(by, at, stops, rows.map(({ kind }) => kind === 'heading'), pageOf(state))];
  if (target === undefined) return state;
  return { ...state, cursors: { ...state.cursors, [state.screen]: { id: rows[target]?.id ?? null, index: target } } };
}

/** A place among the stops. */
function destination(by: Move, at: number, stops: readonly number[], headings: readonly boolean[], page: number): number {
  const last = stops.length - 1;
  const clamp = (place: number): number => Math.max(0, Math.min(last, place));
  if (typeof by === 'number') return clamp(at + by);
  if (by === 'first') return 0;
  if (by === 'last') return last;
  if (by === 'page-up') return clamp(at - page);
  if (by === 'page-down') return clamp(at + page);
  const begins = stops.flatMap((row, place) => (place === 0 || headings.slice((stops[place - 1] as number) + 1, row).includes(true) ? [place] : []));
  return by === 'next-section' ? (begins.find((place) => place > at) ?? begins[0] ?? 0) : (begins.findLast((place) => place < at) ?? begins.at(-1) ?? 0);
}

/** How far a text may be scrolled is known where it is drawn, which shows its last lines for anything beyond. */
function scrolled(state: AppState, by: Move): AppState {
  const page = pageOf(state);
  const steps: Readonly<Record<string, number>> = { 'page-up': -page, 'page-down': page };
  if (by === 'first') return { ...state, scroll: 0 };
  if (by === 'last') return { ...state, scroll: Number.MAX_SAFE_INTEGER };
  return { ...state, scroll: Math.max(0, state.scroll + (typeof by === 'number' ? by : (steps[by] ?? 0))) };
}

/** Enter: on with it where rows are chosen, details where they have some. */
function entered(state: AppState, id: string | undefined): AppState {
  const row = id === undefined ? currentRow(state) : visibleRows(state).rows.find((one) => one.id === id);
  switch (state.screen) {
    case 'models':
    case 'targets':
    case 'devices':
      return next(state);
    case 'findings':
    case 'rewrites':
      return row ? { ...state, detailsOpen: !state.detailsOpen, scroll: 0 } : state;
    case 'run':
      return row ? decided(state, row.value as Step | 'start' | 'save' | 'finish', row.blocked) : state;
    case 'runs':
      if (row?.blocked) return { ...state, notice: row.blocked };
      return row ? { ...onScreen(state, 'past'), past: row.id } : state;
    case 'past':
    case 'comparison':
      return onScreen(state, 'runs');
    case 'result':
      return asked(state, 'open-report');
  }
}

function decided(state: AppState, what: Step | 'start' | 'save' | 'finish', blocked: string | null): AppState {
  if (blocked !== null) return { ...state, notice: blocked };
  if (what === 'start') return { ...state, request: 'run' };
  if (what === 'save') return asked(state, 'save');
  return what === 'finish' ? asked(state, 'quit') : onScreen(state, what);
}

function expanded(state: AppState, open: boolean): AppState {
  const row = currentRow(state);
  if (row?.expanded === null || !row) return state;
  const ids = new Set(state.expanded);
  if (open) ids.add(row.id);
  else ids.delete(row.id);
  return { ...state, expanded: ids };
}

function withFilter(state: AppState, text: string): AppState {
  return { ...state, filters: { ...state.filters, [state.screen]: text }, cursors: { ...state.cursors, [state.screen]: { id: null, index: 0 } } };
}

function typing(state: AppState, action: Extract<Action, { type: 'typed' | 'erased' | 'typing-ended' | 'completed' }>): AppState {
  const filter = state.filters[state.screen] ?? '';
  if (state.path === null) {
    if (action.type === 'typed') return withFilter(state, filter + action.text);
    if (action.type === 'erased') return filter === '' ? { ...state, filtering: false } : withFilter(state, [...filter].slice(0, -1).join(''));
    if (action.type === 'typing-ended') return { ...(action.keep ? state : withFilter(state, '')), filtering: false };
    return state;
  }
  if (action.type === 'typed') return { ...state, path: state.path + action.text };
  if (action.type === 'erased') return { ...state, path: [...state.path].slice(0, -1).join('') };
  if (action.type === 'completed') return { ...state, path: commonStart(state.loads.completion?.value ?? []) ?? state.path };
  return action.keep && state.path.trim() !== '' ? { ...state, request: 'add-model' } : { ...state, path: null };
}

/** What all candidates begin with; null where there is none. */
function commonStart([first, ...others]: readonly string[]): string | null {
  if (first === undefined) return null;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}

/** Choices that would be lost are asked about before the app ends. */
function asked(state: AppState, what: NonNullable<AppState['request']>): AppState {
  if (what === 'quit') return state.savedTo === null && whyNotRun(state) === null && !isConfigured(state) ? { ...state, dialog: { kind: 'quit', cursor: 0 } } : { ...state, request: 'quit' };
  if (what === 'save' && state.saveTarget.exists) return { ...state, dialog: { kind: 'replace', cursor: 0 } };
  return { ...state, request: what };
}

/** Answers of each dialog, the first is what enter gives at once. */
export const ANSWERS = {
  quit: ['Save and finish', 'Finish without saving', 'Stay'],
  replace: ['Change it', 'Leave it as it is'],
} as const;

function inDialog(state: AppState, action: Action): AppState {
  const dialog = state.dialog as NonNullable<AppState['dialog']>;
  const answers: readonly string[] = ANSWERS[dialog.kind];
  if (action.type === 'moved' && typeof action.by === 'number') {
    const cursor = Math.max(0, Math.min(answers.length - 1, dialog.cursor + action.by));
    return { ...state, dialog: { ...dialog, cursor } };
  }
  if (action.type === 'back') return { ...state, dialog: null };
  if (action.type !== 'entered') return state;
  const answer = action.id ?? answers[dialog.cursor];
  const closed = { ...state, dialog: null };
  switch (answer) {
    case 'Save and finish':
      return { ...closed, request: 'save', quitting: true };
    case 'Finish without saving':
      return { ...closed, request: 'quit' };
    case 'Change it':
      return { ...closed, request: 'save' };
    default:
      return closed;
  }
}
