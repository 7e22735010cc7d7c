import type { CandidateLine, DeviceProgress, DynoEvent, PlannedStep, StepOutcome } from '../../models/contracts/events.ts';

export interface StepState extends PlannedStep {
  readonly status: 'waiting' | 'running' | StepOutcome;
  readonly startedAt: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly note: string | null;
  readonly summary: string;
  readonly ms: number;
}

/** Blocks of one variant on one unit of one device, as medians in milliseconds. */
export interface BlockSeries {
  readonly step: string;
  readonly device: string;
  readonly variant: string;
  readonly unit: string;
  readonly medians: readonly number[];
}

/** One of several devices that a step uses at the same time. */
export interface DeviceState extends DeviceProgress {
  readonly step: string;
}

/** A way that a step has tried. */
export interface TriedCandidate extends CandidateLine {
  readonly step: string;
}

export interface Warning {
  readonly step: string | null;
  readonly code: string;
  readonly text: string;
  readonly hint: string | null;
}

/** What a screen shows: everything a front end needs, and nothing it has to remember by itself. */
export interface UiState {
  readonly directory: string | null;
  readonly startedAt: string | null;
  /** Time of the last event. */
  readonly at: string | null;
  readonly steps: readonly StepState[];
  readonly series: readonly BlockSeries[];
  readonly devices: readonly DeviceState[];
  /** In the order in which they became known. */
  readonly candidates: readonly TriedCandidate[];
  readonly warnings: readonly Warning[];
  readonly finished: { readonly exitCode: number; readonly verdict: string } | null;
}

export const EMPTY_STATE: UiState = { directory: null, startedAt: null, at: null, steps: [], series: [], devices: [], candidates: [], warnings: [], finished: null };

/** The state after an event. Pure; events of steps that were not planned add them. */
export function reduce(state: UiState, event: DynoEvent): UiState {
  const next = { ...state, at: event.at };
  switch (event.type) {
    case 'run-started':
      return { ...next, directory: event.directory, startedAt: event.at, steps: event.steps.map(waiting) };
    case 'step-started':
      return withStep(next, event.id, { status: 'running', startedAt: event.at });
    case 'step-progress':
      return withStep(next, event.id, { done: event.done, total: event.total, note: event.note });
    case 'step-finished':
      return withStep(next, event.id, { status: event.outcome, summary: event.summary, ms: event.ms, note: null });
    case 'block':
      return { ...next, series: withBlock(state.series, { step: event.id, device: event.device, variant: event.variant, unit: event.unit }, median(event.block.samples)) };
    case 'device':
      return { ...next, devices: withDevice(state.devices, { ...event.device, step: event.id }) };
    case 'candidate':
      return { ...next, candidates: [...state.candidates, { ...event.candidate, step: event.id }] };
    case 'warning':
      return { ...next, warnings: [...state.warnings, { step: event.id, code: event.code, text: event.text, hint: event.hint }] };
    case 'run-finished':
      return { ...next, finished: { exitCode: event.exitCode, verdict: event.verdict } };
  }
}

/** Warnings of one code that a step shows. A busy machine disturbs block after block, all alike. */
const mostShown = (code: string): number => (code === 'block-disturbed' ? 1 : 3);

/** Whether the last warning is worth showing: of one code only the first few of a step are. */
export function isNewKind(state: UiState): boolean {
  const last = state.warnings.at(-1);
  return last !== undefined && state.warnings.filter(({ step, code }) => step === last.step && code === last.code).length <= mostShown(last.code);
}

/** Warnings of a step that `isNewKind` held back. */
export function heldBack(state: UiState, step: string): number {
  const codes = new Map<string, number>();
  for (const warning of state.warnings) if (warning.step === step) codes.set(warning.code, (codes.get(warning.code) ?? 0) + 1);
  return [...codes].reduce((sum, [code, count]) => sum + Math.max(0, count - mostShown(code)), 0);
}

function waiting(step: PlannedStep): StepState {
  return { ...step, status: 'waiting', startedAt: null, done: 0, total: null, note: null, summary: '', ms: 0 };
}

function withStep(state: UiState, id: string, change: Partial<StepState>): UiState {
  const known = state.steps.some((step) => step.id === id);
  const steps = known ? state.steps : [...state.steps, waiting({ id, kind: id, title: id })];
  return { ...state, steps: steps.map((step) => (step.id === id ? { ...step, ...change } : step)) };
}

function withDevice(devices: readonly DeviceState[], now: DeviceState): DeviceState[] {
  const here = ({ step, device }: DeviceState): boolean => step === now.step && device === now.device;
  return devices.some(here) ? devices.map((known) => (here(known) ? now : known)) : [...devices, now];
}

function withBlock(series: readonly BlockSeries[], where: Omit<BlockSeries, 'medians'>, ms: number): BlockSeries[] {
  const here = (s: BlockSeries): boolean => s.step === where.step && s.device === where.device && s.variant === where.variant && s.unit === where.unit;
  if (!series.some(here)) return [...series, { ...where, medians: [ms] }];
  return series.map((s) => (here(s) ? { ...s, medians: [...s.medians, ms] } : s));
}

/** Middle of the samples; the mean of the middle two where their number is even, NaN where there are none. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}
