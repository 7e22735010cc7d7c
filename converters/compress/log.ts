import type { CompressionStep } from './spec.ts';

/** What one step did to a model. Everything in it is computed from weights and graph, or from calibration inputs. */
export interface StepLog {
  readonly step: CompressionStep;
  /** What changed, by the name of the layer, weight or attention that it happened to. */
  readonly changes: readonly Change[];
  /** What was left as it is, and why. */
  readonly kept: readonly Kept[];
  /** Figures of the whole step, such as the largest rounding error. */
  readonly facts: Readonly<Record<string, number>>;
}

export interface Change {
  readonly where: string;
  /** Of how many things (weights, channels, heads) how many went or were converted. */
  readonly changed: number;
  readonly of: number;
  /** Which ones, where they are few and have numbers: channels, heads. */
  readonly which?: readonly number[];
}

export interface Kept {
  readonly where: string;
  readonly reason: string;
}

export interface CompressionLog {
  readonly steps: readonly StepLog[];
}
