import { z } from 'zod';
import { count, id, processorSchema, schemaVersion, size, thermalSchema, time, unitSchema } from './words.ts';

/**
 * What the runner is about to do, or was doing when it died. The last four end a launch: `relaunch` (launch me again), `stopped` (the
 * host asked for it), `finished`, and `refused` (the batch cannot be read or is of another version).
 */
export const phaseSchema = z.enum([
  'starting', 'cooling', 'assembling', 'compiling', 'loading', 'loading-again', 'first', 'warming-up', 'timing', 'sustaining', 'planning', 'decoding', 'tiling', 'writing',
  'relaunch', 'stopped', 'finished', 'refused',
]);

/** `batches/<id>/status.json`. Written before each phase and as a heartbeat, always by renaming a finished file over it. */
export const statusSchema = z.strictObject({
  schema: schemaVersion,
  batch: id,
  phase: phaseSchema,
  /** The step at work; null between steps and at the end. */
  step: id.nullable(),
  model: id.nullable(),
  unit: unitSchema.nullable(),
  /** Of this step, from 1; 0 between steps. */
  attempt: count,
  /** Of this batch, from 1. */
  launch: size,
  /** Steps with a result, failures included, and steps in all. */
  done: count,
  total: count,
  failed: count,
  /** Runs, frames or tiles of the phase at work. */
  progress: count,
  at: time,
  thermal: thermalSchema,
  lowPowerMode: z.boolean(),
  /** Milliseconds that the batch has waited for the phone to cool. */
  waitedMs: z.number().nonnegative(),
  /** For people; why, after `refused`. */
  note: z.string().nullable(),
});

export const batterySchema = z.strictObject({ level: z.number().min(0).max(1).nullable(), state: z.enum(['unknown', 'unplugged', 'charging', 'full']) });

/** `runner.json`: written at every launch, before any batch is looked at. */
export const runnerInfoSchema = z.strictObject({
  schema: schemaVersion,
  /** Of the app, e.g. `0.1.0`. */
  version: z.string(),
  bundleId: z.string(),
  /** `iPhone14,2`. */
  device: z.string(),
  system: z.string(),
  systemVersion: z.string(),
  build: z.string(),
  processors: z.array(processorSchema),
  memoryBytes: count,
  freeBytes: count.nullable(),
  battery: batterySchema,
  thermal: thermalSchema,
  lowPowerMode: z.boolean(),
  /** The iOS simulator, or a virtual phone of ours: nothing from here is a measurement. */
  simulated: z.boolean(),
  at: time,
});

export type Phase = z.infer<typeof phaseSchema>;
export type Status = z.infer<typeof statusSchema>;
export type RunnerInfo = z.infer<typeof runnerInfoSchema>;
