import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findEnvironment, sitePackages } from './environment.ts';

/**
 * The adb to use: of the Android SDK that `ANDROID_HOME` or `ANDROID_SDK_ROOT` names, else the one on the path, else the one that the Python
 * environment brings along (PyPI's adbutils, adb 36). Null where there is none. Asks no process.
 */
export function findAdb(environment: NodeJS.ProcessEnv = process.env): string | null {
  const name = process.platform === 'win32' ? 'adb.exe' : 'adb';
  const sdk = [environment['ANDROID_HOME'], environment['ANDROID_SDK_ROOT']].flatMap((root) => (root ? [join(root, 'platform-tools')] : []));
  const path = (environment['PATH'] ?? '').split(delimiter).filter(Boolean);
  const python = findEnvironment(environment);
  const bundled = python ? sitePackages(python.folder).map((folder) => join(folder, 'adbutils', 'binaries')) : [];
  return [...sdk, ...path, ...bundled].map((folder) => join(folder, name)).find(runs) ?? null;
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
