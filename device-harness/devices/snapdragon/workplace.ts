import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QnnBackend } from '../../../converters/qnn/artifact.ts';
import type { QnnSdk } from '../../../converters/qnn/sdk.ts';
import { LinkLostError } from '../../adb/link-lost.ts';
import type { Variant } from '../device.ts';
import { artifactOf, deploy, type Deployed } from './deploy.ts';
import type { PerfMode } from './htp-settings.ts';
import { Launcher } from './launcher.ts';
import { type NetRun, netRun, type NetRunRequest } from './net-run.ts';
import type { PhoneInfo } from './phone-info.ts';
import { PHONE_FOLDER, PhoneStore } from './phone-store.ts';
import type { SteadyLink } from './steady-link.ts';

export interface WorkplaceOptions {
  readonly link: SteadyLink;
  readonly info: PhoneInfo;
  readonly sdk: QnnSdk;
  readonly perf: PerfMode;
  readonly environment: NodeJS.ProcessEnv;
  /** Folder on this machine for what goes to the phone and comes from it. */
  readonly scratch: string;
  /** Called once a model lies on the phone, before it is run there. */
  readonly onDeployed?: (variant: Variant, deployed: Deployed) => Promise<void>;
}

/** How often a piece of work is done again because the phone went away in the middle of it. */
const MOST_REDOS = 3;
const AGAIN_MS = 1000;

/** One phone that is worked on: what lies there, what runs there, and what is done again when it was away. */
export class Workplace {
  readonly options: WorkplaceOptions;
  readonly store: PhoneStore;
  readonly launcher: Launcher;
  readonly #deployed = new Map<string, Deployed>();
  #swept = false;

  constructor(options: WorkplaceOptions) {
    this.options = options;
    this.store = new PhoneStore(options.link);
    this.launcher = new Launcher(options.link, this.store);
    mkdirSync(options.scratch, { recursive: true });
  }

  /** The model on the phone, brought there when it is first asked for. Programs that an earlier dyno left running are ended before. */
  async deployed(variant: Variant, unit: string, signal?: AbortSignal, programs: readonly string[] = []): Promise<Deployed> {
    if (!this.#swept) await this.#sweep(signal);
    const artifact = artifactOf(variant, unit);
    const key = [variant.id, artifact.sha256, artifact.path, unit, ...programs].join(' ');
    const known = this.#deployed.get(key);
    if (known) return known;
    const { info, sdk, perf, scratch, onDeployed } = this.options;
    const folder = join(scratch, `model-${this.#deployed.size}`);
    const deployed = await deploy(this.store, { variant, unit: unit as QnnBackend, info, sdk, perf, scratch: folder, programs }, signal ? { signal } : {});
    await onDeployed?.(variant, deployed);
    this.#deployed.set(key, deployed);
    return deployed;
  }

  /** Folders of models are links into the store and made anew by each dyno: those of earlier ones go. */
  async #sweep(signal?: AbortSignal): Promise<void> {
    await this.launcher.sweep(signal);
    if (this.#deployed.size === 0) await this.options.link.shell(`rm -rf ${PHONE_FOLDER}/models`, signal ? { signal } : {});
    this.#swept = true;
  }

  run(deployed: Deployed, request: NetRunRequest, signal?: AbortSignal): Promise<NetRun> {
    const { link, sdk, environment, scratch } = this.options;
    return netRun({ link, launcher: this.launcher, sdk, environment, scratch }, deployed, request, signal);
  }

  /** Does work, and does it again from its beginning when the phone went away and came back. `lost` hears why each time. */
  async redo<T>(work: () => Promise<T>, lost: (why: string) => void, signal?: AbortSignal): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof LinkLostError) || attempt === MOST_REDOS) throw error;
        lost(error.message);
        await this.options.link.restore(signal);
        this.#swept = false;
      }
    }
  }

  /** Removes what runs left behind because the phone was away when they ended. A phone that stays away keeps it until the next dyno. */
  async leave(): Promise<void> {
    for (let attempt = 0; this.launcher.leftovers && attempt <= MOST_REDOS; attempt++) {
      try {
        if (attempt > 0) await sleep(AGAIN_MS);
        await this.launcher.sweep();
      } catch (error) {
        if (!(error instanceof LinkLostError)) throw error;
      }
    }
  }

  /** Removes everything of ours from the phone. */
  async clear(): Promise<void> {
    await this.launcher.sweep();
    await this.store.clear();
    this.launcher.forget();
    this.#deployed.clear();
  }
}
