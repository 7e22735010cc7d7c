import { setTimeout as sleep } from 'node:timers/promises';
import type { ZodType } from 'zod';
import { ExternalError, UserError } from '../../../models/contracts/errors.ts';
import { type BatchSpec, batchSpecSchema, launchArguments, layout, type Status, statusSchema, type StepResult, stepResultSchema } from '../../runner/index.ts';
import type { IphoneLink } from './iphone-link.ts';
import { nameOf, PROBLEMS } from './known-problems.ts';

/** What is asked of a phone while a batch runs there. */
export type RunnerLink = Pick<IphoneLink, 'info' | 'terminate' | 'push' | 'launch' | 'isRunning' | 'pull' | 'pullFolder'>;

export interface PhoneRunOptions {
  /** Between two looks at the phone. */
  readonly pollMs: number;
  /** A status that stands still for so long means that the process hangs. */
  readonly silenceMs: number;
  /** The same for a phase without progress, heartbeats or not. */
  readonly stallMs: number;
  readonly onStatus?: (status: Status) => void;
  readonly onResult: (result: StepResult) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** Launches in a row after which nothing new was there. */
const MOST_FRUITLESS = 6;
/** A process that was launched may take so long until it says something. */
const START_MS = 30_000;
/** Results that are fetched one by one; more of them come as a folder. */
const MOST_SINGLE = 2;

/**
 * Runs a batch to its end, whose blobs are on the phone: sends it, launches the runner and launches it again as often as it asks for that or dies,
 * and brings results back between launches, when nothing is timed. Throws UserError where the runner refuses, ExternalError where launches lead nowhere.
 */
export async function runOnPhone(link: RunnerLink, spec: BatchSpec, options: PhoneRunOptions): Promise<void> {
  const { signal } = options;
  await link.terminate(signal);
  await link.push(layout.spec(spec.id), Buffer.from(JSON.stringify(batchSpecSchema.parse(spec))), signal);
  await new PhoneRun(link, spec, options).all();
}

/** Results that an earlier, interrupted run left on the phone. Whatever runs there is ended. */
export async function resultsOnPhone(link: RunnerLink, spec: BatchSpec, signal?: AbortSignal): Promise<StepResult[]> {
  await link.terminate(signal);
  const results = await pullAll(link, spec.id, signal);
  return spec.steps.flatMap(({ id }) => results.get(id) ?? []);
}

class PhoneRun {
  readonly #link: RunnerLink;
  readonly #spec: BatchSpec;
  readonly #options: PhoneRunOptions;
  readonly #open: string[];
  #collected = 0;
  #fruitless = 0;
  /** Launches that ended, as the runner counts them. */
  #launches = 0;

  constructor(link: RunnerLink, spec: BatchSpec, options: PhoneRunOptions) {
    this.#link = link;
    this.#spec = spec;
    this.#options = options;
    this.#open = spec.steps.map(({ id }) => id);
  }

  async all(): Promise<void> {
    const { signal } = this.#options;
    for (;;) {
      await this.#link.launch(launchArguments(this.#spec.id), signal);
      const last = await this.#untilItEnds();
      const before = this.#collected;
      await this.#collect(last);
      if (this.#open.length === 0) return;
      if (last?.phase === 'refused') throw refusal(this.#link, last.note);
      this.#fruitless = this.#collected > before ? 0 : this.#fruitless + 1;
      if (this.#fruitless < MOST_FRUITLESS) continue;
      const where = last === null ? 'before it wrote anything' : `in the phase "${last.phase}"`;
      throw new ExternalError(`The runner on ${nameOf(this.#link.info)} ended ${this.#fruitless} times ${where} without a result.`, 'mobile: launchApp', JSON.stringify(last), [
        'Start the app by hand and look at what it shows; then run the same command again with --resume.',
      ]);
    }
  }

  /** The status that the process left; null where it left none. One that hangs is ended. */
  async #untilItEnds(): Promise<Status | null> {
    const { pollMs, silenceMs, stallMs, signal, onStatus } = this.#options;
    let [heard, moved] = [performance.now(), performance.now()];
    let last = null as Status | null;
    for (;;) {
      await sleep(pollMs, undefined, signal ? { signal } : {});
      const runs = await this.#link.isRunning(signal);
      const status = await this.#status();
      if (status?.at !== last?.at) heard = performance.now();
      if (!last || !status || status.phase !== last.phase || status.step !== last.step || status.progress !== last.progress) moved = performance.now();
      last = status;
      if (status) onStatus?.(status);
      if (!runs) {
        this.#launches = status?.launch ?? 0;
        return status;
      }
      const patience = (status?.launch ?? 0) > this.#launches ? silenceMs : Math.max(silenceMs, START_MS);
      if (performance.now() - heard > patience || performance.now() - moved > stallMs) await this.#link.terminate(signal);
    }
  }

  async #status(): Promise<Status | null> {
    const bytes = await this.#link.pull(layout.status(this.#spec.id), this.#options.signal);
    return bytes && parsed(this.#link, statusSchema, bytes);
  }

  /** Steps have results in order, as many as the status counts. */
  async #collect(status: Status | null): Promise<void> {
    const { signal, onResult } = this.#options;
    const due = (status?.done ?? 0) - this.#collected;
    const all = due > MOST_SINGLE ? await pullAll(this.#link, this.#spec.id, signal) : null;
    for (let left = due; left > 0; left--) {
      const id = this.#open[0] as string;
      const result = all ? all.get(id) : await pullOne(this.#link, this.#spec.id, id, signal);
      if (!result) return;
      this.#open.shift();
      this.#collected++;
      await onResult(result);
    }
  }
}

async function pullOne(link: RunnerLink, batch: string, step: string, signal: AbortSignal | undefined): Promise<StepResult | null> {
  const bytes = await link.pull(layout.result(batch, step), signal);
  return bytes && parsed(link, stepResultSchema, bytes);
}

/** Results by step. */
async function pullAll(link: RunnerLink, batch: string, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, StepResult>> {
  const files = await link.pullFolder(layout.steps(batch), signal);
  return new Map([...files].filter(([name]) => name.endsWith('.json')).map(([name, bytes]) => [name.slice(0, -'.json'.length), parsed(link, stepResultSchema, bytes)]));
}

/** Throws UserError for what a runner of another version wrote. */
function parsed<T>(link: RunnerLink, schema: ZodType<T>, bytes: Uint8Array): T {
  const read = schema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  if (read.success) return read.data;
  throw refusal(link, `What it wrote is not understood here: ${read.error.issues[0]?.path.join('.')} ${read.error.issues[0]?.message}.`);
}

function refusal({ info }: RunnerLink, note: string | null): UserError {
  const { message, nextSteps } = PROBLEMS.refused(nameOf(info));
  return new UserError(note === null ? message : `${message} ${note}`, nextSteps);
}
