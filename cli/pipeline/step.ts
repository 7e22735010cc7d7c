import type { Emit } from '../../models/contracts/events.ts';
import type { ArtifactStore } from './artifacts.ts';

/** Anything that JSON holds. */
export type Json = unknown;

/** One step of a run as a value: what it needs, what its result depends on, and how it is had. */
export interface Step {
  readonly id: string;
  /** `inspect`, `check`, `rewrite`, `quantize`, `compile`, `convert`, `bench`, `quality`, `gate`, `report`. */
  readonly kind: string;
  readonly title: string;
  /** Ids of earlier steps whose outputs go in. */
  readonly needs: readonly string[];
  /** Those of `needs` that it can do without: where one is left out, the step is not. */
  readonly mayLack?: readonly string[];
  /** Nobody may leave it out: without it the run has no result. */
  readonly essential?: true;
  /**
   * Everything else that the result depends on: settings, content hashes of files, versions. Two runs with equal keys and equal outputs of
   * `needs` have equal results, so the second is spared.
   */
  readonly key: Json;
  run(context: StepContext): Promise<StepResult>;
}

export interface StepResult {
  /** JSON that later steps and a resumed run read. */
  readonly output: Json;
  /** A sentence for the log. */
  readonly summary: string;
  /** `skipped` where something that the step needs is not installed here; `done` unless told. */
  readonly outcome?: 'done' | 'skipped';
  /** A person cut it short: it counts for this run, and one that is resumed does the rest. */
  readonly partial?: true;
}

/** A step that was left out, or a device that was taken out of one. */
export interface Omission {
  readonly step: string;
  readonly kind: string;
  readonly title: string;
  readonly device: string | null;
  /** `need`: because something that it needs was left out. */
  readonly by: 'user' | 'need';
  readonly reason: string;
}

export interface StepContext {
  readonly id: string;
  /** Output of a step in `needs`. The caller knows its type. */
  input<T>(id: string): T;
  /** Outputs of those of `ids` that were not left out, in order. */
  inputs<T>(ids: readonly string[]): T[];
  /** What was left out of the run so far. */
  omissions(): readonly Omission[];
  /** Aborts when a person takes a device out of this step. */
  stopOf(device: string): AbortSignal;
  /** Files that the run keeps. */
  readonly artifacts: ArtifactStore;
  /** Folder of this step and key: what is in it when a killed run is resumed was written for the same inputs. */
  readonly scratch: string;
  readonly emit: Emit;
  progress(note: string | null, done?: number, total?: number | null): void;
  warn(code: string, text: string, hint?: string | null): void;
  readonly signal: AbortSignal;
}
