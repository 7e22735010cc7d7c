import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../converters/toolchain/environment.ts';
import { BugError, ExternalError } from '../../models/contracts/errors.ts';

/** Appium, its two drivers and the WebDriver client, installed outside of this package: 270 MB that only people with phones need. */
export interface DriverPackages {
  readonly folder: string;
  readonly versions: Readonly<Record<string, string>>;
}

export interface InstallDriversOptions {
  readonly progress?: (note: string) => void;
  readonly signal?: AbortSignal;
  readonly environment?: NodeJS.ProcessEnv;
}

const KEPT_OUTPUT = 8000;

/** The installed packages, or null: `dyno setup phones` installs them. Starts nothing. */
export function findDriverPackages(environment: NodeJS.ProcessEnv = process.env): DriverPackages | null {
  const folder = installedFolder(environment);
  return existsSync(folder) ? { folder, versions: pinned() } : null;
}

/**
 * Installs the pinned packages by their lock file, without running their install scripts, or finds them installed. They appear under their
 * final name all at once. Throws ExternalError with what npm said.
 */
export async function installDriverPackages(options: InstallDriversOptions = {}): Promise<DriverPackages> {
  const environment = options.environment ?? process.env;
  const found = findDriverPackages(environment);
  if (found) return found;
  const folder = installedFolder(environment);
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}.`);
  try {
    for (const name of ['package.json', 'package-lock.json']) await copyFile(join(lockFolder(), name), join(work, name));
    options.progress?.('Appium and its drivers for Android and iOS, 270 MB on disk');
    await npmCi(work, environment, options.signal);
    await rename(work, folder).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(folder)) throw error;
    });
    return { folder, versions: pinned() };
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Folder of one installed package. */
export function packageFolder({ folder }: DriverPackages, name: string): string {
  return join(folder, 'node_modules', name);
}

function installedFolder(environment: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256').update(readFileSync(join(lockFolder(), 'package-lock.json'))).digest('hex').slice(0, 12);
  return join(cacheFolder(environment), `phone-drivers-${hash}`);
}

function pinned(): Record<string, string> {
  return (JSON.parse(readFileSync(join(lockFolder(), 'package.json'), 'utf8')) as { dependencies: Record<string, string> }).dependencies;
}

/** Folder with the lock file, from sources and builds alike. */
function lockFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; ; folder = dirname(folder)) {
    const candidate = join(folder, 'device-harness', 'appium', 'drivers');
    if (existsSync(join(candidate, 'package-lock.json')) && existsSync(join(folder, 'package.json'))) return candidate;
    if (dirname(folder) === folder) throw new BugError(`The drivers' lock file is not to be found above ${here}.`);
  }
}

function npmCi(cwd: string, environment: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<void> {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const own = environment['npm_execpath'];
  const [command, full] = own?.endsWith('.js') ? [process.execPath, [own, ...args]] : ['npm', args];
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, full, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], shell: command === 'npm' && process.platform === 'win32' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output = (output + text).slice(-KEPT_OUTPUT); });
    const stop = (): void => { child.kill(); };
    signal?.addEventListener('abort', stop, { once: true });
    const failed = (why: string): ExternalError => new ExternalError(`The phone drivers could not be installed: ${why}.`, `npm ${args.join(' ')}`, output, [
      'Check the network and npm\'s registry (npm config get registry), then: dyno setup phones.',
    ]);
    child.once('error', (error) => reject(failed(error.message)));
    child.once('close', (code, killed) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      else if (code === 0) resolve();
      else reject(failed(`npm ended with ${killed ?? `exit code ${code}`}`));
    });
  });
}
