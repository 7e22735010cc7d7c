import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { Emit } from '../../models/contracts/events.ts';
import { type DeviceSelector, formatSelector } from '../../models/contracts/selectors.ts';
import type { DriverPackages } from '../appium/driver-packages.ts';
import type { PhoneSession } from '../appium/session.ts';
import { IphoneDevice } from '../devices/iphone/iphone-device.ts';
import { IphoneLink } from '../devices/iphone/iphone-link.ts';
import { Journal } from '../devices/iphone/journal.ts';
import { problemsOf } from '../devices/iphone/known-problems.ts';
import { type OpenedIphone, pollMsFor, rulesFor } from '../devices/iphone/open-iphones.ts';
import { RUNNER_BUNDLE_ID } from '../runner/index.ts';
import { askFarmIphone } from './ask-farm-iphone.ts';
import { checkFarm } from './check-farm.ts';
import { enterFarm } from './enter-farm.ts';
import type { Farm } from './farm.ts';
import { FarmSessions } from './farm-sessions.ts';

export interface FarmIphoneOptions {
  readonly packages: DriverPackages;
  readonly environment: NodeJS.ProcessEnv;
  /** For journals; the same when a run is resumed. */
  readonly folder: string;
  readonly emit: Emit;
  readonly signal?: AbortSignal;
  /** How long a phone may be away in the middle of work; default 2 minutes. */
  readonly patienceMs?: number;
  /** Between two requests while the farm has no free phone; default 10 s. */
  readonly againMs?: number;
}

/** Ours; the farm's own block goes over them. */
const CAPABILITIES = {
  platformName: 'iOS', 'appium:automationName': 'XCUITest', 'appium:noReset': true, 'appium:autoLaunch': false, 'appium:shouldTerminateApp': false, 'appium:skipLogCapture': true, 'appium:waitForIdleTimeout': 0,
};

/** An iPhone behind a farm's endpoint, with the runner app on it: no usbmuxd of this machine takes part. Throws UserError for what the farm lacks. */
export async function openFarmIphone(selector: DeviceSelector, farm: Farm, options: FarmIphoneOptions): Promise<OpenedIphone> {
  checkFarm(farm);
  const { packages, environment, folder, emit, signal, patienceMs = 120_000, againMs } = options;
  const name = formatSelector(selector);
  const note = (code: string, text: string, hint: string | null): void => emit({ type: 'warning', at: new Date().toISOString(), id: null, code, text, hint });
  const beat = (session: PhoneSession): Promise<unknown> => session.execute('mobile: queryAppState', { bundleId: RUNNER_BUNDLE_ID });
  const sessions = new FarmSessions({ farm, packages, environment, note, beat, ...(signal ? { signal } : {}), ...(againMs === undefined ? {} : { againMs }) });
  const { session: first, unlock } = await enterFarm(farm, sessions, CAPABILITIES, name, environment);
  const undo: (() => Promise<void> | void)[] = [unlock, () => first.close()];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await Promise.resolve().then(step).catch(() => undefined);
  };
  try {
    const info = await askFarmIphone(first, sessions.phone ?? name, farm.flags.thermalStatus);
    const [problem] = problemsOf(info);
    if (problem) throw new UserError(problem.message, problem.nextSteps);
    note('farm-phone', `${name} is ${info.model ?? info.productType} (${info.udid}): nobody here knows what it did before.`, null);
    let ready: PhoneSession | null = first;
    const open = async (): Promise<PhoneSession> => {
      const session = ready ?? (await sessions.open(CAPABILITIES));
      ready = null;
      return session;
    };
    const { maxPushBytes, thermalStatus } = farm.flags;
    const link = new IphoneLink({ sessions: { open }, mux: null, info, agentUrl: null, versions: {}, patienceMs, asksHeat: thermalStatus, ...(maxPushBytes === null ? {} : { mostPushBytes: maxPushBytes }) });
    undo[1] = async () => {
      await link.close();
      await ready?.close();
    };
    mkdirSync(folder, { recursive: true });
    const device = new IphoneDevice({
      selector: name, link, journal: new Journal(join(folder, `journal-${info.udid}.json`)), rules: rulesFor(info), blocksPerBatch: 24, pollMs: pollMsFor(info), silenceMs: 60_000, stallMs: 600_000, release: close,
    });
    return { selector, device, info, close: () => device.close() };
  } catch (error) {
    await close();
    throw error;
  }
}
