import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Environment, sitePackages } from './environment.ts';

/** The adb that came with the Python environment, else the one on the path; null where there is none. Asks no process. */
export function findAdb(found: Environment | null, environment: NodeJS.ProcessEnv = process.env): string | null {
  const name = process.platform === 'win32' ? 'adb.exe' : 'adb';
  const bundled = found ? sitePackages(found.folder).map((folder) => join(folder, 'adbutils', 'binaries', name)) : [];
  const onPath = (environment['PATH'] ?? '').split(delimiter).filter(Boolean).map((folder) => join(folder, name));
  return [...bundled, ...onPath].find((path) => existsSync(path)) ?? null;
}
