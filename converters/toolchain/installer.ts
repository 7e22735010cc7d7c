import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { interpreterOf } from './environment.ts';
import { installFailure, packageWithoutWheel } from './install-failure.ts';
import type { Requirements } from './requirements.ts';

export interface InstallOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** What is being fetched or done now, and how many packages were looked at. */
  readonly progress: (note: string, packages: number) => void;
}

/** Packages that the rest does without, where a platform has no wheel of them, e.g. the HTP compiler on a Linux with an old glibc. */
const OPTIONAL = ['onnxruntime-qnn', 'coremltools', 'adbutils'];
const KEPT_LINES = 40;

/**
 * Makes a virtual environment in `folder` and installs hashed requirements into it, from wheels only: by uv where it is on the path, else by
 * venv and pip. Returns the optional packages that had no wheel and were left out. Throws ExternalError with what the installer said, and the
 * signal's reason once the installer is gone.
 */
export async function installInto(folder: string, python: string, requirements: Requirements, options: InstallOptions): Promise<readonly string[]> {
  const uv = await answers('uv', ['--version'], options);
  if (uv) await run('uv', ['venv', '--quiet', '--python', python, folder], requirements, options);
  else await run(python, ['-m', 'venv', folder], requirements, options);
  const complete = requirements.closed ? ['--no-deps'] : [];
  const [command, ...args] = uv
    ? ['uv', 'pip', 'install', '--compile-bytecode', ...complete, '--python', interpreterOf(folder), ...(options.environment.PIP_NO_INDEX ? ['--no-index'] : []), '--only-binary', ':all:', '--require-hashes', '-r']
    : [interpreterOf(folder), '-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off', ...complete, '--only-binary', ':all:', '--require-hashes', '-r'];
  const leftOut: string[] = [];
  const work = await mkdtemp(join(tmpdir(), 'dyno-requirements-'));
  try {
    for (;;) {
      const file = leftOut.length === 0 ? requirements.file : join(work, 'requirements.txt');
      if (leftOut.length > 0) await writeFile(file, without(await readFile(requirements.file, 'utf8'), leftOut));
      try {
        await run(command as string, [...args, file], requirements, options);
        return leftOut;
      } catch (error) {
        const missing = packageWithoutWheel(error);
        if (missing === null || !OPTIONAL.includes(missing) || leftOut.includes(missing)) throw error;
        leftOut.push(missing);
      }
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Requirements without some packages: an entry is a line with its continuation lines. */
function without(requirements: string, names: readonly string[]): string {
  return requirements.split(/\n(?=[A-Za-z0-9])/).filter((entry) => !names.includes(/^[A-Za-z0-9_.-]+/.exec(entry)?.[0] ?? '')).join('\n');
}

function answers(command: string, args: readonly string[], { environment }: InstallOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', env: environment });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Runs an installer to its end; settles when it is gone, so that what it left can be removed. */
function run(command: string, args: readonly string[], requirements: Requirements, { environment, signal, progress }: InstallOptions): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const tail: string[] = [];
    let packages = 0;
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: installerEnvironment(environment) });
    const stop = (): void => { child.kill(); };
    signal?.addEventListener('abort', stop, { once: true });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        tail.push(line);
        if (tail.length > KEPT_LINES) tail.shift();
        if (/^\s*Collecting /.test(line)) packages++;
        const note = noteOf(line);
        if (note) progress(note, packages);
      });
    }
    child.once('error', (error) => tail.push(error.message));
    child.once('close', (code) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      else if (code === 0) resolve();
      else reject(installFailure([command, ...args].join(' '), tail.join('\n'), requirements));
    });
  });
}

/** Lines of pip and uv that say how far they are. */
function noteOf(line: string): string | null {
  const wheel = /^\s*Downloading ([A-Za-z0-9_.]+)(?:-([0-9][^-]*)-\S+)? \(([^)]+)\)/.exec(line);
  if (wheel) return `${wheel[1]}${wheel[2] ? ` ${wheel[2]}` : ''} (${wheel[3]})`;
  if (/Retrying \(/.test(line)) return 'the package index does not answer, trying again';
  return /^\s*(Installing|Prepared|Installed) /.test(line) ? 'installing' : null;
}

/** uv takes its settings from names of its own: an index, proxy or certificate that was set for pip holds for it as well. */
export function installerEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PYTHONPATH: _path, PYTHONHOME: _home, ...kept } = environment;
  const forUv: NodeJS.ProcessEnv = {
    UV_DEFAULT_INDEX: kept.UV_INDEX_URL ?? kept.PIP_INDEX_URL, UV_INDEX: kept.UV_EXTRA_INDEX_URL ?? kept.PIP_EXTRA_INDEX_URL,
    UV_FIND_LINKS: kept.PIP_FIND_LINKS, SSL_CERT_FILE: kept.PIP_CERT,
  };
  const added = Object.entries(forUv).filter(([name, value]) => value !== undefined && kept[name] === undefined);
  return { ...kept, PIP_USER: '0', ...Object.fromEntries(added) };
}
