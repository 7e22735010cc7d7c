import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { QnnSdk } from '../../../converters/qnn/sdk.ts';
import { findAdb } from '../../../converters/toolchain/find-adb.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import type { Emit } from '../../../models/contracts/events.ts';
import { type DeviceSelector, formatSelector } from '../../../models/contracts/selectors.ts';
import { nameInLog } from '../../../models/contracts/tool-log.ts';
import { Adb } from '../../adb/adb.ts';
import { retryLost } from '../../adb/link-lost.ts';
import { type OwnAdb, openOwnAdb } from '../../adb/own-server.ts';
import { type DriverPackages, findDriverPackages } from '../../appium/driver-packages.ts';
import { DRIVER_APPS, PhoneSessions } from '../../appium/phone-sessions.ts';
import type { PhoneState } from '../../virtual/android/phone-state.ts';
import { VirtualPhone } from '../../virtual/android/virtual-phone.ts';
import type { Device } from '../device.ts';
import type { PerfMode } from './htp-settings.ts';
import { type PhoneInfo, readPhoneInfo } from './phone-info.ts';
import { adbLink, appiumLink, type PhoneLink } from './phone-link.ts';
import { lockPhone } from './phone-lock.ts';
import { sdkFor, sourcesLeft } from './phone-sdk.ts';
import { assertDistinct, connectAddresses, isAddress, selectAttached, virtualChip } from './select-phones.ts';
import { SnapdragonDevice } from './snapdragon-device.ts';
import { SteadyLink } from './steady-link.ts';
import { virtualSdk } from './virtual-sdk.ts';

export interface OpenPhonesOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Folder of Qualcomm's SDK; null to look for it. Virtual phones have one of their own. */
  readonly sdk: string | null;
  /** Chip of attached phones that do not say which they have. */
  readonly chip: string | null;
  readonly link: 'appium' | 'adb';
  readonly perf: PerfMode;
  /** For logs, homes of servers, files on their way, and virtual phones. */
  readonly folder: string;
  readonly emit?: Emit;
  readonly signal?: AbortSignal;
  /** How long a phone may be away in the middle of work; default 2 minutes. */
  readonly patienceMs?: number;
  /** Longest that a launch may take beyond what its inferences are expected to; default 2 minutes. */
  readonly allowanceMs?: number;
  /** What virtual phones that are started here are like. */
  readonly virtualState?: Partial<PhoneState>;
}

export interface OpenedPhone {
  readonly selector: DeviceSelector;
  readonly device: Device;
  readonly info: PhoneInfo;
  readonly sdk: QnnSdk;
  /** Removes everything of ours from the phone. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** A phone that was found or started, before anything is asked of it. */
interface Found {
  readonly selector: DeviceSelector;
  readonly serial: string;
  readonly adb: Adb;
  readonly adbPort: number | null;
  readonly virtual: VirtualPhone | null;
}

/**
 * Opens every phone that is named, or none. Attached phones are found by the user's adb; virtual ones are started, below an adb server of their own.
 * Each is locked for this process. Throws UserError for phones that are not there, cannot be used or are in use, and for what is not installed.
 */
export async function openPhones(selectors: readonly DeviceSelector[], options: OpenPhonesOptions): Promise<OpenedPhone[]> {
  assertDistinct(selectors);
  const program = findAdb(options.environment);
  if (program === null) throw new UserError('There is no adb on this machine.', ['dyno setup python brings one along. Or install Android\'s platform-tools and set ANDROID_HOME.']);
  const packages = options.link === 'appium' ? driverPackages(options.environment) : null;
  mkdirSync(options.folder, { recursive: true });
  const opening = new Opening(program, packages, options);
  try {
    return await opening.all(selectors);
  } catch (error) {
    await opening.close();
    throw error;
  }
}

function driverPackages(environment: NodeJS.ProcessEnv): DriverPackages {
  const packages = findDriverPackages(environment);
  if (packages) return packages;
  throw new UserError('Appium and its drivers are not installed.', ['dyno setup phones', 'Or reach phones by adb alone: --link adb.']);
}

/** What several phones share, and what has to be closed after the last of them. */
class Opening {
  readonly #program: string;
  readonly #options: OpenPhonesOptions;
  readonly #sessions: PhoneSessions | null;
  readonly #packages: DriverPackages | null;
  readonly #undo: (() => Promise<void> | void)[] = [];
  #own: Promise<OwnAdb> | null = null;
  #open = 0;

  constructor(program: string, packages: DriverPackages | null, options: OpenPhonesOptions) {
    this.#program = program;
    this.#options = options;
    this.#packages = packages;
    this.#sessions = packages === null ? null : new PhoneSessions({ packages, folder: join(options.folder, 'appium'), adb: program });
  }

  async all(selectors: readonly DeviceSelector[]): Promise<OpenedPhone[]> {
    const found = await this.#find(selectors);
    const results = await Promise.allSettled(found.map((phone) => this.#openOne(phone)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    this.#open = results.length;
    return results.map((result) => (result as PromiseFulfilledResult<OpenedPhone>).value);
  }

  /** Undoes in the opposite order, whatever fails on the way. */
  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await Promise.resolve().then(undo).catch(() => undefined);
    await this.#sessions?.close();
    await (await this.#own)?.close();
  }

  async #find(selectors: readonly DeviceSelector[]): Promise<Found[]> {
    const attached = selectors.filter(({ kind }) => kind === 'android');
    const stranger = selectors.find(({ kind }) => kind !== 'android' && kind !== 'virtual');
    if (stranger) throw new UserError(`${formatSelector(stranger)} is no Android phone.`, ['Use android, android:SERIAL or virtual:SM8650.']);
    const { environment, signal } = this.#options;
    const adb = new Adb({ program: this.#program, environment });
    const listed = attached.length > 0 ? await retryLost(() => connectAddresses(adb, attached), signal) : [];
    const adbPort = Number(environment['ANDROID_ADB_SERVER_PORT']) || null;
    const found: Found[] = [];
    for (const selector of selectors) {
      if (selector.kind === 'virtual') found.push(await this.#startVirtual(selector));
      else found.push({ selector, serial: selectAttached(selector, listed), adb, adbPort, virtual: null });
    }
    return found;
  }

  async #startVirtual(selector: DeviceSelector): Promise<Found> {
    const { folder, environment, virtualState } = this.#options;
    const soc = virtualChip(selector);
    const phone = await VirtualPhone.start({ folder: join(folder, 'virtual', (selector.id as string).replace(/[^A-Za-z0-9._-]/g, '-')), soc, state: { speed: { scale: 0 }, ...virtualState } });
    this.#undo.push(() => phone.close());
    this.#own ??= openOwnAdb(this.#program, environment);
    const { adb, port } = await this.#own;
    await retryLost(() => adb.connect(phone.serial), this.#options.signal);
    return { selector, serial: phone.serial, adb, adbPort: port, virtual: phone };
  }

  async #openOne({ selector, serial, adb, adbPort, virtual }: Found): Promise<OpenedPhone> {
    const { environment, chip, sdk: named, folder, perf, signal, emit, patienceMs, allowanceMs } = this.#options;
    const unlock = lockPhone(serial, environment);
    this.#undo.push(unlock);
    const link = new SteadyLink({ serial, open: () => this.#link(serial, adb, adbPort), ...(patienceMs === undefined ? {} : { patienceMs }) });
    this.#undo.push(() => link.close());
    signal?.throwIfAborted();
    const info = await retryLost(() => readPhoneInfo(link, virtual ? null : chip), signal);
    const sdk = virtual ? virtualSdk(folder) : sdkFor(info, named, folder, environment);
    const onDeployed = await retryLost(() => sourcesLeft(link, info), signal);
    const full: DeviceSelector = { kind: selector.kind, id: virtual ? selector.id : serial };
    nameInLog(serial, formatSelector(full));
    const device = new SnapdragonDevice({
      link, info, sdk, perf, environment, selector: formatSelector(full), simulated: virtual !== null || info.virtual, scratch: mkdtempSync(join(folder, 'phone-')),
      note: (code, text, hint) => emit?.({ type: 'warning', at: new Date().toISOString(), id: null, code, text, hint }),
      ...(allowanceMs === undefined ? {} : { allowanceMs }),
      ...(onDeployed === null ? {} : { onDeployed }),
      release: async () => {
        await link.close();
        await virtual?.close();
        unlock();
        if (--this.#open === 0) await this.close();
      },
    });
    return { selector: full, device, info, sdk, clear: () => device.clear(), close: () => device.close() };
  }

  /** A phone behind TCP is connected first: an adb server that was started anew does not know it. */
  async #link(serial: string, adb: Adb, adbPort: number | null): Promise<PhoneLink> {
    if (isAddress(serial) && !(await adb.devices()).some((phone) => phone.serial === serial && phone.state === 'device')) await adb.connect(serial);
    const bulk = adbLink(adb, serial);
    if (this.#sessions === null) return bulk;
    const { output } = await bulk.shell('pm list packages io.appium');
    const installed = DRIVER_APPS.every((app) => output.split('\n').some((line) => line.trim() === `package:${app}`));
    const session = await this.#sessions.open({ serial, adbPort, installed });
    return appiumLink(serial, session, `appium ${this.#packages?.versions['appium']}, uiautomator2 ${this.#packages?.versions['appium-uiautomator2-driver']}`, bulk);
  }
}
