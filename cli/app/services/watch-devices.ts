import { setTimeout as sleep } from 'node:timers/promises';
import { findSdk } from '../../../converters/qnn/sdk.ts';
import { findAdb, findEnvironment } from '../../../converters/toolchain/index.ts';
import { findDriverPackages } from '../../../device-harness/appium/driver-packages.ts';
import { listPhones, type ListedPhone } from '../../../device-harness/devices/snapdragon/list-phones.ts';
import { healthText } from '../../../device-harness/devices/snapdragon/phone-health.ts';
import { type ListedIphone, listIphones } from '../../../device-harness/index.ts';
import { parseTarget } from '../../../models/contracts/selectors.ts';
import type { Config } from '../../config/config.ts';
import { farmNamed } from '../../work/named-farms.ts';
import { ownUnits } from '../../work/open-devices.ts';
import type { FoundDevice, Problem } from '../state/found.ts';
import { problemOf } from './problem-of.ts';
import type { Tell } from './services.ts';

const PAUSE_MS = 3000;

/** Tells of everything that measures, at once what needs no asking, then again and again which phones are attached. Ends only when given up. */
export async function watchDevices(config: Config, env: NodeJS.ProcessEnv, targets: readonly string[], tell: Tell<readonly FoundDevice[]>, signal: AbortSignal): Promise<void> {
  const still = [...here(env), ...farms(config), ...virtual(targets, env)];
  tell(still, 'asking adb and usbmuxd');
  for (;;) {
    const attached = await Promise.all([androids(env, signal), iphones(env)]);
    signal.throwIfAborted();
    tell([...attached.flat(), ...still], '');
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

function here(env: NodeJS.ProcessEnv): FoundDevice[] {
  const host: FoundDevice = { selector: 'host', label: 'this processor', group: 'here', units: ownUnits('host', {}), detail: ['ONNX Runtime'], blocked: null };
  if (process.platform !== 'darwin') return [host];
  const hasTools = findEnvironment(env)?.packages['coremltools'] !== undefined;
  return [host, { selector: 'mac', label: 'this Mac', group: 'here', units: ownUnits('mac', {}), detail: ['Core ML'], blocked: hasTools ? null : { message: 'coremltools is not installed.', nextSteps: ['dyno setup python'] } }];
}

function farms({ farms: all }: Config): FoundDevice[] {
  return Object.entries(all).map(([name, { platform, url }]) => {
    const selector = `farm:${name}`;
    return { selector, label: platform === 'iphone' ? 'iPhones' : 'Android phones', group: 'farms' as const, units: ownUnits(platform, {}), detail: [url], blocked: problemIn(() => farmNamed({ kind: 'farm', id: name }, all)) };
  });
}

/** One for each chip among the targets, else one of each kind. */
function virtual(targets: readonly string[], env: NodeJS.ProcessEnv): FoundDevice[] {
  const chips = targets.map(parseTarget).flatMap(({ kind, hardware }) => (hardware === null || kind === 'host' || (kind === 'ane' && !/^A\d\d/.test(hardware)) ? [] : [kind === 'htp' ? (hardware.split('@')[0] as string) : (hardware.split(' ')[0] as string)]));
  const drivers: Problem | null = findDriverPackages(env) ? null : { message: 'Appium and its drivers are not installed.', nextSteps: ['dyno setup phones'] };
  return [...new Set(chips.length > 0 ? chips : ['SM8550', 'A15'])].map((chip) => {
    const selector = `virtual:${chip}`;
    const isIphone = /^A\d\d/.test(chip);
    const adb: Problem | null = isIphone || findAdb(env) !== null ? null : { message: 'There is no adb here.', nextSteps: ['dyno setup python brings adb along'] };
    return { selector, label: isIphone ? 'iPhone' : 'Snapdragon phone', group: 'virtual', units: ownUnits(selector, {}), detail: ['simulated, to try things out'], blocked: drivers ?? adb };
  });
}

async function androids(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<FoundDevice[]> {
  try {
    return ((await listPhones(env, signal)) ?? []).map((phone) => android(phone, env));
  } catch (error) {
    signal.throwIfAborted();
    return [broken('android', 'Android phones', error)];
  }
}

function android(phone: ListedPhone, env: NodeJS.ProcessEnv): FoundDevice {
  const selector = `android:${phone.serial}`;
  const units = ownUnits('android', {});
  if (!('info' in phone)) return { selector, label: phone.state, group: 'attached', units, detail: [], blocked: { message: phone.why, nextSteps: phone.nextSteps } };
  const { info, health, notReady } = phone;
  const chip = info.chip ? `${info.chip.chip}, Hexagon v${info.chip.hexagon}` : `${info.soc || 'unknown chip'}: no HTP that is known here`;
  const sdk: Problem | null = info.virtual ? null : (problemIn(() => findSdk(null, env)) ?? (findSdk(null, env) ? null : { message: 'Qualcomm’s SDK is not here.', nextSteps: ['Install QAIRT and set QAIRT_SDK_ROOT; dyno doctor qnn says what is missing.'] }));
  return { selector, label: `${info.manufacturer} ${info.model}`, group: 'attached', units, detail: [chip, `Android ${info.android}`, healthText(health) ?? '', notReady ?? ''].filter((text) => text !== ''), blocked: sdk };
}

async function iphones(env: NodeJS.ProcessEnv): Promise<FoundDevice[]> {
  try {
    return ((await listIphones(env)) ?? []).map(iphone);
  } catch (error) {
    return [broken('iphone', 'iPhones', error)];
  }
}

function iphone(phone: ListedIphone): FoundDevice {
  const selector = `iphone:${phone.udid}`;
  const units = ownUnits('iphone', {});
  if (phone.state === 'unreachable') return { selector, label: 'unreachable', group: 'attached', units, detail: [], blocked: { message: phone.why, nextSteps: ['Unlock the phone and plug it in again.'] } };
  const { info, problems: [problem] } = phone;
  return { selector, label: info.model ?? info.productType, group: 'attached', units, detail: [info.chip ? `${info.chip.chip}, H${info.chip.family}` : 'unknown chip', `iOS ${info.system}`], blocked: problem ?? null };
}

/** What lists phones does not work: that is told where the phones would stand. */
function broken(selector: string, label: string, error: unknown): FoundDevice {
  return { selector, label, group: 'attached', units: [], detail: [], blocked: problemOf(error) };
}

function problemIn(look: () => unknown): Problem | null {
  try {
    look();
    return null;
  } catch (error) {
    return problemOf(error);
  }
}
