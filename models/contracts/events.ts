import type { Block } from './records.ts';

export type StepOutcome = 'done' | 'cached' | 'failed' | 'interrupted' | 'skipped';

export interface PlannedStep {
  readonly id: string;
  /** `check`, `rewrite`, `quantize`, `bench`, `quality`, `report`, `gate`. */
  readonly kind: string;
  readonly title: string;
}

/** What a compiler said of one way to bring a model onto a chip. */
export interface CandidateLine {
  readonly name: string;
  /** Bytes that it moves, and of them spilled and filled; null where no graph came out. */
  readonly bytes: number | null;
  readonly spillBytes: number | null;
  /** Bytes that every way has to move at least. */
  readonly limitBytes: number | null;
  /** What is wrong with it; null where nothing is. */
  readonly reason: string | null;
}

/** How far one of several devices is. */
export interface DeviceProgress {
  /** Selector text. */
  readonly device: string;
  readonly label: string;
  readonly phase: 'opening' | 'measuring' | 'profiling' | 'done' | 'lost' | 'stopped';
  readonly done: number;
  readonly total: number | null;
  readonly note: string | null;
  /** Heat and charge as text; null where unknown. */
  readonly health: string | null;
}

/** What a person says to a step that failed. */
export type Answer = 'retry' | 'skip' | 'abort';

/** A line that a program said which works for a step: adb, Appium, Python, a vendor's tool. */
export interface LogLine {
  readonly source: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
  /** Selector text or serial of the phone that it is about; null where it is about none. */
  readonly device: string | null;
}

/** What the core says while it works. Every front end (Ink, lines, JSONL) is a pure consumer. */
export type DynoEvent =
  | { readonly type: 'run-started'; readonly at: string; readonly directory: string | null; readonly steps: readonly PlannedStep[] }
  | { readonly type: 'step-started'; readonly at: string; readonly id: string }
  | { readonly type: 'step-progress'; readonly at: string; readonly id: string; readonly done: number; readonly total: number | null; readonly note: string | null }
  | { readonly type: 'step-finished'; readonly at: string; readonly id: string; readonly outcome: StepOutcome; readonly summary: string; readonly ms: number }
  | { readonly type: 'block'; readonly at: string; readonly id: string; readonly device: string; readonly variant: string; readonly unit: string; readonly block: Block }
  | { readonly type: 'device'; readonly at: string; readonly id: string; readonly device: DeviceProgress }
  | { readonly type: 'candidate'; readonly at: string; readonly id: string; readonly candidate: CandidateLine }
  | { readonly type: 'warning'; readonly at: string; readonly id: string | null; readonly code: string; readonly text: string; readonly hint: string | null }
  | { readonly type: 'log'; readonly at: string; readonly id: string | null; readonly line: LogLine }
  /** A step failed and the run waits for an answer. */
  | { readonly type: 'question'; readonly at: string; readonly id: string; readonly message: string; readonly hint: string | null; readonly choices: readonly Answer[] }
  /** A person wants a step that failed or was left out done after all; with it the steps of `again`. */
  | { readonly type: 'step-retried'; readonly at: string; readonly id: string; readonly by: 'user'; readonly reason: string; readonly again: readonly string[] }
  /** A step is left out: a person said so, or what it needs was left out. `step-finished` follows when it has come to rest. */
  | { readonly type: 'step-skipped'; readonly at: string; readonly id: string; readonly by: 'user' | 'need'; readonly reason: string }
  /** A person took a device out of a step; the others go on. */
  | { readonly type: 'device-stopped'; readonly at: string; readonly id: string; readonly device: string; readonly by: 'user' }
  | { readonly type: 'run-finished'; readonly at: string; readonly exitCode: number; readonly verdict: string };

export type Emit = (event: DynoEvent) => void;
