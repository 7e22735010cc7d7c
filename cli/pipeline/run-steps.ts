import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BugError } from '../../models/contracts/errors.ts';
import type { Emit } from '../../models/contracts/events.ts';
import { listenToLog } from '../../models/contracts/tool-log.ts';
import { ArtifactStore } from './artifacts.ts';
import { StoppedByHand } from './device-stops.ts';
import { EventLog } from './event-log.ts';
import { FinishedSteps } from './finished-steps.ts';
import { lockFolder } from './lock.ts';
import { RunControl } from './run-control.ts';
import type { Json, Step, StepContext } from './step.ts';
import { StepLedger } from './step-ledger.ts';
import { Steering } from './steering.ts';

export interface RunStepsOptions {
  /** The run directory; made where it is missing. */
  readonly directory: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** By which a person may leave out, retry and stop; nobody does unless told. */
  readonly control?: RunControl;
  /** What the run ends with, from the outputs of its steps. */
  readonly verdict?: (outputs: ReadonlyMap<string, Json>) => { readonly exitCode: number; readonly verdict: string };
}

/**
 * Runs steps in order, each at most once for the same inputs: what an earlier, perhaps killed, run in the same directory finished is
 * taken from there. Every file is written beside its place and renamed. Where a step fails and somebody attends, the run waits for an answer: once
 * more, without it, or not at all. Else it stops at the first step that fails, and throws its error. Resolves to the outputs by step id; those
 * of steps that a person left out are not in it.
 */
export async function runSteps(steps: readonly Step[], options: RunStepsOptions): Promise<ReadonlyMap<string, Json>> {
  const ledger = new StepLedger(steps);
  mkdirSync(options.directory, { recursive: true });
  const unlock = lockFolder(options.directory);
  const log = new EventLog(join(options.directory, 'events.jsonl'));
  // What programs say that have nothing to complain about is for the screen alone.
  const emit: Emit = (event) => {
    if (event.type !== 'log' || event.line.level !== 'info') log.append(event);
    options.emit(event);
  };
  try {
    return await new Runner(steps, ledger, { ...options, emit }).all();
  } finally {
    log.close();
    unlock();
  }
}

class Runner {
  readonly #steps: readonly Step[];
  readonly #ledger: StepLedger;
  readonly #options: RunStepsOptions;
  readonly #control: RunControl;
  readonly #artifacts: ArtifactStore;
  readonly #finished: FinishedSteps;
  readonly #steering: Steering;

  constructor(steps: readonly Step[], ledger: StepLedger, options: RunStepsOptions) {
    this.#steps = steps;
    this.#ledger = ledger;
    this.#options = options;
    this.#control = options.control ?? new RunControl();
    this.#artifacts = new ArtifactStore(options.directory);
    this.#finished = new FinishedSteps(options.directory, this.#artifacts);
    this.#steering = new Steering(ledger, options.emit, options.signal);
  }

  async all(): Promise<ReadonlyMap<string, Json>> {
    const { emit, directory, verdict, signal } = this.#options;
    const { outputs } = this.#ledger;
    emit({ type: 'run-started', at: now(), directory, steps: this.#steps.map(({ id, kind, title }) => ({ id, kind, title })) });
    const release = this.#control.serve(this.#steering);
    const silence = listenToLog((line) => emit({ type: 'log', at: now(), id: this.#steering.running, line }));
    try {
      for (let step = this.#ledger.next(); step; step = this.#ledger.next()) await this.#take(step);
    } catch (error) {
      if (!signal.aborted) emit({ type: 'run-finished', at: now(), exitCode: 2, verdict: `Failed: ${messageOf(error)}` });
      throw error;
    } finally {
      silence();
      release();
    }
    emit({ type: 'run-finished', at: now(), ...(verdict?.(outputs) ?? { exitCode: 0, verdict: 'Done.' }) });
    return outputs;
  }

  /** Takes a step once. One that a person wants tried again stays open, and comes next. */
  async #take(step: Step): Promise<void> {
    const { emit, signal } = this.#options;
    signal.throwIfAborted();
    const lack = this.#ledger.lackOf(step);
    if (lack) return this.#steering.omit(step, 'need', `it needs “${lack.title}”, which was left out`);
    const hash = this.#ledger.hashOf(step);
    const started = performance.now();
    const time = (): number => performance.now() - started;
    const before = this.#finished.read(step, hash);
    emit({ type: 'step-started', at: now(), id: step.id });
    if (before) {
      this.#ledger.keep(step, before.output);
      return emit({ type: 'step-finished', at: now(), id: step.id, outcome: before.outcome ?? 'cached', summary: before.summary, ms: time() });
    }
    const own = this.#steering.begin(step);
    try {
      const scratch = this.#finished.scratch(step, hash);
      const result = await step.run(this.#context(step, scratch, own));
      const { output, summary, outcome = 'done' } = this.#finished.write(step, hash, result);
      this.#ledger.keep(step, output);
      emit({ type: 'step-finished', at: now(), id: step.id, outcome, summary, ms: time() });
    } catch (error) {
      await this.#failed(step, error, own, time);
    } finally {
      this.#steering.end();
    }
  }

  async #failed(step: Step, error: unknown, own: AbortSignal, time: () => number): Promise<void> {
    const { emit, signal } = this.#options;
    const finish = (outcome: 'failed' | 'interrupted'): void => emit({ type: 'step-finished', at: now(), id: step.id, outcome, summary: '', ms: time() });
    if (signal.aborted) {
      finish('interrupted');
      throw error;
    }
    if (own.aborted || error instanceof StoppedByHand) return this.#steering.omit(step, 'user', 'left out by hand', time());
    const answer = this.#control.isAttended ? await this.#steering.ask(step, error).catch(() => null) : 'abort';
    if (answer === 'retry') return;
    if (answer === 'skip') return this.#steering.omit(step, 'user', `left out after it failed: ${messageOf(error)}`, time());
    finish(answer === null ? 'interrupted' : 'failed');
    throw error;
  }

  #context(step: Step, scratch: string, signal: AbortSignal): StepContext {
    const { emit } = this.#options;
    const { id } = step;
    const { outputs } = this.#ledger;
    const check = (needed: string): void => {
      if (!step.needs.includes(needed)) throw new BugError(`Step ${id} reads ${needed}, which it does not need.`);
    };
    return {
      id,
      scratch,
      emit,
      signal,
      artifacts: this.#artifacts,
      input: <T>(needed: string): T => {
        check(needed);
        return outputs.get(needed) as T;
      },
      inputs: <T>(ids: readonly string[]): T[] => {
        ids.forEach(check);
        return ids.filter((needed) => outputs.has(needed)).map((needed) => outputs.get(needed) as T);
      },
      omissions: () => this.#ledger.omissions,
      stopOf: (device) => this.#steering.stopOf(device),
      progress: (note, done = 0, total = null) => emit({ type: 'step-progress', at: now(), id, done, total, note }),
      warn: (code, text, hint = null) => emit({ type: 'warning', at: now(), id, code, text, hint }),
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function now(): string {
  return new Date().toISOString();
}
