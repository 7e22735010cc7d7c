import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findEnvironment } from '../../converters/toolchain/index.ts';

const NAME = process.platform === 'win32' ? 'adb.exe' : 'adb';

/**
 * The adb to use: of the Android SDK that `ANDROID_HOME` or `ANDROID_SDK_ROOT` names, else of the path, else the one that the Python
 * environment brings along (PyPI's adbutils, adb 36). Null where there is none.
 */
export function findAdb(environment: NodeJS.ProcessEnv = process.env): string | null {
  const sdk = [environment['ANDROID_HOME'], environment['ANDROID_SDK_ROOT']].flatMap((root) => (root ? [join(root, 'platform-tools')] : []));
  const path = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...sdk, ...path, ...ofPython(environment)].map((folder) => join(folder, NAME)).find(runs) ?? null;
}

function ofPython(environment: NodeJS.ProcessEnv): string[] {
  const found = findEnvironment(environment);
  if (!found) return [];
  const lib = join(found.folder, process.platform === 'win32' ? 'Lib' : 'lib');
  const versions = process.platform === 'win32' ? ['.'] : existsSync(lib) ? readdirSync(lib).filter((name) => name.startsWith('python')) : [];
  return versions.map((version) => join(lib, version, 'site-packages', 'adbutils', 'binaries'));
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
