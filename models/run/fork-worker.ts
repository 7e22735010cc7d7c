import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BugError } from '../contracts/errors.ts';

/** ONNX Runtime 1.30 and later would report its use to Microsoft, and leaves a log file in /tmp for each process that loads it. */
export const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1' };

/**
 * Starts a worker of this package as a child process. `entry` is its module path from the package root without extension, e.g.
 * `models/run/ort-worker`. From TypeScript sources the worker runs through tsx, from a build as plain JavaScript. Its stdout is
 * discarded and its stderr piped; messages use the structured clone format, so typed arrays and bigints travel as they are.
 * The child ends when this process exits, and does not keep it alive by itself once `unrefWorker` was called.
 */
export function forkWorker(entry: string): ChildProcess {
  const { file, execArgv } = locate(entry);
  const env = { ...NO_TELEMETRY, ...process.env };
  const child = fork(file, [], { env, execArgv, serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  killAtExit(child);
  return child;
}

/** Lets this process end although the child lives. */
export function unrefWorker(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  (child.stderr as unknown as { unref?(): void } | null)?.unref?.();
}

/** Keeps this process alive until the child answers. */
export function refWorker(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

/** Words of a command line that starts a module of this package, for scripts that other programs run. */
export function moduleCommand(entry: string): readonly string[] {
  const { file, execArgv } = locate(entry);
  return [process.execPath, ...execArgv, file];
}

function locate(entry: string): { file: string; execArgv: string[] } {
  const here = fileURLToPath(import.meta.url);
  const root = packageRoot(dirname(here));
  if (!here.endsWith('.ts')) return { file: join(root, 'dist', `${entry}.js`), execArgv: [] };
  const loader = pathToFileURL(createRequire(here).resolve('tsx')).href;
  return { file: join(root, `${entry}.ts`), execArgv: ['--import', loader] };
}

/** A bundle may hold this module anywhere below `dist`, so the root is found by its package.json. */
function packageRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) throw new BugError(`No package.json above ${pathToFileURL(start)}.`);
  }
}

const living = new Set<ChildProcess>();

function killAtExit(child: ChildProcess): void {
  if (living.size === 0) process.on('exit', killAll);
  living.add(child);
  child.once('exit', () => {
    living.delete(child);
    if (living.size === 0) process.off('exit', killAll);
  });
}

function killAll(): void {
  for (const child of living) child.kill('SIGKILL');
}
