import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../models/contracts/errors.ts';
import { type DeviceSelector, formatSelector } from '../../../models/contracts/selectors.ts';
import { type DriverPackages, findDriverPackages } from '../../appium/driver-packages.ts';
import type { IphoneState } from '../../virtual/iphone/iphone-state.ts';
import type { SpeedModel } from '../../virtual/iphone/runner/start.ts';
import { VirtualIphones } from '../../virtual/iphone/virtual-iphones.ts';
import { lockPhone } from '../snapdragon/phone-lock.ts';
import { askPhone, type IphoneInfo } from './ask-phone.ts';
import type { RunnerRules } from './build-batch.ts';
import { IphoneDevice } from './iphone-device.ts';
import { IphoneLink } from './iphone-link.ts';
import { Journal } from './journal.ts';
import { problemsOf } from './known-problems.ts';
import { type AttachedPhone, Usbmux } from './usb/usbmux.ts';
import { virtualProduct } from './virtual-selector.ts';
import { XcuitestSessions } from './xcuitest-sessions.ts';

export interface OpenIphonesOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** For logs, homes of servers, journals and virtual phones. The same folder when a run is resumed. */
  readonly folder: string;
  /** Address of a WebDriverAgent that runs elsewhere; null for those on the phones. */
  readonly agentUrl?: string | null;
  readonly signal?: AbortSignal;
  /** How long a phone, WebDriverAgent or Appium may be away in the middle of work; default 2 minutes. */
  readonly patienceMs?: number;
  /** Between two looks at a phone that works; default 5 s, and 0.4 s at virtual ones. */
  readonly pollMs?: number;
  /** Silence of the runner, and a phase without progress, that mean it hangs; default 60 s and 10 minutes. */
  readonly silenceMs?: number;
  readonly stallMs?: number;
  /** Most blocks that go to a phone at once; default 24. */
  readonly blocksPerBatch?: number;
  /** Blocks of one launch of the app; default 1, a fresh process each, and all at virtual phones, where a process proves nothing. */
  readonly rules?: Partial<RunnerRules>;
  /** What virtual phones that are started here are like. */
  readonly virtualState?: Partial<IphoneState>;
  readonly virtualSpeed?: SpeedModel;
}

export interface OpenedIphone {
  readonly selector: DeviceSelector;
  readonly device: IphoneDevice;
  readonly info: IphoneInfo;
  close(): Promise<void>;
}

interface Found {
  readonly selector: DeviceSelector;
  readonly mux: Usbmux;
  readonly phone: AttachedPhone;
  readonly sessions: XcuitestSessions;
}

/**
 * Opens every iPhone that is named, or none: `iphone`, `iphone:UDID`, `virtual:"iPhone 13 Pro"`. Attached ones are found by usbmuxd, virtual ones are started
 * below a multiplexer of their own. Each is locked for this process. Throws UserError, with what to do, for phones that are not there, in use, or cannot be measured.
 */
export async function openIphones(selectors: readonly DeviceSelector[], options: OpenIphonesOptions): Promise<OpenedIphone[]> {
  const packages = findDriverPackages(options.environment);
  if (packages === null) throw new UserError('Appium and its drivers are not installed.', ['dyno setup phones']);
  mkdirSync(options.folder, { recursive: true });
  const opening = new Opening(packages, options);
  try {
    return await opening.all(selectors);
  } catch (error) {
    await opening.close();
    throw error;
  }
}

/** What several phones share, and what has to be closed after the last of them. */
class Opening {
  readonly #packages: DriverPackages;
  readonly #options: OpenIphonesOptions;
  readonly #undo: (() => Promise<void> | void)[] = [];
  #open = 0;

  constructor(packages: DriverPackages, options: OpenIphonesOptions) {
    this.#packages = packages;
    this.#options = options;
  }

  async all(selectors: readonly DeviceSelector[]): Promise<OpenedIphone[]> {
    const found = [
      ...(await this.#attached(selectors.filter(({ kind }) => kind === 'iphone'))),
      ...(await this.#virtual(selectors.filter(({ kind }) => kind === 'virtual'))),
    ];
    this.#open = found.length;
    const opened = await Promise.all(found.map((phone) => this.#openOne(phone)));
    return selectors.map((selector) => opened[found.findIndex((each) => each.selector === selector)] as OpenedIphone);
  }

  /** Undoes in the opposite order, whatever fails on the way. */
  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await Promise.resolve().then(undo).catch(() => undefined);
  }

  async #attached(selectors: readonly DeviceSelector[]): Promise<Found[]> {
    if (selectors.length === 0) return [];
    const mux = new Usbmux(this.#options.environment);
    const phones = await mux.devices();
    if (phones === null) throw new UserError('No usbmuxd runs here: nothing speaks to iPhones.', ['dyno doctor iphone says how to get one.', 'Without a phone: --on virtual:A15.']);
    const sessions = this.#sessions('attached', this.#options.environment);
    return selectors.map((selector) => ({ selector, mux, sessions, phone: chosen(selector, phones) }));
  }

  async #virtual(selectors: readonly DeviceSelector[]): Promise<Found[]> {
    if (selectors.length === 0) return [];
    const { folder, virtualState, virtualSpeed } = this.#options;
    const like = { ...(virtualState ? { state: virtualState } : {}), ...(virtualSpeed ? { speed: virtualSpeed } : {}) };
    const named = selectors.map((selector) => ({ name: (selector.id as string).replace(/[^A-Za-z0-9#._-]/g, '_'), productType: virtualProduct(selector), ...like }));
    const phones = await VirtualIphones.start(join(folder, 'virtual-iphones'), named);
    this.#undo.push(() => phones.close());
    const mux = new Usbmux({ ...phones.environment });
    const sessions = this.#sessions('virtual', { ...phones.environment });
    const attached = await mux.devices();
    return selectors.map((selector, i) => ({ selector, mux, sessions, phone: attached?.find(({ udid }) => udid === phones.phones[i]?.udid) as AttachedPhone }));
  }

  #sessions(name: string, environment: NodeJS.ProcessEnv): XcuitestSessions {
    const sessions = new XcuitestSessions({ packages: this.#packages, folder: join(this.#options.folder, `appium-${name}`), environment });
    this.#undo.push(() => sessions.close());
    return sessions;
  }

  async #openOne({ selector, mux, phone, sessions }: Found): Promise<OpenedIphone> {
    const { environment, folder, agentUrl = null, patienceMs = 120_000, silenceMs = 60_000, stallMs = 600_000, blocksPerBatch = 24, rules, signal } = this.#options;
    const unlock = lockPhone(phone.udid, environment);
    this.#undo.push(unlock);
    signal?.throwIfAborted();
    const info = await askPhone(mux, phone);
    const [problem] = problemsOf(info);
    if (problem) throw new UserError(problem.message, problem.nextSteps);
    const link = new IphoneLink({ sessions, mux, info, agentUrl, patienceMs, versions: this.#packages.versions });
    this.#undo.push(() => link.close());
    const full: DeviceSelector = selector.kind === 'virtual' ? selector : { kind: 'iphone', id: phone.udid };
    const device = new IphoneDevice({
      selector: formatSelector(full), link, journal: new Journal(join(folder, `journal-${phone.udid}.json`)), blocksPerBatch, silenceMs, stallMs,
      pollMs: this.#options.pollMs ?? pollMsFor(info),
      rules: { ...rulesFor(info), ...rules },
      release: async () => {
        await link.close();
        unlock();
        if (--this.#open === 0) await this.close();
      },
    });
    return { selector: full, device, info, close: () => device.close() };
  }
}

/** What the runner is told of launches and heat, on phones and on virtual ones. */
export function rulesFor({ virtual }: IphoneInfo): RunnerRules {
  return virtual ? VIRTUAL_RULES : RULES;
}

/** Between two looks at a phone that works. */
export function pollMsFor({ virtual }: IphoneInfo): number {
  return virtual ? 400 : 5000;
}

/** A fresh process for every block; a gate that waits for the phone to be cool, as long as MLPerf Mobile's fixed pause at most. */
const RULES: RunnerRules = { coolDown: { gate: 'nominal', maxWaitMs: 300_000, totalWaitMs: 1_800_000, pollMs: 5000 }, attempts: 2, stepsPerLaunch: 1, heartbeatSeconds: 5 };
const VIRTUAL_RULES: RunnerRules = { coolDown: { gate: 'nominal', maxWaitMs: 500, totalWaitMs: 2000, pollMs: 50 }, attempts: 2, stepsPerLaunch: null, heartbeatSeconds: 1 };

function chosen({ id }: DeviceSelector, phones: readonly AttachedPhone[]): AttachedPhone {
  const found = id === null ? (phones.length === 1 ? phones[0] : undefined) : phones.find(({ udid }) => udid.toLowerCase() === id.toLowerCase());
  if (found) return found;
  const what = id !== null ? `iPhone ${id} is not attached.` : phones.length === 0 ? 'No iPhone is attached.' : `${phones.length} iPhones are attached.`;
  if (phones.length === 0) throw new UserError(what, ['Plug one in and unlock it; dyno devices lists what is attached.', 'Without a phone: --on virtual:A15.']);
  throw new UserError(what, [`Attached: ${phones.map(({ udid }) => udid).join(', ')}.`, `Name one: --on iphone:${phones[0]?.udid}.`]);
}
