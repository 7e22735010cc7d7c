import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

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

/** Versions that all wheels of the requirements exist for. */
const FITTING = ['3.11', '3.12', '3.13'];
const CANDIDATES = ['python3.13', 'python3.12', 'python3.11', 'python3', 'python'];
const PROBE = 'import sys, json; print(json.dumps([sys.executable, sys.version.split()[0]]))';

/** The first fitting Python: `DYNO_PYTHON` where it is set (and nothing else then), else the usual names on the path. */
export async function findPython(environment: NodeJS.ProcessEnv = process.env): Promise<PythonSearch> {
  const tried: string[] = [];
  const forced = environment.DYNO_PYTHON;
  for (const command of forced ? [forced] : CANDIDATES) {
    const found = await probe(command);
    if (typeof found === 'string') tried.push(found);
    else if (FITTING.includes(found.minor)) return { python: found, tried };
    else tried.push(`${command} is Python ${found.version}; needed is one of ${FITTING.join(', ')}`);
  }
  return { python: null, tried };
}

async function probe(command: string): Promise<Python | string> {
  try {
    const { stdout } = await promisify(execFile)(command, ['-c', PROBE], { timeout: 20_000, env: { ...process.env, TERM: 'dumb' } });
    const [executable, version] = JSON.parse(stdout) as [string, string];
    return { command, executable, version, minor: version.split('.').slice(0, 2).join('.') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `${command} is not on the path` : `${command} did not answer: ${message.split('\n')[0]}`;
  }
}
