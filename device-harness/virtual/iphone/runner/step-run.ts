import type { HostExecutor } from '../../../../models/run/index.ts';
import type { BatchSpec, Phase, RunnerModel, Step, StepResult } from '../../../runner/index.ts';
import { type IphoneState, readState } from '../iphone-state.ts';
import type { Blobs } from './blobs.ts';
import type { RunnerStart } from './start.ts';
import type { StatusFile } from './status-file.ts';

/** One step at work, and what it may use. */
export interface StepRun<S extends Step = Step> {
  readonly start: RunnerStart;
  readonly spec: BatchSpec;
  readonly step: S;
  readonly model: RunnerModel;
  readonly attempt: number;
  readonly startedAt: string;
  readonly waited: { readonly cooled: boolean; readonly waitedMs: number };
  readonly blobs: Blobs;
  /** What computes in this launch. */
  readonly host: HostExecutor;
  readonly status: StatusFile;
}

/** Footprint that an app has before it loads anything. */
export const APP_BYTES = 24 << 20;

export function enter({ status, step, attempt }: StepRun, phase: Phase): void {
  status.phase(phase, { step, attempt });
}

export function phoneOf({ start }: StepRun): IphoneState {
  return readState(start.phone);
}

/** What every result begins with. */
export function headOf({ spec, step, attempt, startedAt }: StepRun): Pick<StepResult, 'schema' | 'batch' | 'step' | 'model' | 'unit' | 'attempt' | 'startedAt' | 'finishedAt'> {
  return { schema: spec.schema, batch: spec.id, step: step.id, model: step.model, unit: step.unit, attempt, startedAt, finishedAt: new Date().toISOString() };
}
