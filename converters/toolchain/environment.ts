import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { type Requirements, vendorRequirements } from './requirements.ts';

/** A finished Python environment. */
export interface Environment {
  readonly folder: string;
  readonly python: string;
  readonly packages: Readonly<Record<string, string>>;
}

/** Minor versions that all wheels of the requirements exist for, the preferred one first. */
export const FITTING_PYTHONS = ['3.13', '3.12', '3.11'] as const;

const READY = 'ready.json';

/** Where downloaded and built things are kept: `DYNO_CACHE`, else the system's cache folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.DYNO_CACHE) return environment.DYNO_CACHE;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'npu-dyno');
  if (process.platform === 'win32') return join(environment.LOCALAPPDATA ?? homedir(), 'npu-dyno', 'cache');
  return join(environment.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'npu-dyno');
}

/** The environment's folder for these requirements and a Python minor version: other requirements, another folder. */
export function environmentFolder(minor: string, environment: NodeJS.ProcessEnv = process.env, { name, file }: Pick<Requirements, 'name' | 'file'> = vendorRequirements()): string {
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
  return join(cacheFolder(environment), `${name}-${minor}-${hash}`);
}

/** Path of the interpreter inside of an environment. */
export function interpreterOf(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/**
 * The environment to work with: the folder that `DYNO_PYTHON_ENV` or its like names (one's own, with the packages of requirements.in), else the one
 * that set-up finished, of whichever fitting Python; null where there is none. Asks no process. Throws UserError for a folder without Python.
 */
export function findEnvironment(environment: NodeJS.ProcessEnv = process.env, requirements = vendorRequirements()): Environment | null {
  const own = environment[requirements.variable];
  if (own) return ownEnvironment(own, requirements.variable);
  for (const minor of FITTING_PYTHONS) {
    const folder = environmentFolder(minor, environment, requirements);
    const packages = readReady(folder);
    if (packages) return { folder, python: interpreterOf(folder), packages };
  }
  return null;
}

/** What a finished environment holds; null for one that is not, or whose Python has gone from this machine since. */
export function readReady(folder: string): Readonly<Record<string, string>> | null {
  try {
    const packages = JSON.parse(readFileSync(readyFile(folder), 'utf8')) as Record<string, string>;
    return existsSync(interpreterOf(folder)) ? packages : null;
  } catch {
    return null;
  }
}

/** Versions are read from the folders that installers leave: starting Python for them would take longer than a cached answer. */
function ownEnvironment(folder: string, variable: string): Environment {
  const python = interpreterOf(folder);
  if (!existsSync(python)) throw new UserError(`${variable} is ${folder}, which holds no Python.`, [`${python} is not there. Name a virtual environment, or unset it.`]);
  const packages = Object.fromEntries(sitePackages(folder).flatMap((site) => readdirSync(site)).flatMap((name) => {
    const found = /^(.+)-([^-]+)\.dist-info$/.exec(name);
    return found ? [[(found[1] as string).toLowerCase().replaceAll('_', '-'), found[2] as string]] : [];
  }));
  return { folder, python, packages };
}

/** Folders of an environment in which its packages lie. */
export function sitePackages(folder: string): string[] {
  const lib = join(folder, process.platform === 'win32' ? 'Lib' : 'lib');
  if (!existsSync(lib)) return [];
  const inside = process.platform === 'win32' ? [lib] : readdirSync(lib).filter((name) => name.startsWith('python')).map((name) => join(lib, name));
  return inside.map((path) => join(path, 'site-packages')).filter((path) => existsSync(path));
}

/** Written last: an environment without it is not finished. */
export function readyFile(folder: string): string {
  return join(folder, READY);
}
