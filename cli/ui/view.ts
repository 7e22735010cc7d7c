import type { UiState } from './ui-state.ts';

export type Pane = 'work' | 'steps' | 'log';

/** A question of the screen itself, before something is stopped. */
export type Confirm = { readonly kind: 'skip'; readonly step: string } | { readonly kind: 'stop'; readonly devices: readonly string[] };

/** What the person at the screen chose to see. */
export interface View {
  /** The whole terminal, or only the last lines of it. */
  readonly full: boolean;
  readonly focus: Pane;
  readonly log: boolean;
  readonly help: boolean;
  /** Step under the cursor; null follows the one at work. */
  readonly step: string | null;
  /** The log shows this device only. */
  readonly device: string | null;
  /** Lines that the log is scrolled back. */
  readonly back: number;
  readonly confirm: Confirm | null;
  /** What came of the last key; gone with the next one. */
  readonly remark: string | null;
}

export const FIRST_VIEW: View = { full: false, focus: 'work', log: false, help: false, step: null, device: null, back: 0, confirm: null, remark: null };

/** Step that keys are about: the one under the cursor, else the one that asks, works, or comes next. */
export function stepAtHand({ steps, question }: UiState, { focus, step }: View): string | null {
  if (focus === 'steps' && step !== null && steps.some(({ id }) => id === step)) return step;
  const found = steps.find(({ id }) => id === question?.step) ?? steps.find(({ status }) => status === 'running') ?? steps.find(({ status }) => status === 'waiting');
  return found?.id ?? null;
}

/** Devices that the running step uses and that can be taken out of it. */
export function devicesAtWork({ steps, devices }: UiState): string[] {
  const running = steps.filter(({ status }) => status === 'running').map(({ id }) => id);
  return devices.filter(({ step, phase, stopping }) => running.includes(step) && !stopping && ['opening', 'measuring', 'profiling'].includes(phase)).map(({ device }) => device);
}

/** Every device that the run or the log has named; what programs call by its serial alone is the device of that serial. */
export function knownDevices({ devices, log }: UiState): string[] {
  const named = devices.map(({ device }) => device);
  const others = log.flatMap(({ device }) => (device === null || named.some((name) => name.endsWith(`:${device}`)) ? [] : device));
  return [...new Set([...named, ...others])];
}
