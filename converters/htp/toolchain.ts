import { UserError } from '../../models/contracts/index.ts';
import { type Environment, findEnvironment, pythonFolder, PythonWorker } from '../toolchain/index.ts';

/** A worker that has Qualcomm's libraries, and the versions that results hold for. */
export interface HtpToolchain {
  readonly worker: PythonWorker;
  readonly packages: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const NEEDED = ['onnxruntime', 'onnxruntime-qnn'] as const;

/** The toolchain, or why there is none and how to get it. Starts no process: the worker does with its first job. */
export function openHtpToolchain(environment: NodeJS.ProcessEnv = process.env): HtpToolchain | UserError {
  const found = findEnvironment(environment);
  if (!found) return new UserError('Qualcomm\'s HTP compiler is not installed here.', ['Install it: dyno setup python (about 530 MB on disk, no account, no SDK).']);
  if (!hasCompiler(found)) return new UserError(`There is no HTP compiler for ${process.platform} ${process.arch}.`, ['It exists for Linux x64, Linux arm64 and Windows; rules and everything else work here.']);
  const worker = new PythonWorker(found.python, pythonFolder(), environment);
  const packages = Object.fromEntries(NEEDED.map((name) => [name, found.packages[name] as string]));
  return { worker, packages, close: () => worker.close() };
}

function hasCompiler({ packages }: Environment): boolean {
  return NEEDED.every((name) => packages[name] !== undefined);
}
