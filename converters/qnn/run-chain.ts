import { mkdirSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ExternalError } from '../../models/contracts/index.ts';
import { sha256File } from '../../models/onnx/index.ts';
import type { ChainPlan, Step } from './chain-request.ts';
import { fallbacksIn, knownErrors, withoutNoise } from './known-errors.ts';
import type { StepEnd, ToolRunner } from './tool-runner.ts';

/** A call that did what it should. */
export interface DoneStep {
  readonly tool: string;
  readonly command: string;
  readonly seconds: number;
  /** Relative to the work folder. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  /** Operators that it left in float. */
  readonly fallbacks: readonly string[];
}

export interface ChainRun {
  readonly runner: ToolRunner;
  /** Takes what the tools print. */
  readonly log: string;
  /** For each call. */
  readonly timeoutMs: number;
  readonly progress: (title: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Writes the files that a plan needs before its first step. */
export function writePlanned({ folders, files }: Pick<ChainPlan, 'folders' | 'files'>, work: string): void {
  for (const folder of folders) mkdirSync(join(work, folder), { recursive: true });
  for (const { path, text } of files) writeFileSync(join(work, path), text);
}

/** Runs the steps in order. Throws ExternalError with what is known of the failure; a success that was only said is a failure. */
export async function runSteps(steps: readonly Step[], run: ChainRun): Promise<DoneStep[]> {
  const done: DoneStep[] = [];
  for (const [at, step] of steps.entries()) {
    run.progress(step.title, at, steps.length);
    done.push(await runStep(step, run));
  }
  return done;
}

/** Clock and file system may differ by this much. */
const CLOCK_SLACK_MS = 2000;

async function runStep(step: Step, { runner, log, timeoutMs, signal }: ChainRun): Promise<DoneStep> {
  signal?.throwIfAborted();
  for (const file of step.produces) rmSync(join(step.cwd, file), { force: true });
  const started = Date.now();
  const end = await runner.run(step, { log, timeoutMs, ...(signal ? { signal } : {}) });
  removeTemporary(step.cwd);
  signal?.throwIfAborted();
  const command = step.command.join(' ');
  const output = lastLines(withoutNoise(end.output));
  const reason = howItFailed(end, timeoutMs);
  if (reason !== null) throw failure(`${step.tool} ${reason}`, command, output, end.output, log);
  const files = [];
  for (const path of step.produces) {
    const full = join(step.cwd, path);
    const stat = statSync(full, { throwIfNoEntry: false });
    if (!stat?.isFile() || stat.size === 0 || stat.mtimeMs < started - CLOCK_SLACK_MS) {
      const lack = stat ? (stat.size === 0 ? 'left empty' : 'did not write') : 'wrote no';
      const all = `${end.output}\n${isFull(dirname(full)) ? 'No space left on device' : ''}`;
      throw failure(`${step.tool} said that it succeeded and ${lack} ${path}`, command, output, all, log);
    }
    files.push({ path, bytes: stat.size, sha256: await sha256File(full) });
  }
  return { tool: step.tool, command, seconds: (Date.now() - started) / 1000, files, fallbacks: fallbacksIn(end.output) };
}

function howItFailed({ code, signal, timedOut }: StepEnd, timeoutMs: number): string | null {
  if (timedOut) return `did not end within ${Math.round(timeoutMs / 1000)} s`;
  if (signal !== null) return `was ended by ${signal}`;
  return code === 0 ? null : `ended with code ${code}`;
}

function failure(what: string, command: string, output: string, all: string, log: string): ExternalError {
  const known = knownErrors(all);
  const why = known[0] ? `: ${known[0].cause}` : '.';
  return new ExternalError(`${what}${why}`, command, output, [...known.map(({ advice }) => advice), `All that the tools printed: ${log}`]);
}

/** The library generator leaves a folder of object files. */
function removeTemporary(folder: string): void {
  for (const name of readdirSync(folder)) if (/^tmp_\d+$/.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
}

const LEAST_SPACE = 2 ** 20;

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < LEAST_SPACE;
  } catch {
    return false;
  }
}

function lastLines(output: string, count = 30): string {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}
