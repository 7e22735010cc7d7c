export { cacheFolder, type Environment, findEnvironment, pythonFolder } from './environment.ts';
export { findAdb } from './find-adb.ts';
export { findPython, type Python, type PythonSearch } from './find-python.ts';
export { jobMemoryLimit } from './memory-limit.ts';
export type { FailureKind, Hello } from './protocol.ts';
export { bytesIn, type OtherEnvironment, otherEnvironments, removeOtherEnvironments } from './other-environments.ts';
export { JobFailure, type JobOptions, type JobResult, PythonWorker } from './python-worker.ts';
export { modulesOf, setUpPython, type SetUpOptions } from './set-up.ts';
