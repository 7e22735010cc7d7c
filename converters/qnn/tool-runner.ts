import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { tellLog } from '../../models/contracts/tool-log.ts';
import type { Step } from './chain-request.ts';
import { processEnvironment } from './tool-environment.ts';

/** How a call ended. */
export interface StepEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** The last that it printed, both streams as they came. */
  readonly output: string;
}

interface RunLimits {
  /** File that takes everything it prints, after what is there. */
  readonly log: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Who starts the tools: processes, or in tests the stand-ins themselves. */
export interface ToolRunner {
  run(step: Pick<Step, 'command' | 'cwd' | 'env' | 'tool'>, limits: RunLimits): Promise<StepEnd>;
}

/** What is kept of an output, to be looked through for known texts; the log has all. */
const TAIL = 4 * 2 ** 20;
const GRACE_MS = 3000;

/**
 * Tools as processes, each the head of a group of its own: at the time limit or when the work is given up all that it started ends with it, by
 * force where it does not listen.
 */
export function processRunner(base: NodeJS.ProcessEnv): ToolRunner {
  return { run: (step, limits) => runProcess(step, limits, base) };
}

function runProcess({ command, cwd, env }: Pick<Step, 'command' | 'cwd' | 'env'>, { log, timeoutMs, signal }: RunLimits, base: NodeJS.ProcessEnv): Promise<StepEnd> {
  const [program, ...args] = command as [string, ...string[]];
  const file = openSync(log, 'a');
  writeSync(file, `\n$ ${command.join(' ')}\n`);
  let output = '';
  const take = (text: string): void => {
    writeSync(file, text);
    output = (output + text).slice(-TAIL);
    tellLog(basename(program), /error|fail/i.test(text) ? 'warn' : 'info', text);
  };
  const child = spawn(program, args, { cwd, env: processEnvironment(env, base), stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' });
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  let timedOut = false;
  const end = (): void => endGroup(child);
  const endNow = (): void => signalGroup(child, 'SIGKILL');
  const limit = setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  process.once('exit', endNow);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  return new Promise<StepEnd>((resolve) => {
    child.on('error', (error) => take(`${error.message}\n`));
    child.on('close', (code, by) => resolve({ code: child.pid === undefined ? 127 : code, signal: by, timedOut, output }));
  }).finally(() => {
    clearTimeout(limit);
    process.off('exit', endNow);
    signal?.removeEventListener('abort', end);
    closeSync(file);
  });
}

/** Asks the group to end, and ends it where it does not listen. */
function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS).unref();
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
  } catch {
    child.kill(signal);
  }
}
