import type { z } from 'zod';
import {
  batchSpecSchema, blockStepSchema, coolDownSchema, photoInputSchema, photoOutputSchema, photoStepSchema, planStepSchema, runnerModelSchema, stepSchema, sustainedStepSchema,
  timedPartSchema, warmUpRuleSchema,
} from './contract/batch.ts';
import { blobFileSchema, partManifestSchema, partSchema } from './contract/blob.ts';
import { areaSchema, arrayFeedSchema, feedSchema, pictureFeedSchema, pictureSchema, pixelFaceSchema, pixelsFeedSchema, tileSchema } from './contract/feeds.ts';
import {
  blockResultSchema, computePlanSchema, conditionsSchema, failureKindSchema, failureSchema, healthSchema, loadTimesSchema, memoryFormSchema, memorySchema, outputRecordSchema,
  photoResultSchema, planOperationSchema, planSegmentSchema, planShareSchema, stepResultSchema, sustainedResultSchema, warmUpOutcomeSchema,
} from './contract/results.ts';
import { batterySchema, phaseSchema, runnerInfoSchema, statusSchema } from './contract/status.ts';
import { dtypeSchema, outputsSchema, processorSchema, thermalSchema, unitSchema } from './contract/words.ts';

/** Every type of the contract by the name that it has in Swift. */
export const CONTRACT_TYPES = {
  ComputeUnit: unitSchema, Processor: processorSchema, Thermal: thermalSchema, ArrayDtype: dtypeSchema, OutputsWanted: outputsSchema,
  Part: partSchema, BlobFile: blobFileSchema, PartManifest: partManifestSchema,
  ArrayFeed: arrayFeedSchema, PixelsFeed: pixelsFeedSchema, PixelFace: pixelFaceSchema, Picture: pictureSchema, PictureFeed: pictureFeedSchema, Feed: feedSchema,
  PhotoArea: areaSchema, Tile: tileSchema,
  WarmUpRule: warmUpRuleSchema, TimedPart: timedPartSchema, CoolDownRule: coolDownSchema, RunnerModel: runnerModelSchema,
  BlockStep: blockStepSchema, PlanStep: planStepSchema, SustainedStep: sustainedStepSchema, PhotoInput: photoInputSchema, PhotoOutput: photoOutputSchema, PhotoStep: photoStepSchema,
  Step: stepSchema, BatchSpec: batchSpecSchema,
  Phase: phaseSchema, Status: statusSchema, Battery: batterySchema, RunnerInfo: runnerInfoSchema,
  Conditions: conditionsSchema, MemoryFigures: memorySchema, LoadTimes: loadTimesSchema, OutputRecord: outputRecordSchema, MemoryForm: memoryFormSchema,
  WarmUpOutcome: warmUpOutcomeSchema, BlockResult: blockResultSchema,
  PlanOperation: planOperationSchema, PlanSegment: planSegmentSchema, PlanShare: planShareSchema, ComputePlan: computePlanSchema,
  Health: healthSchema, SustainedResult: sustainedResultSchema, PhotoResult: photoResultSchema,
  FailureKind: failureKindSchema, Failure: failureSchema, StepResult: stepResultSchema,
} as const satisfies Record<string, z.ZodType>;
