import { findDriverPackages } from '../../appium/driver-packages.ts';
import type { IphoneInfo } from './ask-phone.ts';
import { nameOf, PROBLEMS } from './known-problems.ts';
import { type ListedIphone, listIphones } from './list-iphones.ts';

/** One line of `dyno doctor iphone`. `ok` null: not needed, or not to be known from here. */
export interface IphoneCheck {
  readonly what: string;
  readonly ok: boolean | null;
  readonly text: string;
  readonly fix: string | null;
}

const LOW_BATTERY = 30;
const LITTLE_SPACE = 1e9;

/** What measuring on iPhones needs, from this computer to each attached phone. */
export async function iphoneChecks(environment: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): Promise<readonly IphoneCheck[]> {
  const packages = findDriverPackages(environment);
  const phones = await listIphones(environment);
  const driver = packages
    ? { ok: true, text: Object.entries(packages.versions).map(([name, version]) => `${name} ${version}`).join(', '), fix: null }
    : { ok: false, text: 'not installed', fix: 'dyno setup phones' };
  const multiplexer = phones
    ? { ok: true, text: phones.length === 1 ? '1 iPhone attached' : `${phones.length} iPhones attached`, fix: phones.length > 0 ? null : 'Plug an iPhone in.' }
    : { ok: false, text: 'does not run', fix: MULTIPLEXER[platform] ?? 'Install usbmuxd, then plug the phone in again.' };
  return [
    { what: 'Appium and the XCUITest driver', ...driver },
    { what: 'usbmuxd', ...multiplexer },
    ...(phones ?? []).flatMap((phone) => checksOf(phone, platform)),
  ];
}

/** Where usbmuxd comes from, by system. */
const MULTIPLEXER: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'sudo apt install usbmuxd, then plug the phone in again.',
  win32: 'Install Apple Devices from the Microsoft Store.',
  darwin: 'It is part of macOS: restart the Mac.',
};

function checksOf(phone: ListedIphone, platform: NodeJS.Platform): IphoneCheck[] {
  if (phone.state === 'unreachable') return [{ what: phone.udid, ok: false, text: phone.why, fix: 'Unlock the phone and plug it in again.' }];
  const { info, problems } = phone;
  const name = nameOf(info);
  const { battery, freeBytes } = info;
  const checks: IphoneCheck[] = [];
  const add = (ok: boolean, text: string, fix: string | null): void => void checks.push({ what: name, ok, text, fix });
  for (const { message, nextSteps } of problems) add(false, message, nextSteps.join(' '));
  if (problems.length === 0) add(true, `iOS ${info.system}, ${info.chip?.chip ?? 'an unknown chip'}, runner ${info.runner?.version}`, null);
  if (!info.trusted) return checks;
  if (!info.webDriverAgent) checks.push(agentCheck(info, name, platform));
  if (battery !== null && battery.level < LOW_BATTERY) {
    add(battery.charging, `battery at ${battery.level} %`, battery.charging ? null : 'Charge it: phones slow down when the battery is low.');
  }
  if (freeBytes !== null && freeBytes < LITTLE_SPACE) add(false, `${(freeBytes / 1e6).toFixed(0)} MB are free`, PROBLEMS.full(name).nextSteps.join(' '));
  if (info.thermalState !== null && info.thermalState > 0) {
    add(false, `hot (${THERMAL[info.thermalState] ?? info.thermalState})`, 'Let it cool down: take it out of its case, off the charger and out of the sun.');
  }
  return checks;
}

const THERMAL = ['nominal', 'fair', 'serious', 'critical'];

/** On macOS the driver starts WebDriverAgent itself; from elsewhere it can through a tunnel, on iOS 18 and later. */
function agentCheck(info: IphoneInfo, name: string, platform: NodeJS.Platform): IphoneCheck {
  const { message, nextSteps } = PROBLEMS.agent(name);
  if (platform === 'darwin') return { what: name, ok: null, text: `${message} Appium is going to start it.`, fix: null };
  const old = Number.parseInt(info.system, 10) < 18;
  const fix = old ? `iOS ${info.system} on ${platform}: start WebDriverAgent by hand, or update to iOS 18. ${nextSteps[0]}` : nextSteps.join(' ');
  return { what: name, ok: false, text: message, fix };
}
