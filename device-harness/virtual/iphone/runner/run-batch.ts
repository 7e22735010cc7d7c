import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHostExecutor, type HostExecutor } from '../../../../models/run/index.ts';
import { type BatchSpec, batchSpecSchema, layout, type RunnerModel, type Status, type Step, type StepResult, stepResultSchema } from '../../../runner/index.ts';
import { readState } from '../iphone-state.ts';
import { Blobs } from './blobs.ts';
import { isHotter, thermalOf } from './conditions.ts';
import type { RunnerStart } from './start.ts';
import { readStatus, StatusFile } from './status-file.ts';
import { StepFailure } from './step-failure.ts';
import { headOf, type StepRun } from './step-run.ts';
import { takeStep } from './steps.ts';
import { writeJson } from './write-json.ts';

/** One launch of the stand-in for one batch, as docs/iphone-runner.md tells it. */
export async function runBatch(start: RunnerStart, id: string): Promise<void> {
  const statusPath = join(start.documents, layout.status(id));
  const previous = readStatus(statusPath);
  const launch = (previous?.launch ?? 0) + 1;
  const beginning = { batch: id, launch, done: 0, total: 0, failed: 0, waitedMs: previous?.waitedMs ?? 0 };
  const spec = readSpec(start, id);
  if (typeof spec === 'string') return new StatusFile(statusPath, start.phone, beginning).end('refused', spec);
  const results = spec.steps.flatMap((step) => readResult(start, id, step) ?? []);
  const failed = results.filter(({ type }) => type === 'failure').length;
  const status = new StatusFile(statusPath, start.phone, { ...beginning, done: results.length, total: spec.steps.length, failed });
  status.beat(spec.heartbeatSeconds);
  const host = createHostExecutor({ threads: 1 });
  await new Launch(start, spec, status, previous, host).run();
  await host.close();
}

class Launch {
  readonly #start: RunnerStart;
  readonly #spec: BatchSpec;
  readonly #status: StatusFile;
  /** Step in which the launch before died, with the attempts that it took so far. */
  readonly #died: Status | null;
  readonly #blobs: Blobs;
  readonly #host: HostExecutor;

  constructor(start: RunnerStart, spec: BatchSpec, status: StatusFile, previous: Status | null, host: HostExecutor) {
    this.#start = start;
    this.#spec = spec;
    this.#status = status;
    this.#host = host;
    this.#died = previous?.step != null && previous.phase !== 'cooling' ? previous : null;
    this.#blobs = new Blobs(start.documents, start.caches, () => readState(start.phone).freeBytes);
  }

  async run(): Promise<void> {
    let taken = 0;
    for (const step of this.#spec.steps) {
      if (readResult(this.#start, this.#spec.id, step)) continue;
      if (existsSync(join(this.#start.documents, layout.stop(this.#spec.id)))) return this.#status.end('stopped');
      if (taken === this.#spec.stepsPerLaunch) return this.#status.end('relaunch');
      if (this.#diedForGood(step)) continue;
      await this.#take(step);
      taken++;
    }
    this.#status.end('finished');
  }

  /** A step that ended the process too often, or whose model did so on the same unit before, gets its failure. */
  #diedForGood(step: Step): boolean {
    const own = this.#died?.step === step.id && this.#died.attempt >= this.#spec.attempts ? this.#died : null;
    const results = this.#spec.steps.map((other) => readResult(this.#start, this.#spec.id, other));
    const earlier = results.find((result) => result?.type === 'failure' && result.kind === 'died' && result.model === step.model && result.unit === step.unit);
    if (own === null && !earlier) return false;
    const run = this.#runOf(step, Math.max(1, own?.attempt ?? 1), { cooled: true, waitedMs: 0 });
    const message = own ? `The process ended during "${own.phase}", ${own.attempt} times.` : 'The model ended the process on this unit before.';
    this.#finish(run, { type: 'failure', ...headOf(run), kind: 'died', phase: own?.phase ?? 'loading', message, detail: '', thermal: thermalOf(readState(this.#start.phone)) });
    return true;
  }

  async #take(step: Step): Promise<void> {
    const attempt = this.#died?.step === step.id ? this.#died.attempt + 1 : 1;
    this.#status.phase('cooling', { step, attempt: attempt - 1 });
    const run = this.#runOf(step, attempt, await this.#coolDown());
    try {
      this.#finish(run, await takeStep(run));
    } catch (error) {
      const { kind, message } = error instanceof StepFailure ? error : { kind: 'internal' as const, message: String(error) };
      const phase = readStatus(join(this.#start.documents, layout.status(this.#spec.id)))?.phase ?? 'starting';
      this.#finish(run, { type: 'failure', ...headOf(run), kind, phase, message, detail: '', thermal: thermalOf(readState(this.#start.phone)) });
    }
  }

  #finish({ step }: StepRun, result: StepResult): void {
    writeJson(join(this.#start.documents, layout.result(this.#spec.id, step.id)), result);
    this.#status.count(result.type === 'failure');
  }

  #runOf(step: Step, attempt: number, waited: StepRun['waited']): StepRun {
    const model = this.#spec.models.find(({ id }) => id === step.model) as RunnerModel;
    const startedAt = new Date().toISOString();
    return { start: this.#start, spec: this.#spec, step, model, attempt, startedAt, waited, blobs: this.#blobs, host: this.#host, status: this.#status };
  }

  async #coolDown(): Promise<StepRun['waited']> {
    const { gate, maxWaitMs, totalWaitMs, pollMs } = this.#spec.coolDown;
    const patience = Math.min(maxWaitMs, totalWaitMs - this.#status.waitedMs);
    const began = performance.now();
    for (;;) {
      const waitedMs = Math.round(performance.now() - began);
      const cooled = !isHotter(thermalOf(readState(this.#start.phone)), gate);
      if (cooled || waitedMs >= patience) {
        this.#status.waited(waitedMs);
        return { cooled, waitedMs };
      }
      await sleep(Math.max(1, Math.min(pollMs, patience - waitedMs)));
    }
  }
}

/** The batch, or why it is none. */
function readSpec({ documents }: RunnerStart, id: string): BatchSpec | string {
  try {
    return batchSpecSchema.parse(JSON.parse(readFileSync(join(documents, layout.spec(id)), 'utf8')));
  } catch (error) {
    return `The batch cannot be read: ${(error as Error).message}`;
  }
}

function readResult({ documents }: RunnerStart, batch: string, { id }: Step): StepResult | null {
  const path = join(documents, layout.result(batch, id));
  return existsSync(path) ? stepResultSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : null;
}
