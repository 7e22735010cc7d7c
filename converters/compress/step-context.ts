import { UserError } from '../../models/contracts/index.ts';
import type { Model } from '../../models/graph/index.ts';
import type { CompressionCalibration } from './calibration.ts';

export interface CompressionOptions {
  /** Without it importance is judged by weights alone, and nothing can be compensated. */
  readonly calibration?: CompressionCalibration;
  /** What may change, by the names that logs give it (`Change.where`); all unless told. */
  readonly only?: ReadonlySet<string>;
  readonly progress?: (note: string) => void;
  readonly signal?: AbortSignal;
}

/** What a step gets: a model of its own, which it edits, with shapes inferred. */
export interface StepContext extends CompressionOptions {
  readonly model: Model;
}

export function mayChange({ only }: CompressionOptions, where: string): boolean {
  return only === undefined || only.has(where);
}

/** Throws UserError where a step that refits layers has nothing to refit them to. */
export function requireCalibration({ calibration }: CompressionOptions): void {
  if (!calibration) throw new UserError('Compensating for what is removed needs calibration inputs.', ['Give pictures with --data DIR, or leave ":compensated" out.']);
}
