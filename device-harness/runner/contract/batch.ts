import { z } from 'zod';
import { feedSchema, pictureSchema, pixelFaceSchema, tileSchema } from './feeds.ts';
import { count, id, milliseconds, outputsSchema, schemaVersion, sha256, size, thermalSchema, unitSchema } from './words.ts';

/** When the warm-up of a block may end: `WarmUpRule` of device-harness/method. */
export const warmUpRuleSchema = z.strictObject({ minRuns: size, minMs: milliseconds, maxMs: milliseconds, tolerance: z.number().nonnegative() });

/** How long the timed part of a block lasts: `TimedPart` of device-harness/method. */
export const timedPartSchema = z.strictObject({ minRuns: size, minMs: milliseconds, maxRuns: size, maxMs: milliseconds });

/**
 * The gate before each step: waits until the thermal state is `gate` or cooler, no longer than `maxWaitMs`, and no longer than
 * `totalWaitMs` for the whole batch. What was still hot then runs all the same and says so.
 */
export const coolDownSchema = z.strictObject({ gate: thermalSchema.exclude(['unknown']), maxWaitMs: milliseconds, totalWaitMs: milliseconds, pollMs: milliseconds });

export const runnerModelSchema = z.strictObject({
  id,
  /** A blob of kind `package`, or of kind `file` for a `.mlmodel`. */
  blob: sha256,
  /** Function of a package with several (iOS 18); null for its default one. */
  function: z.string().nullable(),
  feeds: z.array(feedSchema),
});

const common = { id, model: id, unit: unitSchema };
const place = { round: count, order: count };

/** Load, load again, first prediction, warm-up, timed part. */
export const blockStepSchema = z.strictObject({ type: z.literal('block'), ...common, ...place, outputs: outputsSchema });

/** `MLComputePlan` of a model on a unit (iOS 17.4). */
export const planStepSchema = z.strictObject({ type: z.literal('plan'), ...common });

/** A prediction at every tick of a frame rate; a tick that comes while one runs is missed. */
export const sustainedStepSchema = z.strictObject({ type: z.literal('sustained'), ...common, framesPerSecond: z.number().positive(), seconds: z.number().positive(), healthEveryMs: size });

/** How tiles become inputs: `image` a pixel buffer, `loop` element by element, `strided` by pointer, `metal` by a kernel on the GPU. */
export const photoInputSchema = z.strictObject({ name: z.string(), form: z.enum(['image', 'loop', 'strided', 'metal']), face: pixelFaceSchema.nullable() });
export const photoOutputSchema = z.strictObject({ name: z.string(), form: z.enum(['image', 'loop', 'strided']), face: pixelFaceSchema.nullable() });

/** A whole photo, tile after tile: preparing, predicting and reading are timed apart. `face` is null for the form `image` alone. */
export const photoStepSchema = z.strictObject({
  type: z.literal('photo'), ...common, ...place,
  picture: pictureSchema,
  /** Pixels of the photo that one prediction sees. */
  tileWidth: size,
  tileHeight: size,
  /** Output pixels for one of the photo, a side. */
  scale: size,
  input: photoInputSchema,
  output: photoOutputSchema,
  tiles: z.array(tileSchema).min(1),
  outputs: outputsSchema,
});

export const stepSchema = z.discriminatedUnion('type', [blockStepSchema, planStepSchema, sustainedStepSchema, photoStepSchema]);

/** `batches/<id>/batch.json`: what to do, in this order. Pushed last of all. */
export const batchSpecSchema = z.strictObject({
  schema: schemaVersion,
  id,
  models: z.array(runnerModelSchema).min(1),
  steps: z.array(stepSchema).min(1),
  warmUp: warmUpRuleSchema,
  timed: timedPartSchema,
  coolDown: coolDownSchema,
  /** Launches that a step may cost, when the process dies in it, before it counts as failed. */
  attempts: size,
  /** Steps after which the runner ends with phase `relaunch`, to be launched again; null for all in one launch. */
  stepsPerLaunch: size.nullable(),
  /** Seconds between two writings of `status.json` while nothing else changes. */
  heartbeatSeconds: z.number().positive(),
}).superRefine(({ models, steps }, context) => {
  const names = new Set(models.map((model) => model.id));
  if (names.size < models.length) context.addIssue('two models have the same id');
  if (new Set(steps.map((step) => step.id)).size < steps.length) context.addIssue('two steps have the same id');
  for (const step of steps) if (!names.has(step.model)) context.addIssue(`step ${step.id} names the model "${step.model}", which is not there`);
});

export type BatchSpec = z.infer<typeof batchSpecSchema>;
export type RunnerModel = z.infer<typeof runnerModelSchema>;
export type Step = z.infer<typeof stepSchema>;
export type BlockStep = z.infer<typeof blockStepSchema>;
export type PlanStep = z.infer<typeof planStepSchema>;
export type SustainedStep = z.infer<typeof sustainedStepSchema>;
export type PhotoStep = z.infer<typeof photoStepSchema>;
