import { setTimeout as sleep } from 'node:timers/promises';
import { type DynoError, ExternalError, UserError } from '../../../models/contracts/errors.ts';
import { LinkLostError } from '../../adb/link-lost.ts';
import type { PhoneSession } from '../../appium/session.ts';
import { RUNNER_BUNDLE_ID } from '../../runner/index.ts';
import { type IphoneInfo, WDA_PORT } from './ask-phone.ts';
import { isLinkLost, nameOf, problemIn, PROBLEMS } from './known-problems.ts';
import type { Usbmux } from './usb/usbmux.ts';
import { unzip } from './unzip.ts';
import { WdaForward } from './wda-forward.ts';
import type { XcuitestSessions } from './xcuitest-sessions.ts';

export interface IphoneLinkOptions {
  readonly sessions: Pick<XcuitestSessions, 'open'>;
  /** Null where the phone hangs on another computer, and sessions alone lead to it. */
  readonly mux: Usbmux | null;
  readonly info: IphoneInfo;
  /** Address of a WebDriverAgent that runs elsewhere; null for the one on the phone. */
  readonly agentUrl: string | null;
  /** Of Appium and its driver, for the record. */
  readonly versions: Readonly<Record<string, string>>;
  /** How long a phone, WebDriverAgent or Appium that is gone may take to come back. */
  readonly patienceMs: number;
  /** Largest file that one push carries; left out for as much as the driver takes. */
  readonly mostPushBytes?: number;
  /** False where nobody may ask how warm it is. */
  readonly asksHeat?: boolean;
}

/** XCUIApplicationState: 1 is no process. */
const NOT_RUNNING = 1;
const AGAIN_MS = 500;
/** A session that is lost is told to end, but not waited for: the next one must not be ended by it. */
const CLOSE_MS = 2000;

/** How a phone is now. */
export interface IphoneHealth {
  readonly thermalState: number | null;
  readonly battery: { readonly level: number; readonly charging: boolean } | null;
}

/**
 * The runner app on one phone, through a session that is opened when it is needed and again when it is lost. Everything asked of it may be asked twice.
 * Throws UserError for what the phone's owner can mend, LinkLostError when the phone does not come back in time.
 */
export class IphoneLink {
  readonly info: IphoneInfo;
  readonly #options: IphoneLinkOptions;
  #session: Promise<PhoneSession> | null = null;
  #forward: WdaForward | null = null;
  #wasOpen = false;

  constructor(options: IphoneLinkOptions) {
    this.info = options.info;
    this.#options = options;
  }

  /** What lies between, for the record. */
  get via(): string {
    const { versions } = this.#options;
    return `appium ${versions['appium'] ?? 'of a farm'}, xcuitest ${versions['appium-xcuitest-driver'] ?? 'of a farm'}`;
  }

  get mostPushBytes(): number | undefined {
    return this.#options.mostPushBytes;
  }

  /** A file of the runner's Documents folder; null where there is none. */
  async pull(path: string, signal?: AbortSignal): Promise<Uint8Array | null> {
    return this.#call(async (session) => {
      try {
        return await session.pullFile(place(path));
      } catch (error) {
        if (/OBJECT_NOT_FOUND/.test(textOf(error))) return null;
        throw error;
      }
    }, signal);
  }

  /** Files of a folder by name, in one go; none where there is no such folder. */
  async pullFolder(folder: string, signal?: AbortSignal): Promise<ReadonlyMap<string, Buffer>> {
    const archive = await this.#call(async (session) => {
      try {
        return await session.execute<string>('mobile: pullFolder', { remotePath: `${place(folder)}/` });
      } catch (error) {
        if (/OBJECT_NOT_FOUND/.test(textOf(error))) return null;
        throw error;
      }
    }, signal);
    const files = archive === null ? [] : unzip(Buffer.from(archive, 'base64'));
    return new Map([...files].map(([path, bytes]) => [path.split('/').slice(1).join('/'), bytes]));
  }

  push(path: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.#call((session) => session.pushFile(place(path), bytes), signal);
  }

  /** Deletes a folder, if it is there. */
  async remove(folder: string, signal?: AbortSignal): Promise<void> {
    await this.#call((session) => session.execute('mobile: deleteFolder', { remotePath: `${place(folder)}/` }).catch((error: unknown) => {
      if (!/OBJECT_NOT_FOUND/.test(textOf(error))) throw error;
    }), signal);
  }

  async launch(args: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.#call((session) => session.execute('mobile: launchApp', { bundleId: RUNNER_BUNDLE_ID, arguments: [...args] }), signal);
  }

  async terminate(signal?: AbortSignal): Promise<void> {
    await this.#call((session) => session.execute('mobile: terminateApp', { bundleId: RUNNER_BUNDLE_ID }), signal);
  }

  isRunning(signal?: AbortSignal): Promise<boolean> {
    return this.#call(async (session) => (await session.execute<number>('mobile: queryAppState', { bundleId: RUNNER_BUNDLE_ID })) > NOT_RUNNING, signal);
  }

  isLocked(signal?: AbortSignal): Promise<boolean> {
    return this.#call((session) => session.execute<boolean>('mobile: isLocked'), signal);
  }

  async health(signal?: AbortSignal): Promise<IphoneHealth> {
    const { thermalState } = this.#options.asksHeat === false ? {} : await this.#call((session) => session.execute<{ thermalState?: number }>('mobile: deviceInfo'), signal);
    const { level, state } = await this.#call((session) => session.execute<{ level?: number; state?: number }>('mobile: batteryInfo'), signal);
    return { thermalState: thermalState ?? null, battery: level === undefined ? null : { level: Math.round(100 * level), charging: (state ?? 0) >= 2 } };
  }

  async close(): Promise<void> {
    await this.#drop();
    this.#forward?.close();
    this.#forward = null;
  }

  async #call<T>(work: (session: PhoneSession) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const deadline = performance.now() + this.#options.patienceMs;
    for (;;) {
      signal?.throwIfAborted();
      try {
        return await work(await this.#open());
      } catch (error) {
        signal?.throwIfAborted();
        const verdict = await this.#judge(error);
        if (!verdict.mayComeBack || performance.now() >= deadline) throw verdict.error;
        await this.#drop();
        await sleep(AGAIN_MS, undefined, signal ? { signal } : {});
      }
    }
  }

  #open(): Promise<PhoneSession> {
    this.#session ??= this.#start();
    return this.#session;
  }

  async #start(): Promise<PhoneSession> {
    const { sessions, info, agentUrl } = this.#options;
    const session = await sessions.open(info, agentUrl ?? (await this.#agentOnPhone()));
    this.#wasOpen = true;
    return session;
  }

  /** A way to the WebDriverAgent that runs on the phone; null where none answers. */
  async #agentOnPhone(): Promise<string | null> {
    const { mux, info } = this.#options;
    if (mux === null) return null;
    const phone = (await mux.devices())?.find(({ udid }) => udid === info.udid);
    const socket = phone ? await mux.connect(phone, WDA_PORT).catch(() => null) : null;
    if (!phone || socket === null) return null;
    socket.destroy();
    this.#forward ??= await WdaForward.open(mux, phone);
    return this.#forward.url;
  }

  async #drop(): Promise<void> {
    const session = await this.#session?.catch(() => null);
    this.#session = null;
    await Promise.race([session?.close().catch(() => undefined), sleep(CLOSE_MS)]);
  }

  /** What an error means, and whether it may pass by itself. */
  async #judge(error: unknown): Promise<{ readonly error: unknown; readonly mayComeBack: boolean }> {
    const { info } = this.#options;
    const text = textOf(error);
    if (!(await this.#isAttached())) {
      const steps = ['Plug it in, then run the same command again with --resume: what was measured is kept.'];
      return { mayComeBack: true, error: new LinkLostError(`${nameOf(info)} is not attached any more.`, 'usbmuxd', text, steps) };
    }
    const known = problemIn(text, nameOf(info));
    const asUser = known ? new UserError(known.message, known.nextSteps, { cause: error }) : null;
    if (known && known.message !== PROBLEMS.agent(nameOf(info)).message) return { mayComeBack: false, error: asUser };
    if (known) return { mayComeBack: this.#wasOpen, error: asUser };
    if (!isLinkLost(text)) return { mayComeBack: false, error };
    const steps = ['Check the cable and that WebDriverAgent still runs on the phone (dyno doctor iphone), then run the same command again with --resume.'];
    return { mayComeBack: true, error: new LinkLostError(`The connection to ${nameOf(info)} broke.`, 'Appium', text, steps) };
  }

  /** Phones behind another computer's Appium are not seen here: nothing speaks against them. */
  async #isAttached(): Promise<boolean> {
    const { agentUrl, mux, info } = this.#options;
    if (agentUrl !== null || mux === null) return true;
    const phones = await mux.devices().catch(() => null);
    return phones?.some(({ udid }) => udid === info.udid) ?? false;
  }
}

function place(path: string): string {
  return `@${RUNNER_BUNDLE_ID}:documents/${path}`;
}

function textOf(error: unknown): string {
  if (error instanceof ExternalError) return `${(error as DynoError).message}\n${error.output}`;
  return error instanceof Error ? error.message : String(error);
}
