import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ExternalError, UserError } from '../../models/contracts/errors.ts';
import type { Emit } from '../../models/contracts/events.ts';
import { type DeviceSelector, formatSelector } from '../../models/contracts/selectors.ts';
import { retryLost } from '../adb/link-lost.ts';
import type { DriverPackages } from '../appium/driver-packages.ts';
import type { PhoneSession } from '../appium/session.ts';
import type { PerfMode } from '../devices/snapdragon/htp-settings.ts';
import type { OpenedPhone } from '../devices/snapdragon/open-phones.ts';
import { HEALTH_COMMAND } from '../devices/snapdragon/phone-health.ts';
import { readPhoneInfo } from '../devices/snapdragon/phone-info.ts';
import { appiumLink, type PhoneLink } from '../devices/snapdragon/phone-link.ts';
import { sdkFor, sourcesLeft } from '../devices/snapdragon/phone-sdk.ts';
import { SnapdragonDevice } from '../devices/snapdragon/snapdragon-device.ts';
import { SteadyLink } from '../devices/snapdragon/steady-link.ts';
import { enterFarm } from './enter-farm.ts';
import type { Farm } from './farm.ts';
import { checkFarm, WITHOUT_SHELL } from './check-farm.ts';
import { FarmSessions } from './farm-sessions.ts';

export interface FarmPhoneOptions {
  readonly packages: DriverPackages;
  readonly environment: NodeJS.ProcessEnv;
  /** Folder of Qualcomm's SDK; null to look for it. */
  readonly sdk: string | null;
  readonly perf: PerfMode;
  /** For files on their way. */
  readonly folder: string;
  readonly emit: Emit;
  readonly signal?: AbortSignal;
  /** How long a phone may be away in the middle of work; default 2 minutes. */
  readonly patienceMs?: number;
  /** Between two requests while the farm has no free phone; default 10 s. */
  readonly againMs?: number;
}

/** Ours; the farm's own block goes over them. Sessions open no app and leave the phone as it is. */
const CAPABILITIES = {
  platformName: 'Android', 'appium:automationName': 'UiAutomator2', 'appium:adbExecTimeout': 600_000, 'appium:skipUnlock': true, 'appium:skipLogcatCapture': true, 'appium:ignoreHiddenApiPolicyError': true,
  'appium:noReset': true, 'appium:autoLaunch': false,
};

/** A Snapdragon phone behind a farm's endpoint, reached by that alone: no adb of this machine takes part. Throws UserError for what the farm lacks. */
export async function openFarmPhone(selector: DeviceSelector, farm: Farm, options: FarmPhoneOptions): Promise<OpenedPhone> {
  checkFarm(farm);
  const { packages, environment, sdk: named, perf, folder, emit, signal, patienceMs, againMs } = options;
  const name = formatSelector(selector);
  const note = (code: string, text: string, hint: string | null): void => emit({ type: 'warning', at: new Date().toISOString(), id: null, code, text, hint });
  const sessions = new FarmSessions({ farm, packages, environment, note, beat: (session) => session.execute('mobile: shell', { command: 'true' }), ...(signal ? { signal } : {}), ...(againMs === undefined ? {} : { againMs }) });
  const { session: first, unlock } = await enterFarm(farm, sessions, CAPABILITIES, name, environment);
  const undo: (() => Promise<void> | void)[] = [unlock, () => first.close()];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await Promise.resolve().then(step).catch(() => undefined);
  };
  try {
    await checkShell(farm, first);
    let ready: PhoneSession | null = first;
    const open = async (): Promise<PhoneLink> => {
      const session = ready ?? (await sessions.open(CAPABILITIES));
      ready = null;
      return farmLink(farm, name, session);
    };
    const link = new SteadyLink({ serial: name, open, ...(patienceMs === undefined ? {} : { patienceMs }) });
    undo[1] = async () => {
      await link.close();
      await ready?.close();
    };
    mkdirSync(folder, { recursive: true });
    const info = await retryLost(() => readPhoneInfo(link, farm.chip), signal);
    note('farm-phone', `${name} is ${info.model} (${sessions.phone ?? 'it does not say which'}): nobody here knows what it did before.`, null);
    const sdk = sdkFor(info, named, folder, environment);
    const onDeployed = await retryLost(() => sourcesLeft(link, info), signal);
    const device = new SnapdragonDevice({ link, info, sdk, perf, environment, selector: name, simulated: info.virtual, scratch: mkdtempSync(join(folder, 'phone-')), note, ...(onDeployed === null ? {} : { onDeployed }), release: close });
    return { selector, device, info, sdk, clear: () => device.clear(), close: () => device.close() };
  } catch (error) {
    await close();
    throw error;
  }
}

function farmLink({ flags }: Farm, name: string, session: PhoneSession): PhoneLink {
  const link = appiumLink(name, session, 'appium of a farm, uiautomator2', null, ...(flags.maxPushBytes === null ? [] : [flags.maxPushBytes] as const));
  if (flags.thermalStatus) return link;
  return { ...link, shell: async (command, options) => (command === HEALTH_COMMAND ? { code: 0, output: '' } : link.shell(command, options)) };
}

/** Whether the endpoint runs commands is seen at the first one: an answer that is refused is not a link that is lost. */
async function checkShell(farm: Farm, session: PhoneSession): Promise<void> {
  try {
    await session.execute('mobile: shell', { command: 'true' });
  } catch (error) {
    if (!(error instanceof ExternalError) || !/insecure feature|adb_shell|not (?:been )?(?:enabled|allowed|supported)|unsupported|unknown (?:command|method)/i.test(error.message)) throw error;
    throw new UserError(`farm:${farm.name} refuses mobile: shell, and nothing else starts qnn-net-run on its phones.`, WITHOUT_SHELL, { cause: error });
  }
}
