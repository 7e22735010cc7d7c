import { UserError } from '../../../models/contracts/errors.ts';
import type { NamedArrays } from '../../../models/contracts/executor.ts';
import type { SustainedRecord } from '../../../models/contracts/records.ts';
import { median } from '../../method/stats/index.ts';
import { type BatchSpec, layout, MOST_PART_BYTES, type OutputRecord, type RunnerModel, type Status, type Step, type StepResult, type Unit } from '../../runner/index.ts';
import { BatchJobs, type JobProgress } from '../batch-jobs.ts';
import type { Batch, BlockReport, BlockSpec, Device, DeviceCapabilities, Readiness, SustainedLoad, Ticket, TicketStatus, Variant } from '../device.ts';
import { variantIn } from '../serial-jobs.ts';
import { type Blob, BlobStore } from './blob-store.ts';
import { failedBlock, finishedBlock, type PlanWithMacs, pullOutputs } from './block-report.ts';
import { batchOf, type RunnerRules, type SentModel, sendModels, stepKey, stepsOf } from './build-batch.ts';
import type { IphoneLink } from './iphone-link.ts';
import type { Journal } from './journal.ts';
import { nameOf, PROBLEMS } from './known-problems.ts';
import { resultsOnPhone, runOnPhone } from './run-on-phone.ts';
import { sustainedRecord } from './sustained-record.ts';
import { CORE_ML_UNITS, UnitTimes } from './unit-proof.ts';

export interface IphoneDeviceOptions {
  readonly selector: string;
  readonly link: IphoneLink;
  readonly journal: Journal;
  readonly rules: RunnerRules;
  readonly blocksPerBatch: number;
  readonly pollMs: number;
  readonly silenceMs: number;
  readonly stallMs: number;
  /** Gives back what was opened with the device. */
  readonly release: () => Promise<void>;
}

/** Steps for models that were sent; `put` sends what they need besides, and gives its hash. */
export type StepsFor = (models: readonly SentModel[], put: (blob: Blob) => Promise<string>) => readonly Step[] | Promise<readonly Step[]>;

export interface AskOptions {
  readonly rules: Pick<Batch, 'warmUp' | 'timed'>;
  readonly onResult: (result: StepResult, outputs: NamedArrays) => void;
  readonly note: (text: string) => void;
  readonly signal?: AbortSignal;
}

const UNITS = Object.keys(CORE_ML_UNITS) as Unit[];
const THERMAL = ['nominal', 'fair', 'serious', 'critical'];
const LOW_BATTERY = 20;
/** Steps of one launch where no fresh process is needed for each. */
const STEPS_ASKED = 50;

/**
 * An iPhone with our runner app: `cpu`, `gpu`, `ane` and `all` through Core ML. Batches of several blocks go there and run on the phone alone; variants
 * are packages, fed in their own words.
 */
export class IphoneDevice implements Device {
  readonly selector: string;
  readonly label: string;
  readonly capabilities: DeviceCapabilities;
  readonly #options: IphoneDeviceOptions;
  readonly #link: IphoneLink;
  readonly #store: BlobStore;
  readonly #jobs: BatchJobs;
  readonly #plans = new Map<string, PlanWithMacs | string>();
  readonly #times = new UnitTimes();
  /** Results of an interrupted run, by what they measured; null until somebody asked. */
  #left: Map<string, StepResult> | null = null;
  /** Batches whose reports were all fetched when the next one is submitted. */
  readonly #settled: string[] = [];
  #handedOver = true;

  constructor(options: IphoneDeviceOptions) {
    const { selector, link, blocksPerBatch, pollMs } = options;
    const { info } = link;
    this.selector = selector;
    this.label = `${info.model ?? info.productType}, ${info.chip?.chip ?? 'unknown chip'}, iOS ${info.system}`;
    this.capabilities = {
      units: UNITS, evidence: info.virtual ? 'simulated' : 'measured(device)', blocksPerBatch, pollMs: Math.min(pollMs, 250),
      shell: false, pushBytes: MOST_PART_BYTES, thermal: 'states', plan: true, outputs: true, peakMemory: true,
    };
    this.#options = options;
    this.#link = link;
    this.#store = new BlobStore(link);
    this.#jobs = new BatchJobs(selector, (batch, progress, signal) => this.#run(batch, progress, signal));
  }

  /** Bytes of models and feeds that this device sent to its phone. */
  get sentBytes(): number {
    return this.#store.sentBytes;
  }

  checkUnit(unit: string): void {
    if (!(UNITS as string[]).includes(unit)) throw new UserError(`${this.selector} has no unit "${unit}".`, [`Use ${UNITS.join(', ')}.`]);
  }

  /** Unlocked, cool and charged? Whether it saves its battery, the runner alone can tell: blocks say so. */
  async readiness(signal?: AbortSignal): Promise<Readiness> {
    if (await this.#link.isLocked(signal)) {
      const { message, nextSteps } = PROBLEMS.locked(nameOf(this.#link.info));
      throw new UserError(message, nextSteps);
    }
    const { thermalState, battery } = await this.#link.health(signal);
    const thermal = thermalState === null ? null : (THERMAL[thermalState] ?? String(thermalState));
    const reasons = [
      thermalState !== null && thermalState > 0 ? `the phone is hot (${thermal})` : null,
      battery !== null && battery.level < LOW_BATTERY && !battery.charging ? `its battery is at ${battery.level} %` : null,
    ].filter((reason) => reason !== null);
    return { ready: reasons.length === 0, thermal, reason: reasons.length > 0 ? reasons.join('; ') : null };
  }

  async submit(batch: Batch, signal?: AbortSignal): Promise<Ticket> {
    for (const spec of batch.blocks) {
      this.checkUnit(spec.unit);
      variantIn(batch, spec);
    }
    this.#handedOver = false;
    return this.#jobs.submit(batch, signal);
  }

  poll(ticket: Ticket): Promise<TicketStatus> {
    return this.#jobs.poll(ticket);
  }

  async collect(ticket: Ticket): Promise<BlockReport[]> {
    const reports = this.#jobs.collect(ticket);
    this.#handedOver = reports.length === (await this.#jobs.poll(ticket).catch(() => null))?.total;
    return reports;
  }

  async sustain(variant: Variant, unit: string, load: SustainedLoad, signal?: AbortSignal): Promise<SustainedRecord> {
    this.checkUnit(unit);
    const models = await sendModels([variant], this.#store, () => undefined, signal);
    const { model } = models[0] as SentModel;
    const once = { warmUp: { minRuns: 1, minMs: 0, maxMs: 1000, tolerance: 1 }, timed: { minRuns: 1, minMs: 0, maxRuns: 1, maxMs: 1000 } };
    const step: Step = { type: 'sustained', id: 's0', model: model.id, unit: unit as Unit, ...load, healthEveryMs: 1000 };
    const results: StepResult[] = [];
    await this.#runSteps(batchOf(models, [step], once, this.#options.rules), () => undefined, (result) => { results.push(result); }, signal);
    await this.#tidy(signal);
    return sustainedRecord(results[0], { variant: variant.id, device: this.selector, unit, evidence: this.capabilities.evidence });
  }

  /**
   * Runs steps of the caller's own, for models as they were sent and what else `put` sends, many in one launch; hands over each result with the outputs that
   * it wrote to files. Equal ones are fetched once.
   */
  async ask(variants: readonly Variant[], stepsFor: StepsFor, options: AskOptions): Promise<void> {
    const { rules, onResult, note, signal } = options;
    const models = await sendModels(variants, this.#store, note, signal);
    const pulled = new Map<string, NamedArrays>();
    const outputsOf = async (batch: string, outputs: readonly OutputRecord[]): Promise<NamedArrays> => {
      const key = JSON.stringify(outputs.map(({ name, dims, sha256 }) => [name, dims, sha256]));
      const arrays = pulled.get(key) ?? (await pullOutputs(this.#link, { batch, outputs }, signal));
      pulled.set(key, arrays);
      return arrays;
    };
    const take = async (result: StepResult): Promise<void> => onResult(result, await outputsOf(result.batch, outputsIn(result)));
    const steps = await stepsFor(models, (blob) => this.#store.put(blob, signal));
    await this.#runSteps(batchOf(models, steps, rules, { ...this.#options.rules, stepsPerLaunch: STEPS_ASKED }), (text) => note(text ?? ''), take, signal);
    await this.#tidy(signal);
  }

  async close(): Promise<void> {
    await this.#jobs.close();
    if (this.#handedOver) await this.#tidy().catch(() => undefined);
    await this.#options.release();
  }

  async #run(batch: Batch, progress: JobProgress, signal: AbortSignal): Promise<void> {
    await this.#tidy(signal);
    this.#left ??= await this.#leftOver(signal);
    const models = await sendModels(batch.variants, this.#store, (text) => progress.note(text), signal);
    const { steps, blocks } = stepsOf(batch, models, (model, unit) => this.#plans.has(planKey(model, unit)));
    const spec = batchOf(models, steps, batch, this.#options.rules);
    const take = (result: StepResult): Promise<void> => this.#take(models, result, blocks.get(result.step) ?? null, batch.keepOutputs, progress, signal);
    const open: Step[] = [];
    for (const step of steps) {
      const key = stepKey(spec, step);
      const found = this.#left.get(key);
      this.#left.delete(key);
      if (found) await take({ ...found, step: step.id, model: step.model });
      else open.push(step);
    }
    if (open.some(({ type }) => type === 'block')) await this.#runSteps({ ...spec, steps: open }, (text) => progress.note(text), take, signal);
  }

  async #runSteps(spec: BatchSpec, note: (text: string | null) => void, onResult: (result: StepResult) => void | Promise<void>, signal?: AbortSignal): Promise<void> {
    const { journal, pollMs, silenceMs, stallMs } = this.#options;
    journal.add(spec);
    const onStatus = ({ model, phase, unit }: Status): void => note(model === null ? null : `${phase}: ${model} on ${unit}`);
    await runOnPhone(this.#link, spec, { pollMs, silenceMs, stallMs, onStatus, onResult, ...(signal ? { signal } : {}) });
    this.#settled.push(spec.id);
  }

  async #take(models: readonly SentModel[], result: StepResult, block: BlockSpec | null, keepOutputs: boolean, progress: JobProgress, signal: AbortSignal): Promise<void> {
    const { model, macs } = models.find((sent) => sent.model.id === result.model) as SentModel;
    const key = planKey(model, result.unit);
    if (result.type === 'failure') {
      if (result.kind === 'blob') for (const blob of [model.blob, ...model.feeds.map((feed) => ('blob' in feed ? feed.blob : ''))]) this.#store.forget(blob);
      if (block) progress.report(failedBlock(block, result));
      else this.#plans.set(key, result.message);
    } else if (result.type === 'plan') this.#plans.set(key, { plan: result, macs });
    else if (result.type === 'block' && block) {
      const { info, via } = this.#link;
      const settings = { system: `iOS ${info.system} (${info.build})`, runner: info.runner?.version ?? '', link: via };
      const report = finishedBlock(block, result, this.#plans.get(key) ?? 'it was not asked for', settings);
      this.#times.add(block.variant, block.unit, median(result.samples));
      const doubt = this.#times.doubt(block.variant, result.unit);
      const outputs = keepOutputs ? { outputs: await pullOutputs(this.#link, result, signal) } : {};
      progress.report({ ...report, warnings: [...report.warnings, ...(doubt === null ? [] : [doubt])], ...outputs });
    }
  }

  /** What a run that was interrupted left on the phone is not measured again; failures are. */
  async #leftOver(signal: AbortSignal): Promise<Map<string, StepResult>> {
    const left = new Map<string, StepResult>();
    for (const spec of this.#options.journal.open()) {
      for (const result of await resultsOnPhone(this.#link, spec, signal)) {
        const step = spec.steps.find(({ id }) => id === result.step);
        if (step && result.type !== 'failure') left.set(stepKey(spec, step), result);
      }
      this.#settled.push(spec.id);
    }
    return left;
  }

  /** Removes from the phone what has been fetched from it. */
  async #tidy(signal?: AbortSignal): Promise<void> {
    for (const batch of this.#settled.splice(0)) {
      await this.#link.remove(layout.batch(batch), signal);
      this.#options.journal.drop(batch);
    }
  }
}

function outputsIn(result: StepResult): readonly OutputRecord[] {
  if (result.type === 'photo') return result.output ? [result.output] : [];
  return result.type === 'block' ? result.outputs : [];
}

function planKey({ blob, function: name }: RunnerModel, unit: Unit): string {
  return JSON.stringify([blob, name, unit]);
}
