import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { ExternalError, UserError } from '../../models/contracts/index.ts';
import { type Environment, environmentFolder, findEnvironment, interpreterOf, pythonFolder, readyFile, requirementsFile } from './environment.ts';
import { findPython } from './find-python.ts';
import { PythonWorker } from './python-worker.ts';

export interface SetUpOptions {
  /** One line each: what happens now. */
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly environment?: NodeJS.ProcessEnv;
}

/** What every platform has wheels of, and what only some have. */
const MODULES = process.platform === 'darwin' ? ['coremltools', 'sklearn', 'onnxruntime', 'adbutils'] : ['coremltools', 'sklearn', 'onnxruntime', 'onnxruntime_qnn', 'adbutils'];

/**
 * Makes the pinned Python environment, or finds it made: uv where it is on the path, else venv and pip, always with hashes; every library is
 * imported once before the environment counts as ready. Throws UserError when no fitting Python is there, ExternalError with the output of
 * the installer when it fails. What is half made is removed.
 */
export async function setUpPython(options: SetUpOptions = {}): Promise<Environment> {
  const environment = options.environment ?? process.env;
  const ready = findEnvironment(environment);
  if (ready && environment.DYNO_PYTHON_ENV) return { ...ready, packages: await verify(ready.python, installedOf(ready)) };
  if (ready) return ready;
  const { python, tried } = await findPython(environment);
  if (!python) throw new UserError(`No fitting Python was found: ${tried.join('; ')}.`, ['Install Python 3.11, 3.12 or 3.13, or name one with DYNO_PYTHON=/path/to/python.', 'Everything that needs no Python works without.']);
  const folder = environmentFolder(python.minor, environment);
  const say = options.say ?? (() => undefined);
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  try {
    const uv = await succeeds('uv', ['--version']);
    say(`Python ${python.version}: making an environment in ${folder}`);
    if (uv) await run('uv', ['venv', '--quiet', '--python', python.executable, folder], options);
    else await run(python.executable, ['-m', 'venv', folder], options);
    say('Installing coremltools, ONNX Runtime with Qualcomm\'s HTP compiler, and adb (about 180 MB, once)');
    const requirements = ['--require-hashes', '-r', requirementsFile()];
    if (uv) await run('uv', ['pip', 'install', '--python', interpreterOf(folder), ...requirements], options);
    else await run(interpreterOf(folder), ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar', 'off', ...requirements], options);
    say('Importing every library once');
    const packages = await verify(interpreterOf(folder));
    await writeFile(`${readyFile(folder)}.tmp`, JSON.stringify(packages));
    await rename(`${readyFile(folder)}.tmp`, readyFile(folder));
    return { folder, python: interpreterOf(folder), packages };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What an environment of one's own claims to have. */
function installedOf({ packages }: Environment): readonly string[] {
  return MODULES.filter((module) => packages[module.replaceAll('_', '-')] !== undefined);
}

async function verify(python: string, modules: readonly string[] = MODULES): Promise<Readonly<Record<string, string>>> {
  const worker = new PythonWorker(python, pythonFolder());
  try {
    const { value } = await worker.run<{ failed: Record<string, string> }>('env.verify', { modules }, { what: 'check of the environment', timeoutMs: 180_000 });
    const failed = Object.entries(value.failed);
    if (failed.length > 0) throw new ExternalError(`The Python environment cannot import ${failed.map(([name]) => name).join(', ')}.`, python, failed.map(([name, why]) => `${name}: ${why}`).join('\n'));
    return (await worker.hello()).packages;
  } finally {
    await worker.close();
  }
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Runs an installer; its lines go to `say`, its last ones into the error. */
function run(command: string, args: readonly string[], { say, signal }: SetUpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const tail: string[] = [];
    const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(signal ? { signal } : {}) });
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        tail.push(line);
        if (tail.length > 30) tail.shift();
        if (/^(Collecting|Downloading|Installing|Successfully)/.test(line.trim())) say?.(`  ${line.trim().slice(0, 100)}`);
      });
    }
    child.once('error', (error) => reject(signal?.aborted ? signal.reason : new ExternalError(`${command} did not start: ${error.message}.`, command, '')));
    child.once('exit', (code) => {
      if (code === 0) return resolve();
      reject(new ExternalError('The Python environment could not be installed.', [command, ...args].join(' '), tail.join('\n'), ['Check the network and the package index (pip config list), then: dyno setup python.']));
    });
  });
}
