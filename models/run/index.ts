export {
  createHostExecutor, type HostExecutor, type HostExecutorOptions, type HostSession, type ModelSource, type RunJob, type RunResult,
} from './host-executor.ts';
export type { FaceValue, ModelFace } from './protocol.ts';
export { Prng } from './prng.ts';
export { readNpy, writeNpy } from './npy.ts';
export { onnxRuntimeVersion } from './runtime-version.ts';
export { type InputKind, type InputSpec, seededInputs, type SeededInputsOptions } from './seeded-inputs.ts';
