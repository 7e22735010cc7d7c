import type { RewriteLog } from '../../../models/contracts/records.ts';
import type { CheckOutcome } from '../../work/check-model.ts';

/** Why something cannot be had, and what to do about it. */
export interface Problem {
  readonly message: string;
  readonly nextSteps: readonly string[];
}

/** A model that may be chosen. */
export interface FoundModel {
  /** As it is typed on a command line: a name of the config, a path, or `zoo:NAME-xSCALE` for a network that is written when it is needed. */
  readonly id: string;
  readonly path: string;
  readonly kind: 'onnx' | 'package' | 'network';
  readonly origin: 'config' | 'here' | 'recent' | 'bundled' | 'zoo' | 'typed';
  /** Null where nobody counted. */
  readonly bytes: number | null;
  /** Milliseconds since the epoch; null where the file is yet to be written. */
  readonly modified: number | null;
  readonly note: string | null;
}

export interface FoundPictures {
  readonly path: string;
  /** As a person here would type it. */
  readonly shown: string;
  readonly count: number;
  readonly note: string | null;
}

/** What lies here and below, in the config, in past runs and in this package. */
export interface FoundFiles {
  readonly models: readonly FoundModel[];
  readonly pictures: readonly FoundPictures[];
  /** The search stopped early: there is more than it looked at. */
  readonly truncated: boolean;
}

/** Something that measures, or why it cannot. */
export interface FoundDevice {
  readonly selector: string;
  readonly label: string;
  readonly group: 'here' | 'attached' | 'farms' | 'virtual';
  readonly units: readonly string[];
  readonly detail: readonly string[];
  /** Null where it can be used. */
  readonly blocked: Problem | null;
}

/** A check of one model for one target: rules at first, then the compiler's word where there is one. */
export interface CheckedModel {
  readonly model: string;
  readonly target: string;
  readonly outcome: CheckOutcome | null;
  readonly problem: Problem | null;
  /** The compiler is still at it. */
  readonly compiling: boolean;
}

/** What the recipe would do to one model for one target. */
export interface PreviewedModel {
  readonly model: string;
  readonly target: string;
  readonly log: RewriteLog | null;
  readonly notes: readonly string[];
  readonly problem: Problem | null;
}

export interface PastRun {
  readonly id: string;
  readonly startedAt: string;
  readonly models: readonly string[];
  readonly targets: readonly string[];
  /** Null where the run did not finish. */
  readonly verdict: { readonly status: string; readonly sentence: string; readonly exitCode: number } | null;
}
