import { request } from 'node:http';
import type { AneChip } from '../../../converters/rules/ane-chips.ts';
import { RUNNER_BUNDLE_ID } from '../../runner/index.ts';
import { modelOf } from './product-types.ts';
import { type InstalledApp, installedApp } from './usb/installed-app.ts';
import { Lockdown, LockdownRefusal } from './usb/lockdown.ts';
import { isDict, type Plist } from './usb/plist-value.ts';
import type { AttachedPhone, Usbmux } from './usb/usbmux.ts';

/** Port on the phone that WebDriverAgent listens on. */
export const WDA_PORT = 8100;

/** What an attached iPhone says of itself. Null where it does not tell, which is never the same as fine. */
export interface IphoneInfo {
  readonly udid: string;
  readonly via: 'USB' | 'Network';
  readonly name: string;
  readonly productType: string;
  /** What it is sold as; null for what the table does not have. */
  readonly model: string | null;
  readonly chip: AneChip | null;
  readonly system: string;
  readonly build: string;
  /** A phone of ours: what is measured there is simulated. */
  readonly virtual: boolean;
  /** It answers this computer's requests. */
  readonly trusted: boolean;
  readonly developerMode: boolean | null;
  readonly locked: boolean | null;
  readonly battery: { readonly level: number; readonly charging: boolean } | null;
  readonly freeBytes: number | null;
  /** ProcessInfo.ThermalState, 0 to 3, where WebDriverAgent runs to tell it. */
  readonly thermalState: number | null;
  readonly runner: InstalledApp | null;
  readonly webDriverAgent: boolean;
}

/** Asks lockdown, and WebDriverAgent where it runs. Throws ExternalError when the phone gives no answer at all. */
export async function askPhone(mux: Usbmux, phone: AttachedPhone): Promise<IphoneInfo> {
  const lockdown = await Lockdown.open(mux, phone);
  try {
    const told = await lockdown.value(null, null);
    const values = isDict(told ?? undefined) ? (told as Readonly<Record<string, Plist>>) : {};
    const text = (key: string): string => String(values[key] ?? '');
    const trusted = await isTrusted(mux, phone, lockdown);
    const { name: model, chip } = modelOf(text('ProductType'));
    const agent = await askAgent(mux, phone);
    const own = trusted ? await askTrusting(lockdown) : NOTHING;
    return {
      udid: phone.udid, via: phone.via, name: text('DeviceName'), productType: text('ProductType'), model, chip, system: text('ProductVersion'), build: text('BuildVersion'),
      virtual: values['DynoVirtual'] === true, trusted, ...own, locked: agent.locked ?? locked(values['PasswordProtected']), thermalState: agent.thermalState, webDriverAgent: agent.runs,
    };
  } finally {
    lockdown.close();
  }
}

const NOTHING = { developerMode: null, battery: null, freeBytes: null, runner: null };

/** What a phone says only to a computer that it trusts. */
async function askTrusting(lockdown: Lockdown): Promise<Pick<IphoneInfo, 'developerMode' | 'battery' | 'freeBytes' | 'runner'>> {
  const level = await lockdown.value('com.apple.mobile.battery', 'BatteryCurrentCapacity');
  const charging = await lockdown.value('com.apple.mobile.battery', 'BatteryIsCharging');
  const developerMode = await lockdown.value('com.apple.security.mac.amfi', 'DeveloperModeStatus');
  const free = await lockdown.value('com.apple.disk_usage', 'AmountDataAvailable');
  return {
    developerMode: typeof developerMode === 'boolean' ? developerMode : null, battery: typeof level === 'number' ? { level, charging: charging === true } : null,
    freeBytes: free === null ? null : Number(free), runner: await installedApp(lockdown, RUNNER_BUNDLE_ID),
  };
}

async function isTrusted(mux: Usbmux, { udid }: AttachedPhone, lockdown: Lockdown): Promise<boolean> {
  const record = await mux.pairRecord(udid);
  if (record === null) return false;
  try {
    await lockdown.startSession(record);
    return true;
  } catch (error) {
    if (error instanceof LockdownRefusal) return false;
    throw error;
  }
}

/** A phone that has no code is never protected; `true` says that it has one, not that it is asked for now. */
function locked(passwordProtected: Plist | undefined): boolean | null {
  return passwordProtected === false ? false : null;
}

interface Agent {
  readonly runs: boolean;
  readonly locked: boolean | null;
  readonly thermalState: number | null;
}

async function askAgent(mux: Usbmux, phone: AttachedPhone): Promise<Agent> {
  const status = await get(mux, phone, '/status');
  if (status === null) return { runs: false, locked: null, thermalState: null };
  const [locked, device] = [await get(mux, phone, '/wda/locked'), await get(mux, phone, '/wda/device/info')];
  const thermal = (device as { thermalState?: unknown } | null)?.thermalState;
  return { runs: true, locked: typeof locked === 'boolean' ? locked : null, thermalState: typeof thermal === 'number' ? thermal : null };
}

const AGENT_MS = 5000;

/** What WebDriverAgent answers; null where it does not. */
async function get(mux: Usbmux, phone: AttachedPhone, path: string): Promise<unknown> {
  try {
    const socket = await mux.connect(phone, WDA_PORT);
    return await new Promise((resolve) => {
      const call = request({ path, createConnection: () => socket, timeout: AGENT_MS, headers: { connection: 'close' } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).once('end', () => resolve(answered(text)));
      });
      call.once('timeout', () => call.destroy(new Error('WebDriverAgent gave no answer')));
      call.once('error', () => resolve(null));
      call.end();
    });
  } catch {
    return null;
  }
}

function answered(text: string): unknown {
  try {
    return (JSON.parse(text) as { value?: unknown }).value ?? null;
  } catch {
    return null;
  }
}
