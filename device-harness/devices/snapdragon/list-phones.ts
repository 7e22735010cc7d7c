import { Adb } from '../../adb/adb.ts';
import { adbFailure } from '../../adb/adb-failure.ts';
import { findAdb } from '../../../converters/toolchain/find-adb.ts';
import { type PhoneHealth, readPhoneHealth, whyNotReady } from './phone-health.ts';
import { type PhoneInfo, readPhoneInfo } from './phone-info.ts';
import { adbLink } from './phone-link.ts';

/** An attached phone: what it is and how it is, or why that cannot be asked. */
export type ListedPhone =
  | { readonly serial: string; readonly state: 'device'; readonly info: PhoneInfo; readonly health: PhoneHealth; readonly notReady: string | null }
  | { readonly serial: string; readonly state: string; readonly why: string; readonly nextSteps: readonly string[] };

/** Every Android phone that adb sees. Null where there is no adb. Throws ExternalError when adb itself fails. */
export async function listPhones(environment: NodeJS.ProcessEnv = process.env, signal?: AbortSignal): Promise<readonly ListedPhone[] | null> {
  const program = findAdb(environment);
  if (program === null) return null;
  const adb = new Adb({ program, environment });
  const phones = await adb.devices(signal ? { signal } : {});
  return Promise.all(phones.map(({ serial, state }) => (state === 'device' ? ask(adb, serial, signal) : refusal(serial, state))));
}

async function ask(adb: Adb, serial: string, signal?: AbortSignal): Promise<ListedPhone> {
  const link = adbLink(adb, serial);
  try {
    const [info, health] = await Promise.all([readPhoneInfo(link), readPhoneHealth(link, signal)]);
    return { serial, state: 'device', info, health, notReady: whyNotReady(health, health) };
  } catch (error) {
    signal?.throwIfAborted();
    return { serial, state: 'unreachable', why: error instanceof Error ? error.message : String(error), nextSteps: [] };
  }
}

function refusal(serial: string, state: string): ListedPhone {
  const failure = adbFailure(serial, state === 'no permissions' ? state : `device ${state}`);
  return { serial, state, why: failure?.message ?? `${serial} is in the state "${state}".`, nextSteps: failure?.nextSteps ?? [] };
}
