import { existsSync, readdirSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, environmentFolder, FITTING_PYTHONS, readReady } from './environment.ts';
import { isLocked } from './file-lock.ts';
import { openVinoRequirements, vendorRequirements } from './requirements.ts';

/** An environment in the cache that this version of dyno does not use. */
export interface OtherEnvironment {
  readonly folder: string;
  /** False where a set-up was broken off. */
  readonly finished: boolean;
  readonly bytes: number;
}

const OURS = /^(?:python|openvino)-3\.\d+-[0-9a-f]{12}$/;

/** Environments for other requirements (of another version of dyno), and what broken-off set-ups left. Not those that one works on now. */
export async function otherEnvironments(environment: NodeJS.ProcessEnv = process.env): Promise<readonly OtherEnvironment[]> {
  const cache = cacheFolder(environment);
  const current = new Set<string>([vendorRequirements(), openVinoRequirements()].flatMap((requirements) => FITTING_PYTHONS.map((minor) => environmentFolder(minor, environment, requirements))));
  const names = existsSync(cache) ? readdirSync(cache).filter((name) => OURS.test(name)) : [];
  const found = names.map((name) => join(cache, name)).filter((folder) => !isLocked(`${folder}.lock`))
    .map((folder) => ({ folder, finished: readReady(folder) !== null }))
    .filter(({ folder, finished }) => !(finished && current.has(folder)));
  return Promise.all(found.map(async (other) => ({ ...other, bytes: await bytesIn(other.folder) })));
}

/** Removes them; returns what was there. */
export async function removeOtherEnvironments(environment: NodeJS.ProcessEnv = process.env): Promise<readonly OtherEnvironment[]> {
  const others = await otherEnvironments(environment);
  for (const { folder } of others) await rm(folder, { recursive: true, force: true });
  return others;
}

/** Bytes of all files below a folder; links count as themselves. */
export async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? bytesIn(path) : lstat(path).then(({ size }) => size, () => 0);
  }));
  return sizes.reduce((sum, size) => sum + size, 0);
}
