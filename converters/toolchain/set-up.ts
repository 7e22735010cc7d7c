import { mkdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ExternalError, UserError } from '../../models/contracts/index.ts';
import { type Environment, environmentFolder, FITTING_PYTHONS, findEnvironment, interpreterOf, readyFile } from './environment.ts';
import { tryLock } from './file-lock.ts';
import { findPython, type Python } from './find-python.ts';
import { type InstallOptions, installInto } from './installer.ts';
import { PythonWorker } from './python-worker.ts';
import { pythonFolder, type Requirements, vendorRequirements } from './requirements.ts';

export interface SetUpOptions {
  /** What happens now, and how many packages were looked at. */
  readonly progress?: (note: string, packages: number) => void;
  readonly signal?: AbortSignal;
  readonly environment?: NodeJS.ProcessEnv;
  /** Makes it anew where it is there, e.g. because a library in it no longer loads. */
  readonly again?: boolean;
  /** What to install; the vendors' libraries unless told. */
  readonly requirements?: Requirements;
}

/** Module of each direct requirement, for the import that proves it. */
const MODULES: Readonly<Record<string, string>> = {
  numpy: 'numpy', coremltools: 'coremltools', 'scikit-learn': 'sklearn', onnxruntime: 'onnxruntime', 'onnxruntime-qnn': 'onnxruntime_qnn', adbutils: 'adbutils', openvino: 'openvino',
};

const LOCK_POLL_MS = 500;

/**
 * Makes a pinned Python environment, or finds it made; every library is imported once before it counts as ready. Of several set-ups at once
 * one works and the others wait for it. Throws UserError when no fitting Python or too little space is there, ExternalError with the output of
 * the installer when it fails. What is half made is removed.
 */
export async function setUpPython(options: SetUpOptions = {}): Promise<Environment> {
  const environment = options.environment ?? process.env;
  const requirements = options.requirements ?? vendorRequirements();
  const ready = findEnvironment(environment, requirements);
  const own = Boolean(environment[requirements.variable]);
  if (ready && (!options.again || own)) return own ? { ...ready, packages: await verify(ready.python, requirements, options.signal) } : ready;
  const python = await fittingPython(environment, requirements);
  const folder = environmentFolder(python.minor, environment, requirements);
  await mkdir(dirname(folder), { recursive: true });
  const progress = options.progress ?? (() => undefined);
  const release = await takeTurn(`${folder}.lock`, progress, options.signal);
  try {
    return (options.again ? null : findEnvironment(environment, requirements)) ?? (await make(folder, python, requirements, { environment, progress, ...(options.signal ? { signal: options.signal } : {}) }));
  } finally {
    release();
  }
}

async function fittingPython(environment: NodeJS.ProcessEnv, { command }: Requirements): Promise<Python> {
  const { python, tried } = await findPython(environment);
  if (python) return python;
  throw new UserError(`No fitting Python was found: ${tried.join('; ')}. Needed is ${[...FITTING_PYTHONS].reverse().join(', ').replace(/, (?=[^,]*$)/, ' or ')}.`, [
    'Install one of them (https://www.python.org, or uv python install 3.12), or name it: DYNO_PYTHON=/path/to/python.',
    `Then: ${command}. What needs no Python works without.`,
  ]);
}

/** Waits until no other set-up works on the same folder. */
async function takeTurn(path: string, progress: InstallOptions['progress'], signal: AbortSignal | undefined): Promise<() => void> {
  for (;;) {
    signal?.throwIfAborted();
    const attempt = tryLock(path);
    if ('release' in attempt) return attempt.release;
    progress(`waiting for another set-up (process ${attempt.owner?.pid ?? 'unknown'}; where it no longer exists, remove ${path})`, 0);
    await wait(LOCK_POLL_MS);
  }
}

async function make(folder: string, python: Python, requirements: Requirements, options: InstallOptions): Promise<Environment> {
  await rm(folder, { recursive: true, force: true });
  await assertSpace(dirname(folder), requirements);
  try {
    options.progress(`Python ${python.version}: an environment in ${folder}`, 0);
    await installInto(folder, python.executable, requirements, options);
    options.progress('importing every library once', 0);
    const packages = await verify(interpreterOf(folder), requirements, options.signal);
    options.signal?.throwIfAborted();
    await writeFile(`${readyFile(folder)}.tmp`, JSON.stringify(packages));
    await rename(`${readyFile(folder)}.tmp`, readyFile(folder));
    return { folder, python: interpreterOf(folder), packages };
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    throw error;
  }
}

async function assertSpace(folder: string, { title, bytes, command }: Requirements): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= 2 * bytes) return;
  throw new UserError(`${folder} has ${(free / 1e9).toFixed(1)} GB left. ${title} takes ${(bytes / 1e9).toFixed(1)} GB, and as much while it is made.`, [
    `Free some space, or point DYNO_CACHE at another disk, then: ${command}.`,
  ]);
}

/** Modules that prove what is installed, by importing them. */
export function modulesOf(packages: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(packages).flatMap((name) => MODULES[name] ?? []);
}

/** Imports what is installed; the versions. */
async function verify(python: string, { title }: Requirements, signal?: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const worker = new PythonWorker(python, pythonFolder());
  try {
    const { packages } = await worker.hello();
    const { value } = await worker.run<{ failed: Record<string, string> }>('env.verify', { modules: modulesOf(packages) }, { what: 'check of the environment', timeoutMs: 180_000, ...(signal ? { signal } : {}) });
    const failed = Object.entries(value.failed);
    if (failed.length > 0) throw new ExternalError(`${title} cannot import ${failed.map(([name]) => name).join(', ')}.`, python, failed.map(([name, why]) => `${name}: ${why}`).join('\n'));
    return packages;
  } finally {
    await worker.close();
  }
}
