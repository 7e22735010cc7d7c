import { z } from 'zod';
import { phaseSchema } from './status.ts';
import { count, dtypeSchema, id, milliseconds, processorSchema, schemaVersion, sha256, size, thermalSchema, time, unitSchema } from './words.ts';

const head = { schema: schemaVersion, batch: id, step: id, model: id, unit: unitSchema, attempt: size, startedAt: time, finishedAt: time };
const place = { round: count, order: count };

/** State of the phone around a step. */
export const conditionsSchema = z.strictObject({
  thermalBefore: thermalSchema,
  thermalAfter: thermalSchema,
  /** The hottest that was seen in between. */
  thermalWorst: thermalSchema,
  /** The gate was passed cool; false where its patience ended first. */
  cooled: z.boolean(),
  waitedMs: milliseconds,
  /** At any time during the step. */
  lowPowerMode: z.boolean(),
  batteryBefore: z.number().min(0).max(1).nullable(),
  batteryAfter: z.number().min(0).max(1).nullable(),
});

/** `phys_footprint` of the app, the figure that iOS kills by: before loading, after the last load, at its highest. */
export const memorySchema = z.strictObject({ beforeBytes: count, loadedBytes: count, peakBytes: count });

/**
 * Times of loading, in milliseconds. `compileMs`: package to `.mlmodelc`, null where that was kept from an earlier step. `fresh`: this
 * app has not loaded this model on this unit before, so that `loadMs` may hold what the system does once for a unit; `againMs` is the
 * second load.
 */
export const loadTimesSchema = z.strictObject({ compileMs: milliseconds.nullable(), loadMs: milliseconds, againMs: milliseconds, fresh: z.boolean() });

/** One output. Its hash is over the array without gaps, little-endian; of pictures over the rows of BGRA or grey bytes. */
export const outputRecordSchema = z.strictObject({
  name: z.string(),
  dtype: dtypeSchema,
  dims: z.array(size),
  bytes: count,
  sha256,
  /** Below the batch's folder, `outputs/<step>/0.bin`; null where only hashes were wanted. */
  file: z.string().nullable(),
});

/** How an input or output lies in memory, and whose memory it is. `backing`: `own` was handed to Core ML and used, `core-ml` is what it made itself. */
export const memoryFormSchema = z.strictObject({ name: z.string(), dtype: dtypeSchema, dims: z.array(size), strides: z.array(count), backing: z.enum(['own', 'core-ml']) });

export const warmUpOutcomeSchema = z.strictObject({ runs: count, stable: z.boolean() });

export const blockResultSchema = z.strictObject({
  type: z.literal('block'), ...head, ...place,
  load: loadTimesSchema,
  firstMs: milliseconds,
  warmUp: warmUpOutcomeSchema,
  /** Milliseconds in the order taken: from the call with inputs at hand until its outputs can be read. */
  samples: z.array(milliseconds).min(1),
  conditions: conditionsSchema,
  memory: memorySchema,
  inputs: z.array(memoryFormSchema),
  outputs: z.array(outputRecordSchema),
  outputForms: z.array(memoryFormSchema),
  warnings: z.array(z.string()),
});

/** One operation as Core ML plans it. */
export const planOperationSchema = z.strictObject({
  function: z.string(),
  /** `ios17.conv`. */
  type: z.string(),
  /** Its first output. */
  output: z.string(),
  /** Null where Core ML does not tell, as of constants. */
  preferred: processorSchema.nullable(),
  supported: z.array(processorSchema),
  /** Share of the whole, 0 to 1. */
  cost: z.number().nullable(),
});

/** Neighbours in the program with one preferred processor: from operation `first` to `last`, of those with one. */
export const planSegmentSchema = z.strictObject({ processor: processorSchema, first: count, last: count, operations: size, cost: z.number().nonnegative() });
export const planShareSchema = z.strictObject({ processor: processorSchema, operations: size, cost: z.number().nonnegative() });

/** Evidence `planned`: the system may do otherwise. Shares of multiply-accumulates are the host's to add: it knows the shapes. */
export const computePlanSchema = z.strictObject({
  type: z.literal('plan'), ...head,
  planMs: milliseconds,
  operations: z.array(planOperationSchema),
  segments: z.array(planSegmentSchema),
  /** The largest cost first. */
  shares: z.array(planShareSchema),
});

export const healthSchema = z.strictObject({ atMs: milliseconds, thermal: thermalSchema, lowPowerMode: z.boolean(), footprintBytes: count });

export const sustainedResultSchema = z.strictObject({
  type: z.literal('sustained'), ...head,
  load: loadTimesSchema,
  framesPerSecond: z.number().positive(),
  seconds: z.number().nonnegative(),
  /** Ticks of the frame rate, and those of them that came while a prediction ran. */
  frames: count,
  missed: count,
  samples: z.array(milliseconds),
  /** Of the process, all threads. */
  cpuSeconds: z.number().nonnegative(),
  health: z.array(healthSchema),
  conditions: conditionsSchema,
  memory: memorySchema,
  warnings: z.array(z.string()),
});

/** `prepareMs`, `predictMs`, `readMs`: one value for each tile, in order. `totalMs` is all of it, decoding and loading left out. */
export const photoResultSchema = z.strictObject({
  type: z.literal('photo'), ...head, ...place,
  load: loadTimesSchema,
  decodeMs: milliseconds,
  /** Buffers, pipeline of the kernel. */
  setUpMs: milliseconds,
  prepareMs: z.array(milliseconds),
  predictMs: z.array(milliseconds),
  readMs: z.array(milliseconds),
  totalMs: milliseconds,
  /** The whole photo as RGBA bytes. */
  output: outputRecordSchema.nullable(),
  conditions: conditionsSchema,
  memory: memorySchema,
  warnings: z.array(z.string()),
});

/** `died`: the process ended during the step and left nothing else. */
export const failureKindSchema = z.enum(['died', 'blob', 'compile', 'load', 'input', 'predict', 'output', 'picture', 'plan', 'disk', 'unsupported', 'internal']);

export const failureSchema = z.strictObject({
  type: z.literal('failure'), ...head,
  kind: failureKindSchema,
  /** Where it was. */
  phase: phaseSchema,
  message: z.string(),
  /** Domains, codes and what lies below them; empty where there is nothing. */
  detail: z.string(),
  thermal: thermalSchema,
});

/** `batches/<id>/steps/<step>.json`: a step with such a file is done and is never taken again. */
export const stepResultSchema = z.discriminatedUnion('type', [blockResultSchema, computePlanSchema, sustainedResultSchema, photoResultSchema, failureSchema]);

export type StepResult = z.infer<typeof stepResultSchema>;
export type BlockResult = z.infer<typeof blockResultSchema>;
export type ComputePlan = z.infer<typeof computePlanSchema>;
export type SustainedResult = z.infer<typeof sustainedResultSchema>;
export type PhotoResult = z.infer<typeof photoResultSchema>;
export type Failure = z.infer<typeof failureSchema>;
export type FailureKind = z.infer<typeof failureKindSchema>;
export type OutputRecord = z.infer<typeof outputRecordSchema>;
export type PlanOperation = z.infer<typeof planOperationSchema>;
