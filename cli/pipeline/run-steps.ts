import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BugError } from '../../models/contracts/errors.ts';
import type { Emit, StepOutcome } from '../../models/contracts/events.ts';
import { writeFileSafely } from '../write-file.ts';
import { ArtifactStore, scratchName } from './artifacts.ts';
import { EventLog } from './event-log.ts';
import { hashJson } from './hash.ts';
import { lockFolder } from './lock.ts';
import type { Json, Step, StepContext } from './step.ts';

export interface RunStepsOptions {
  /** The run directory; made where it is missing. */
  readonly directory: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** What the run ends with, from the outputs of its steps. */
  readonly verdict?: (outputs: ReadonlyMap<string, Json>) => { readonly exitCode: number; readonly verdict: string };
}

/** A finished step as the run directory keeps it. */
interface Finished {
  readonly hash: string;
  readonly output: Json;
  readonly summary: string;
  readonly outcome?: 'skipped';
}

/**
 * Runs steps in order, each at most once for the same inputs: what an earlier, perhaps killed, run in the same directory finished is
 * taken from there. Every file is written beside its place and renamed. Stops at the first step that fails, and throws its error;
 * otherwise resolves to the outputs by step id.
 */
export async function runSteps(steps: readonly Step[], options: RunStepsOptions): Promise<ReadonlyMap<string, Json>> {
  checkOrder(steps);
  mkdirSync(join(options.directory, 'steps'), { recursive: true });
  const unlock = lockFolder(options.directory);
  const log = new EventLog(join(options.directory, 'events.jsonl'));
  const emit: Emit = (event) => {
    log.append(event);
    options.emit(event);
  };
  try {
    return await new Runner(steps, { ...options, emit }).all();
  } finally {
    log.close();
    unlock();
  }
}

class Runner {
  readonly #steps: readonly Step[];
  readonly #options: RunStepsOptions;
  readonly #artifacts: ArtifactStore;
  readonly #outputs = new Map<string, Json>();
  readonly #outputHashes = new Map<string, string>();

  constructor(steps: readonly Step[], options: RunStepsOptions) {
    this.#steps = steps;
    this.#options = options;
    this.#artifacts = new ArtifactStore(options.directory);
  }

  async all(): Promise<ReadonlyMap<string, Json>> {
    const { emit, directory, verdict } = this.#options;
    emit({ type: 'run-started', at: now(), directory, steps: this.#steps.map(({ id, kind, title }) => ({ id, kind, title })) });
    try {
      for (const step of this.#steps) await this.#take(step);
    } catch (error) {
      if (!this.#options.signal.aborted)
        emit({
          type: 'run-finished',
          at: now(),
          exitCode: 2,
          verdict: `Failed: ${error instanceof Error ? error.message : String(error)}`,
        });
      throw error;
    }
    emit({ type: 'run-finished', at: now(), ...(verdict?.(this.#outputs) ?? { exitCode: 0, verdict: 'Done.' }) });
    return this.#outputs;
  }

  async #take(step: Step): Promise<void> {
    const { emit, signal } = this.#options;
    signal.throwIfAborted();
    const hash = hashJson({ kind: step.kind, key: step.key, needs: step.needs.map((id) => this.#outputHashes.get(id)) });
    const started = performance.now();
    const finish = (outcome: StepOutcome, summary: string): void =>
      emit({ type: 'step-finished', at: now(), id: step.id, outcome, summary, ms: performance.now() - started });
    const before = this.#readFinished(step, hash);
    emit({ type: 'step-started', at: now(), id: step.id });
    if (before) {
      this.#keep(step, before.output);
      return finish(before.outcome ?? 'cached', before.summary);
    }
    try {
      const { output, summary, outcome = 'done' } = await this.#work(step, hash);
      this.#keep(step, output);
      finish(outcome, summary);
    } catch (error) {
      finish(signal.aborted ? 'interrupted' : 'failed', '');
      throw error;
    }
  }

  /** The result is on disk before the folder with its parts goes: a kill between the two costs nothing. */
  async #work(step: Step, hash: string): Promise<Finished> {
    const scratch = join(this.#options.directory, 'partial', scratchName(step.id, hash));
    mkdirSync(scratch, { recursive: true });
    const { output, summary, outcome } = await step.run(this.#context(step, scratch));
    const finished: Finished = { hash, summary, output: JSON.parse(JSON.stringify(output)) as Json, ...(outcome === 'skipped' ? { outcome } : {}) };
    writeFileSafely(this.#fileOf(step), `${JSON.stringify(finished)}\n`);
    rmSync(scratch, { recursive: true, force: true });
    return finished;
  }

  #context(step: Step, scratch: string): StepContext {
    const { emit, signal } = this.#options;
    const { id } = step;
    return {
      id,
      scratch,
      emit,
      signal,
      artifacts: this.#artifacts,
      input: <T>(needed: string): T => {
        if (!step.needs.includes(needed)) throw new BugError(`Step ${id} reads ${needed}, which it does not need.`);
        return this.#outputs.get(needed) as T;
      },
      progress: (note, done = 0, total = null) => emit({ type: 'step-progress', at: now(), id, done, total, note }),
      warn: (code, text, hint = null) => emit({ type: 'warning', at: now(), id, code, text, hint }),
    };
  }

  /** A result of the same inputs, if its files are still there. */
  #readFinished(step: Step, hash: string): Finished | null {
    const file = this.#fileOf(step);
    if (!existsSync(file)) return null;
    try {
      const finished = JSON.parse(readFileSync(file, 'utf8')) as Finished;
      return finished.hash === hash && artifactPaths(finished.output).every((path) => this.#artifacts.has(path)) ? finished : null;
    } catch {
      return null;
    }
  }

  #keep(step: Step, output: Json): void {
    this.#outputs.set(step.id, output);
    this.#outputHashes.set(step.id, hashJson(output));
  }

  #fileOf(step: Step): string {
    return join(this.#options.directory, 'steps', `${step.id.replace(/[^\w.-]+/g, '-')}.json`);
  }
}

function checkOrder(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const { id, needs } of steps) {
    const missing = needs.find((other) => !seen.has(other));
    if (missing !== undefined) throw new BugError(`Step ${id} needs ${missing}, which does not come before it.`);
    if (seen.has(id)) throw new BugError(`Two steps are called ${id}.`);
    seen.add(id);
  }
}

/** Every artifact that an output names, at any depth. */
function artifactPaths(output: Json): string[] {
  if (Array.isArray(output)) return output.flatMap(artifactPaths);
  if (typeof output !== 'object' || output === null) return [];
  const { path, sha256 } = output as { path?: unknown; sha256?: unknown };
  const own = typeof path === 'string' && typeof sha256 === 'string' && /^(artifacts|crops)\//.test(path) ? [path] : [];
  return [...own, ...Object.values(output).flatMap(artifactPaths)];
}

function now(): string {
  return new Date().toISOString();
}
