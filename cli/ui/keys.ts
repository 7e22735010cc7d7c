import type { Answer } from '../../models/contracts/events.ts';
import type { UiState } from './ui-state.ts';
import { devicesAtWork, knownDevices, type Pane, stepAtHand, type View } from './view.ts';

/** A key by its name: a letter, or `tab`, `shift-tab`, `up`, `down`, `page-up`, `page-down`, `home`, `end`, `escape`, `return`, `ctrl-c`. */
export type Key = string;

/** What a key asks of the run. */
export type Wish =
  | { readonly type: 'interrupt' }
  | { readonly type: 'skip'; readonly step: string }
  | { readonly type: 'retry'; readonly step: string }
  | { readonly type: 'answer'; readonly step: string; readonly answer: Answer }
  | { readonly type: 'stop-device'; readonly device: string };

export interface Pressed {
  readonly view: View;
  readonly wish: Wish | null;
}

const PAGE = 10;
const ANSWERS: Readonly<Record<string, Answer>> = { r: 'retry', s: 'skip', a: 'abort' };

/** What a key does: another view, a wish to the run, or nothing. Pure. */
export function press(view: View, state: UiState, key: Key): Pressed {
  if (key === 'ctrl-c') return { view, wish: { type: 'interrupt' } };
  const now: View = { ...view, remark: null };
  if (now.help) return { view: { ...now, help: false }, wish: null };
  if (now.confirm) return confirmed(now, state, key);
  const { question } = state;
  const answer = ANSWERS[key];
  if (question && answer && question.choices.includes(answer)) return { view: now, wish: { type: 'answer', step: question.step, answer } };
  switch (key) {
    case '?':
    case 'h':
      return { view: { ...now, help: true }, wish: null };
    case 'l':
      return { view: { ...now, log: !now.log, focus: now.log && now.focus === 'log' ? 'work' : now.focus, back: 0 }, wish: null };
    case 'f':
      return { view: { ...now, full: !now.full }, wish: null };
    case 'd':
      return { view: { ...now, device: nextDevice(state, now), back: 0 }, wish: null };
    case 'tab':
    case 'shift-tab':
      return { view: { ...now, focus: nextPane(now, key === 'tab' ? 1 : -1) }, wish: null };
    case 's':
      return askSkip(state, now);
    case 'r':
      return retry(state, now);
    case 'a':
      return { view: { ...now, confirm: { kind: 'stop', devices: devicesAtWork(state) } }, wish: null };
    default:
      return { view: moved(now, state, key), wish: null };
  }
}

function confirmed(view: View, state: UiState, key: Key): Pressed {
  const { confirm } = view;
  const rest: View = { ...view, confirm: null };
  if (confirm?.kind === 'skip') return { view: rest, wish: key === 'y' || key === 'return' ? { type: 'skip', step: confirm.step } : null };
  if (key === 'a') return { view: rest, wish: { type: 'interrupt' } };
  const device = confirm?.devices[Number(key) - 1];
  return { view: rest, wish: device !== undefined && devicesAtWork(state).includes(device) ? { type: 'stop-device', device } : null };
}

function askSkip(state: UiState, view: View): Pressed {
  const step = stepAtHand(state, view);
  const { status, leaving } = state.steps.find(({ id }) => id === step) ?? { status: null, leaving: null };
  if (step !== null && leaving === null && (status === 'running' || status === 'waiting')) return { view: { ...view, confirm: { kind: 'skip', step } }, wish: null };
  return { view: { ...view, remark: leaving === null ? 'Only a step that waits or works can be left out: Tab to the steps, then choose one.' : 'It is being left out already.' }, wish: null };
}

/** The step under the cursor, else the last that was left out. */
function retry(state: UiState, view: View): Pressed {
  const chosen = view.focus === 'steps' ? stepAtHand(state, view) : null;
  const step = state.steps.some(({ id, omittedBy }) => id === chosen && omittedBy !== null) ? chosen : lastLeftOut(state);
  if (step === null) return { view: { ...view, remark: 'No step was left out, so there is none to be done after all.' }, wish: null };
  return { view, wish: { type: 'retry', step } };
}

/** The last step that a person left out, and that is not at work again. */
export function lastLeftOut({ steps }: UiState): string | null {
  return steps.findLast(({ status, omittedBy }) => status === 'skipped' && omittedBy === 'user')?.id ?? null;
}

function nextPane({ focus, log }: View, by: 1 | -1): Pane {
  const panes: readonly Pane[] = ['work', 'steps', ...(log ? (['log'] as const) : [])];
  return panes[(panes.indexOf(focus) + by + panes.length) % panes.length] as Pane;
}

function nextDevice(state: UiState, { device }: View): string | null {
  const all: readonly (string | null)[] = [null, ...knownDevices(state)];
  return all[(all.indexOf(device) + 1) % all.length] ?? null;
}

const STEPS: Readonly<Record<string, number>> = { up: -1, k: -1, down: 1, j: 1, 'page-up': -PAGE, 'page-down': PAGE, home: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

function moved(view: View, state: UiState, key: Key): View {
  const by = STEPS[key];
  if (by === undefined) return view;
  if (view.focus === 'log' || (view.log && view.focus === 'work')) return { ...view, back: clamp(view.back - by, 0, Math.max(0, state.log.length - 1)) };
  if (state.steps.length === 0) return view;
  const at = state.steps.findIndex(({ id }) => id === stepAtHand(state, view));
  return { ...view, focus: 'steps', step: state.steps[clamp(at + by, 0, state.steps.length - 1)]?.id ?? null };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
