import { UserError } from '../../models/contracts/index.ts';
import { findEnvironment, openVinoRequirements, pythonFolder, PythonWorker } from '../toolchain/index.ts';

/** A worker that has OpenVINO, and the version that results hold for. */
export interface OpenVinoToolchain {
  readonly worker: Pick<PythonWorker, 'run' | 'close'>;
  readonly version: string;
  close(): Promise<void>;
}

/**
 * OpenVINO's worker, or why there is none and how to get it. Every job is a fresh process: neither caches, nor a driver's state, nor a crash carry
 * over. Starts no process: the worker does with its first job.
 */
export function openOpenVino(environment: NodeJS.ProcessEnv = process.env): OpenVinoToolchain | UserError {
  const found = findEnvironment(environment, openVinoRequirements());
  const version = found?.packages['openvino'];
  if (!found || version === undefined) return new UserError('OpenVINO is not installed here.', ['Install it: dyno setup openvino (about 60 MB to fetch, 0.3 GB on disk).']);
  const worker = new PythonWorker(found.python, pythonFolder(), { ...environment, DYNO_SPAWN: '1' });
  return { worker, version, close: () => worker.close() };
}
