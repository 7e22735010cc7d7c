import { UserError } from '../../models/contracts/index.ts';
import { findEnvironment, pythonFolder, PythonWorker } from '../toolchain/index.ts';

/** A worker that has coremltools. Close it when done. */
export interface CoremlToolchain {
  readonly worker: PythonWorker;
  /** Version of coremltools. */
  readonly version: string;
  close(): Promise<void>;
}

/** The toolchain, or why there is none and how to get it. Starts no process: the worker does with its first job. */
export function openCoremlToolchain(environment: NodeJS.ProcessEnv = process.env): CoremlToolchain | UserError {
  const found = findEnvironment(environment);
  const version = found?.packages['coremltools'];
  if (!found || version === undefined) return new UserError('coremltools is not installed here.', ['Install it: dyno setup python (no account, no Mac).']);
  const worker = new PythonWorker(found.python, pythonFolder());
  return { worker, version, close: () => worker.close() };
}
