export {
  type BatchSpec, batchSpecSchema, type BlockStep, type PhotoStep, type PlanStep, type RunnerModel, type Step, type SustainedStep,
} from './contract/batch.ts';
export { type BlobFile, type PartManifest, partManifestSchema } from './contract/blob.ts';
export type { ArrayFeed, Feed, PixelFace } from './contract/feeds.ts';
export {
  type BlockResult, type ComputePlan, type Failure, type FailureKind, type OutputRecord, type PhotoResult, type PlanOperation, type StepResult, stepResultSchema, type SustainedResult,
} from './contract/results.ts';
export { type Phase, type RunnerInfo, runnerInfoSchema, type Status, statusSchema } from './contract/status.ts';
export { type ArrayDtype, CONTRACT_VERSION, MOST_PART_BYTES, type OutputsWanted, type Processor, type Thermal, type Unit } from './contract/words.ts';
export { launchArguments, layout } from './layout.ts';
export { RUNNER_BUNDLE_ID, RUNNER_VERSION } from './version.ts';
