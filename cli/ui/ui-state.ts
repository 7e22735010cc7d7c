import type { Answer, CandidateLine, DeviceProgress, LogLine, PlannedStep, StepOutcome } from '../../models/contracts/events.ts';

export interface StepState extends PlannedStep {
  readonly status: 'waiting' | 'running' | StepOutcome;
  readonly startedAt: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly note: string | null;
  readonly summary: string;
  readonly ms: number;
  /** Its first progress, which a resumed step does not begin from nothing. */
  readonly first: { readonly at: string; readonly done: number } | null;
  /** When `done` rose last. */
  readonly advancedAt: string | null;
  /** Why it is being left out; null where nobody asked for that. */
  readonly leaving: string | null;
  /** Who left it out: a person, or because something that it needs was; null where it was not, or where it cannot be done here. */
  readonly omittedBy: 'user' | 'need' | null;
  /** Ways that it has tried so far. */
  readonly tried: number;
}

/** Blocks of one variant on one unit of one device. */
export interface BlockSeries {
  readonly step: string;
  readonly device: string;
  readonly variant: string;
  readonly unit: string;
  /** Medians of the blocks in milliseconds, the last ones. */
  readonly medians: readonly number[];
}

/** The block that came last from a device. */
export interface LastBlock {
  readonly step: string;
  readonly device: string;
  readonly variant: string;
  readonly unit: string;
  /** Milliseconds in the order taken, the last ones of `count`. */
  readonly samples: readonly number[];
  readonly count: number;
}

/** Heat and charge of a device, the last readings. */
export interface HealthState {
  readonly device: string;
  readonly text: string;
  readonly celsius: readonly number[];
  readonly chargePercent: readonly number[];
}

/** One of several devices that a step uses at the same time. */
export interface DeviceState extends DeviceProgress {
  readonly step: string;
  /** A person takes it out, and it has not come to rest yet. */
  readonly stopping: boolean;
}

/** A way that a step has tried. */
export interface TriedCandidate extends CandidateLine {
  readonly step: string;
}

/** Warnings of one code in one step. */
export interface WarningGroup {
  readonly step: string | null;
  readonly code: string;
  readonly count: number;
  /** The last of them. */
  readonly text: string;
  readonly hint: string | null;
}

/** A line of the log: what a program said, or an event worth keeping. */
export interface LogEntry extends LogLine {
  readonly at: string;
}

export interface Question {
  readonly step: string;
  readonly message: string;
  readonly hint: string | null;
  readonly choices: readonly Answer[];
}

/** What a screen shows: everything a front end needs, and nothing it has to remember by itself. Bounded, however many events come. */
export interface UiState {
  readonly directory: string | null;
  readonly startedAt: string | null;
  /** Time of the last event. */
  readonly at: string | null;
  readonly steps: readonly StepState[];
  readonly series: readonly BlockSeries[];
  readonly lastBlocks: readonly LastBlock[];
  readonly devices: readonly DeviceState[];
  readonly health: readonly HealthState[];
  /** The best so far of each step, in the order in which they became known. */
  readonly candidates: readonly TriedCandidate[];
  readonly warnings: readonly WarningGroup[];
  /** The group of the last warning. */
  readonly warned: WarningGroup | null;
  readonly log: readonly LogEntry[];
  /** Lines that `log` no longer holds. */
  readonly logDropped: number;
  readonly question: Question | null;
  readonly finished: { readonly exitCode: number; readonly verdict: string } | null;
}

export const EMPTY_STATE: UiState = {
  directory: null, startedAt: null, at: null, steps: [], series: [], lastBlocks: [], devices: [], health: [], candidates: [], warnings: [], warned: null, log: [],
  logDropped: 0, question: null, finished: null,
};

/** The most that is kept of each. */
export const KEPT = { log: 1000, medians: 512, samples: 512, health: 120, candidates: 64, warnings: 200 } as const;
