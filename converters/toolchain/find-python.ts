import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FITTING_PYTHONS } from './environment.ts';

export interface Python {
  readonly command: string;
  /** `sys.executable` of it. */
  readonly executable: string;
  readonly version: string;
  readonly minor: string;
}

export interface PythonSearch {
  readonly python: Python | null;
  /** What was tried and why it did not do, one sentence each. */
  readonly tried: readonly string[];
}

/** On Windows the launcher knows what is installed; what is called python there may be a stub that opens the store. */
const CANDIDATES = process.platform === 'win32'
  ? [...FITTING_PYTHONS.map((minor) => ['py', `-${minor}`]), ['python']]
  : [...FITTING_PYTHONS.map((minor) => [`python${minor}`]), ['python3'], ['python']];
const PROBE = 'import sys, json; print(json.dumps([sys.executable, sys.version.split()[0]]))';

/** The first fitting Python: `DYNO_PYTHON` where it is set (and nothing else then), else the usual names on the path. */
export async function findPython(environment: NodeJS.ProcessEnv = process.env): Promise<PythonSearch> {
  const tried: string[] = [];
  const forced = environment.DYNO_PYTHON;
  for (const candidate of forced ? [[forced]] : CANDIDATES) {
    const found = await probe(candidate, environment);
    if (typeof found === 'string') tried.push(found);
    else if ((FITTING_PYTHONS as readonly string[]).includes(found.minor)) return { python: found, tried };
    else tried.push(`${found.command} is Python ${found.version}`);
  }
  return { python: null, tried };
}

async function probe(candidate: readonly string[], environment: NodeJS.ProcessEnv): Promise<Python | string> {
  const [file, ...args] = candidate as [string, ...string[]];
  const command = candidate.join(' ');
  try {
    const { stdout } = await promisify(execFile)(file, [...args, '-c', PROBE], { timeout: 20_000, env: { ...environment, TERM: 'dumb' } });
    const [executable, version] = JSON.parse(stdout) as [string, string];
    return { command, executable, version, minor: version.split('.').slice(0, 2).join('.') };
  } catch (error) {
    const { code, message, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    return code === 'ENOENT' ? `${command} is not on the path` : `${command} did not answer (${firstLine(stderr ?? '') || message})`;
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] as string;
}
