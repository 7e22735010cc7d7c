import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../models/contracts/index.ts';
import type { QnnSdk } from './sdk.ts';
import { processEnvironment, toolEnvironment } from './tool-environment.ts';

/** The Python that runs the SDK's scripts. */
export interface SdkPython {
  /** `sys.executable`. */
  readonly executable: string;
  /** `3.10`. */
  readonly minor: string;
  /** `--python`, `DYNO_QNN_PYTHON`, or the name on the path. */
  readonly from: string;
  /** Of the packages that the SDK's converters import, those that are not there. */
  readonly missing: readonly string[];
}

/** Programs of an SDK that are Python scripts without extension. */
export const SCRIPTS: ReadonlySet<string> = new Set(['qnn-onnx-converter', 'qnn-model-lib-generator', 'qairt-converter', 'qairt-quantizer']);

/** Packages that every converter of an ONNX file needs. */
const PACKAGES = ['numpy', 'onnx', 'yaml'];
const PROBE = `import sys, json, importlib.util as u; print(json.dumps([sys.executable, '%d.%d' % sys.version_info[:2], [p for p in ${JSON.stringify(PACKAGES)} if u.find_spec(p) is None]]))`;

/** Python that the SDK's libraries are built for (`libPyIrGraph310.so` → 3.10); null where it has none, and any Python will do. */
export function neededPython({ root }: QnnSdk): string | null {
  const digits = libraryNames(join(root, 'lib', 'python'), 6).flatMap((name) => /^libPyIrGraph3(\d+)\b/.exec(name)?.[1] ?? []);
  const newest = digits.map(Number).sort((a, b) => b - a)[0];
  return newest === undefined ? null : `3.${newest}`;
}

/**
 * The Python to use: the one named (`--python`, `DYNO_QNN_PYTHON`), whatever its version, else one of the version that the SDK needs on the
 * path. Throws UserError where there is none.
 */
export async function findSdkPython(sdk: QnnSdk, named: string | null, environment: NodeJS.ProcessEnv): Promise<SdkPython> {
  const needed = neededPython(sdk);
  const given = named === null ? (['DYNO_QNN_PYTHON', environment['DYNO_QNN_PYTHON'] ?? null] as const) : (['--python', named] as const);
  if (given[1] !== null) {
    const found = await ask(sdk, given[1], given[0], environment);
    if (typeof found !== 'string') return found;
    throw new UserError(`${given[0]} is ${given[1]}, which does not start: ${found}.`, ['Name the interpreter, e.g. /home/me/qnn-venv/bin/python.']);
  }
  const seen: string[] = [];
  for (const name of needed === null ? ['python3', 'python'] : [`python${needed}`, 'python3', 'python']) {
    const found = await ask(sdk, name, name, environment);
    if (typeof found === 'string') continue;
    if (needed === null || found.minor === needed) return found;
    seen.push(`${name} is Python ${found.minor}`);
  }
  throw new UserError(`The SDK in ${sdk.root} needs Python ${needed ?? '3'}, and there is none on the path${seen.length > 0 ? ` (${seen.join(', ')})` : ''}.`, [
    `Make an environment: python${needed ?? '3'} -m venv qnn-venv, install there what the SDK's bin/check-python-dependency lists, and name it: --python qnn-venv/bin/python or DYNO_QNN_PYTHON.`,
  ]);
}

async function ask(sdk: QnnSdk, command: string, from: string, environment: NodeJS.ProcessEnv): Promise<SdkPython | string> {
  const env = processEnvironment(toolEnvironment(sdk, { python: null, ndk: null }), environment);
  try {
    const { stdout } = await promisify(execFile)(command, ['-c', PROBE], { timeout: 30_000, env });
    const [executable, minor, missing] = JSON.parse(stdout) as [string, string, string[]];
    return { executable, minor, missing: existsSync(join(sdk.root, 'lib', 'python', 'qti', 'aisw')) ? missing : [], from };
  } catch (error) {
    return (error as Error).message.split('\n')[0] as string;
  }
}

function libraryNames(folder: string, depth: number): string[] {
  if (!existsSync(folder) || depth === 0) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? libraryNames(join(folder, entry.name), depth - 1) : [entry.name]));
}
