import { UserError } from '../../models/contracts/index.ts';
import { findEnvironment, pythonFolder, PythonWorker } from '../toolchain/index.ts';

/** A worker that has coremltools. Close it when done. */
export interface CoremlToolchain {
  readonly worker: PythonWorker;
  /** Version of coremltools. */
  readonly version: string;
  /** Starts the worker and has it import coremltools while something else is done. What goes wrong shows with the first real job. */
  warmUp(): void;
  /** An import that nobody needs any more is not waited for. */
  close(): Promise<void>;
}

/** The toolchain, or why there is none and how to get it. Starts no process: the worker does with its first job. */
export function openCoremlToolchain(environment: NodeJS.ProcessEnv = process.env): CoremlToolchain | UserError {
  const found = findEnvironment(environment);
  const version = found?.packages['coremltools'];
  if (!found || version === undefined) return new UserError('coremltools is not installed here.', ['Install it: dyno setup python (no account, no Mac).']);
  const worker = new PythonWorker(found.python, pythonFolder());
  let warming = false;
  const warmUp = (): void => {
    warming = true;
    void worker.run('coreml.version', {}, { what: 'start of coremltools' }).catch(() => undefined).finally(() => { warming = false; });
  };
  return { worker, version, warmUp, close: () => worker.close(warming ? 0 : undefined) };
}
