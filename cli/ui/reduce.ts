import type { DynoEvent, PlannedStep } from '../../models/contracts/events.ts';
import { logEntryOf } from './log-entry.ts';
import { withCandidate } from './reduce-candidates.ts';
import { withBlock, withHealth } from './reduce-measures.ts';
import { type DeviceState, KEPT, type LogEntry, type StepState, type UiState, type WarningGroup } from './ui-state.ts';

export { EMPTY_STATE, type UiState } from './ui-state.ts';

/** The state after an event. Pure; events of steps that were not planned add them. */
export function reduce(state: UiState, event: DynoEvent): UiState {
  const next = withLog({ ...state, at: event.at }, logEntryOf(state, event));
  switch (event.type) {
    case 'run-started':
      return { ...next, directory: event.directory, startedAt: event.at, steps: event.steps.map(waiting) };
    case 'step-started':
      return withStep(next, event.id, (step) => ({ ...waiting(step), status: 'running', startedAt: event.at }));
    case 'step-progress':
      return withStep(next, event.id, (step) => progressed(step, event));
    case 'step-finished':
      return withStep({ ...next, question: null }, event.id, () => ({ status: event.outcome, summary: event.summary, ms: event.ms, note: null, leaving: null, ...(event.outcome === 'skipped' ? {} : { omittedBy: null }) }));
    case 'step-skipped':
      return withStep(next, event.id, () => ({ leaving: event.reason, omittedBy: event.by }));
    case 'step-retried':
      return { ...next, question: null, steps: state.steps.map((step) => (step.id === event.id || event.again.includes(step.id) ? waiting(step) : step)) };
    case 'question':
      return withStep({ ...next, question: { step: event.id, message: event.message, hint: event.hint, choices: event.choices } }, event.id, ({ startedAt }) => ({
        status: 'failed', summary: event.message, ms: startedAt === null ? 0 : Date.parse(event.at) - Date.parse(startedAt),
      }));
    case 'block':
      return withHealth(withBlock(next, event), event.device, event.block.thermal);
    case 'device':
      return withHealth({ ...next, devices: withDevice(state.devices, { ...event.device, step: event.id, stopping: false }) }, event.device.device, event.device.health);
    case 'device-stopped':
      return { ...next, devices: state.devices.map((known) => (known.step === event.id && known.device === event.device ? { ...known, stopping: true } : known)) };
    case 'candidate':
      return withStep({ ...next, candidates: withCandidate(state.candidates, { ...event.candidate, step: event.id }) }, event.id, ({ tried }) => ({ tried: tried + 1 }));
    case 'warning':
      return withWarning(next, event.id, event);
    case 'log':
      return next;
    case 'run-finished':
      return { ...next, finished: { exitCode: event.exitCode, verdict: event.verdict } };
  }
}

/** Warnings of one code that a step shows. A busy machine disturbs block after block, all alike. */
const mostShown = (code: string): number => (code === 'block-disturbed' ? 1 : 3);

/** Whether the last warning is worth showing: of one code only the first few of a step are. */
export function isNewKind({ warned }: UiState): boolean {
  return warned !== null && warned.count <= mostShown(warned.code);
}

/** Warnings of a step that `isNewKind` held back. */
export function heldBack({ warnings }: UiState, step: string): number {
  return warnings.filter((group) => group.step === step).reduce((sum, { code, count }) => sum + Math.max(0, count - mostShown(code)), 0);
}

function waiting({ id, kind, title }: PlannedStep): StepState {
  return { id, kind, title, status: 'waiting', startedAt: null, done: 0, total: null, note: null, summary: '', ms: 0, first: null, advancedAt: null, leaving: null, omittedBy: null, tried: 0 };
}

function progressed({ first, done, advancedAt }: StepState, event: Extract<DynoEvent, { readonly type: 'step-progress' }>): Partial<StepState> {
  return {
    done: event.done, total: event.total, note: event.note, first: first ?? { at: event.at, done: event.done },
    advancedAt: advancedAt === null || event.done !== done ? event.at : advancedAt,
  };
}

function withStep(state: UiState, id: string, change: (step: StepState) => Partial<StepState>): UiState {
  const at = state.steps.findIndex((step) => step.id === id);
  const step = at < 0 ? waiting({ id, kind: id, title: id }) : (state.steps[at] as StepState);
  return { ...state, steps: at < 0 ? [...state.steps, { ...step, ...change(step) }] : state.steps.with(at, { ...step, ...change(step) }) };
}

function withDevice(devices: readonly DeviceState[], now: DeviceState): DeviceState[] {
  const at = devices.findIndex(({ step, device }) => step === now.step && device === now.device);
  if (at < 0) return [...devices, now];
  const resting = now.phase === 'done' || now.phase === 'lost' || now.phase === 'stopped';
  return devices.with(at, { ...now, stopping: !resting && (devices[at] as DeviceState).stopping });
}

function withWarning(state: UiState, step: string | null, { code, text, hint }: Pick<WarningGroup, 'code' | 'text' | 'hint'>): UiState {
  const known = state.warnings.find((group) => group.step === step && group.code === code);
  const warned: WarningGroup = { step, code, count: (known?.count ?? 0) + 1, text, hint };
  const warnings = known ? state.warnings.map((group) => (group === known ? warned : group)) : [...state.warnings.slice(-(KEPT.warnings - 1)), warned];
  return { ...state, warnings, warned };
}

function withLog(state: UiState, entry: LogEntry | null): UiState {
  if (entry === null) return state;
  const full = state.log.length >= KEPT.log;
  return { ...state, log: [...(full ? state.log.slice(1) : state.log), entry], logDropped: state.logDropped + (full ? 1 : 0) };
}
