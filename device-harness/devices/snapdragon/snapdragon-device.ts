import { rmSync } from 'node:fs';
import { DynoError, ExternalError, UserError } from '../../../models/contracts/errors.ts';
import type { Evidence } from '../../../models/contracts/evidence.ts';
import type { DType } from '../../../models/contracts/dtype.ts';
import type { OperationProfile, SustainedRecord } from '../../../models/contracts/records.ts';
import { LinkLostError } from '../../adb/link-lost.ts';
import type { Batch, BlockReport, BlockSpec, Device, DeviceCapabilities, Readiness, SustainedLoad, Variant } from '../device.ts';
import { SerialDevice } from '../serial-device.ts';
import { variantIn } from '../serial-jobs.ts';
import { artifactOf } from './deploy.ts';
import { measureBlock, type Pilot, runPilot } from './measure-block.ts';
import { outputTypes } from './model-face.ts';
import { healthText, type PhoneHealth, readPhoneHealth, whyNotReady } from './phone-health.ts';
import { profilePhone } from './profile-phone.ts';
import { sustainPhone } from './sustain-phone.ts';
import { Workplace, type WorkplaceOptions } from './workplace.ts';

export interface SnapdragonOptions extends WorkplaceOptions {
  readonly selector: string;
  /** A phone of ours, or one that says so: nothing that it says of time is a measurement. */
  readonly simulated: boolean;
  /** Longest that a launch may take beyond what its inferences are expected to; default 2 minutes. */
  readonly allowanceMs?: number;
  /** Hears that a phone waits, was lost, came back. */
  readonly note: (code: string, text: string, hint: string | null) => void;
  /** Gives back what was opened with the device. */
  readonly release: () => Promise<void>;
}

const UNITS = ['htp', 'gpu', 'cpu'] as const;

/** An attached Snapdragon phone: HTP, GPU and CPU by Qualcomm's `qnn-net-run`. Every block is a process of its own on the phone. */
export class SnapdragonDevice extends SerialDevice implements Device {
  readonly selector: string;
  readonly label: string;
  readonly capabilities: DeviceCapabilities;
  readonly #options: SnapdragonOptions;
  readonly #place: Workplace;
  readonly #pilots = new Map<string, Pilot>();
  readonly #types = new Map<string, ReadonlyMap<string, DType | null>>();
  readonly #allowanceMs: number;
  #start: PhoneHealth | null = null;
  #waiting = false;

  constructor(options: SnapdragonOptions) {
    super(options.selector);
    const { info, selector, simulated, allowanceMs = 120_000 } = options;
    this.selector = selector;
    this.label = `${info.model}, ${info.chip?.marketing || info.soc || 'unknown chip'}`;
    this.capabilities = {
      units: UNITS, evidence: evidenceOf(simulated), blocksPerBatch: 1, pollMs: 50, shell: true, pushBytes: null, thermal: 'temperature', plan: false, outputs: true, peakMemory: false,
    };
    this.#options = options;
    this.#place = new Workplace(options);
    this.#allowanceMs = allowanceMs;
  }

  checkUnit(unit: string): void {
    if ((UNITS as readonly string[]).includes(unit)) return;
    throw new UserError(`${this.selector} has no unit "${unit}".`, [`Use ${UNITS.join(', ')}.`]);
  }

  /** Cool and charged enough? A phone that cannot be reached is ready: the block will say what is wrong, and when it is back. */
  async readiness(signal?: AbortSignal): Promise<Readiness> {
    try {
      const now = await readPhoneHealth(this.#options.link, signal);
      this.#start ??= now;
      const reason = whyNotReady(now, this.#start);
      if (reason !== null && !this.#waiting) this.#options.note('phone-waits', `${this.selector} waits: ${reason}.`, null);
      this.#waiting = reason !== null;
      return { ready: reason === null, thermal: healthText(now), reason };
    } catch (error) {
      if (!(error instanceof LinkLostError)) throw error;
      return { ready: true, thermal: null, reason: null };
    }
  }

  /** Cycles by operation, from a launch that is not timed. */
  async profile(variant: Variant, unit: string, signal?: AbortSignal): Promise<OperationProfile> {
    this.checkUnit(unit);
    const whose = { variant: variant.id, device: this.selector, unit, evidence: this.capabilities.evidence };
    return { ...whose, ...(await this.#redo(() => profilePhone(this.#place, variant, unit, this.#allowanceMs, signal), signal)) };
  }

  async sustain(variant: Variant, unit: string, load: SustainedLoad, signal?: AbortSignal): Promise<SustainedRecord> {
    this.checkUnit(unit);
    const whose = { variant: variant.id, device: this.selector, unit, evidence: this.capabilities.evidence };
    return { ...whose, ...(await this.#redo(() => sustainPhone(this.#place, variant, unit, load, this.#allowanceMs, signal), signal)) };
  }

  /** Removes everything of ours from the phone. */
  clear(): Promise<void> {
    return this.#place.clear();
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#place.leave().catch((error: unknown) => this.#options.note('phone-leftovers', `${this.selector} keeps folders of this run: ${error instanceof Error ? error.message : String(error)}`, 'dyno devices --clean SERIAL removes them; so does the next run.'));
    await this.#options.release();
    rmSync(this.#options.scratch, { recursive: true, force: true });
  }

  protected async runBlock(batch: Batch, spec: BlockSpec, signal: AbortSignal): Promise<BlockReport> {
    const losses: string[] = [];
    try {
      const report = await this.#redo(() => this.#measure(batch, spec, signal), signal, losses);
      if (losses.length === 0) return report;
      return { ...report, warnings: [...report.warnings, `The phone was away ${losses.length === 1 ? 'once' : `${losses.length} times`}; the block was taken again.`] };
    } catch (error) {
      if (signal.aborted || !(error instanceof DynoError)) throw error;
      const message = [error.message, ...error.nextSteps].join(' ');
      return { ok: false, spec, message, output: error instanceof ExternalError ? error.output.slice(-4000) : '' };
    }
  }

  async #measure(batch: Batch, spec: BlockSpec, signal: AbortSignal): Promise<Extract<BlockReport, { ok: true }>> {
    const variant = variantIn(batch, spec);
    const deployed = await this.#place.deployed(variant, spec.unit, signal);
    const key = `${variant.sha256} ${deployed.artifact.sha256} ${spec.unit}`;
    const pilot = this.#pilots.get(key) ?? (await runPilot(this.#place, deployed, this.#allowanceMs, signal));
    this.#pilots.set(key, pilot);
    return measureBlock(this.#place, deployed, { batch, spec, pilot, allowanceMs: this.#allowanceMs, types: this.#outputTypes(variant, spec.unit) }, signal);
  }

  #outputTypes(variant: Variant, unit: string): ReadonlyMap<string, DType | null> {
    const { path } = artifactOf(variant, unit).source;
    const known = this.#types.get(path) ?? outputTypes(path);
    this.#types.set(path, known);
    return known;
  }

  #redo<T>(work: () => Promise<T>, signal: AbortSignal | undefined, losses: string[] = []): Promise<T> {
    const lost = (why: string): void => {
      losses.push(why);
      this.#options.note('phone-lost', `${this.selector} is away: ${why}`, 'What was under way is done again when it is back. Plug it in again.');
    };
    return this.#place.redo(work, lost, signal);
  }
}

function evidenceOf(simulated: boolean): Evidence {
  return simulated ? 'simulated' : 'measured(device)';
}
