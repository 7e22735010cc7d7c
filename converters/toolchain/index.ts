export { cacheFolder, type Environment, findEnvironment, pythonFolder } from './environment.ts';
export { findPython, type Python, type PythonSearch } from './find-python.ts';
export type { FailureKind, Hello } from './protocol.ts';
export { JobFailure, type JobOptions, type JobResult, PythonWorker } from './python-worker.ts';
export { setUpPython, type SetUpOptions } from './set-up.ts';
