import { Adb } from '../../device-harness/adb/adb.ts';
import { type ListedPhone, listPhones } from '../../device-harness/devices/snapdragon/list-phones.ts';
import { adbLink } from '../../device-harness/devices/snapdragon/phone-link.ts';
import { lockPhone, phoneOwner } from '../../device-harness/devices/snapdragon/phone-lock.ts';
import { PHONE_FOLDER, PhoneStore } from '../../device-harness/devices/snapdragon/phone-store.ts';
import { findAdb } from '../../converters/toolchain/index.ts';
import { UserError } from '../../models/contracts/errors.ts';

/** What of ours is on a phone, and who uses it. */
export interface PhoneContents {
  /** Bytes below our folder; 0 where there is none. */
  readonly ours: number;
  /** QNN programs that an earlier run left there, to be used again. */
  readonly runtime: boolean;
  readonly freeBytes: number | null;
  /** `process 4711`, or null where nobody measures on it. */
  readonly owner: string | null;
}

export type AttachedPhone = ListedPhone & { readonly contents?: PhoneContents };

const NO_ADB = ['Install it: dyno setup python brings adb 36 along, or name an Android SDK with ANDROID_HOME.'];

/** The adb to use. Throws UserError where there is none. */
export function needAdb(env: NodeJS.ProcessEnv): Adb {
  const program = findAdb(env);
  if (program === null) throw new UserError('There is no adb here.', NO_ADB);
  return new Adb({ program, environment: env });
}

/** Every phone that adb sees, with what lies on those that answer. Throws UserError where there is no adb. */
export async function attachedPhones(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<readonly AttachedPhone[]> {
  const adb = needAdb(env);
  const phones = (await listPhones(env, signal)) ?? [];
  return Promise.all(phones.map(async (phone) => ('info' in phone ? { ...phone, contents: await contentsOf(adb, phone.serial, env, signal) } : phone)));
}

/** Removes everything of ours from a phone that nobody measures on; bytes that were freed. */
export async function cleanPhone(serial: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  const adb = needAdb(env);
  const release = lockPhone(serial, env);
  try {
    const { ours } = await contentsOf(adb, serial, env, signal);
    await new PhoneStore(adbLink(adb, serial)).clear();
    return ours;
  } finally {
    release();
  }
}

const MARK = '==dyno==';

async function contentsOf(adb: Adb, serial: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<PhoneContents> {
  const command = [`du -sk ${PHONE_FOLDER} 2>/dev/null`, `ls ${PHONE_FOLDER}/models/*/qnn-net-run 2>/dev/null`, 'df -k /data/local/tmp'].join(`; echo ${MARK}; `);
  const { stdout } = await adb.shell(serial, command, { signal });
  const [size = '', runtime = '', space = ''] = stdout.split(MARK);
  const free = Number(space.trim().split('\n').at(-1)?.split(/\s+/)[3]);
  return { ours: (Number.parseInt(size, 10) || 0) * 1024, runtime: runtime.includes('qnn-net-run'), freeBytes: Number.isFinite(free) ? free * 1024 : null, owner: phoneOwner(serial, env) };
}
