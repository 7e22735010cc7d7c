import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Adb } from '../../device-harness/adb/adb.ts';
import { findDriverPackages } from '../../device-harness/appium/driver-packages.ts';
import { DRIVER_APPS, PhoneSessions } from '../../device-harness/appium/phone-sessions.ts';
import { type ListedPhone, listPhones } from '../../device-harness/devices/snapdragon/list-phones.ts';
import { phoneOwner } from '../../device-harness/devices/snapdragon/phone-lock.ts';
import { findSdk } from '../../converters/qnn/sdk.ts';
import { findAdb } from '../../converters/toolchain/index.ts';
import { DynoError } from '../../models/contracts/errors.ts';
import { formatDuration } from '../ui/numbers.ts';
import type { Diagnosis, Surroundings } from './diagnose.ts';

type Row = Diagnosis & { readonly title: string };

/** What `dyno doctor android` looks at, from this machine's side to each phone's. A phone is optional: none attached is no fault. */
export async function diagnoseAndroid({ env, signal }: Surroundings): Promise<readonly Row[]> {
  const program = findAdb(env);
  if (program === null) return [noAdb(env), androidHome(env), drivers(env), sdk(env)];
  const adb = new Adb({ program, environment: env });
  const server = await adbServer(adb, signal);
  const phones = server.state === 'ok' ? ((await listPhones(env, signal)) ?? []) : [];
  return [
    await adbProgram(adb, signal), server, androidHome(env), drivers(env), await appium(adb, phones, env, signal), sdk(env),
    ...(await Promise.all(phones.map((phone) => phoneRow(adb, phone, env, signal)))),
    ...(server.state === 'ok' && phones.length === 0 ? [{ title: 'phones', state: 'optional' as const, found: 'none attached', fix: 'Switch USB debugging on (Settings, Developer options) and plug the phone in. Without one: dyno devices --virtual SM8650.' }] : []),
  ];
}

function noAdb(env: NodeJS.ProcessEnv): Row {
  const named = env['ANDROID_HOME'] ?? env['ANDROID_SDK_ROOT'];
  return { title: 'adb', state: 'missing', found: named ? `not in ${named}/platform-tools, nor on the path` : 'not found', fix: 'dyno setup python brings adb 36 on x64; else install the Android platform tools.' };
}

async function adbProgram(adb: Adb, signal: AbortSignal): Promise<Row> {
  try {
    return { title: 'adb', state: 'ok', found: `${await adb.version({ signal })} in ${adb.program}`, fix: null };
  } catch (error) {
    return { title: 'adb', state: 'missing', found: `${adb.program} does not run: ${(error as Error).message}`, fix: 'Install the Android platform tools again, or take it out of the path.' };
  }
}

/** Starts it where it does not run, as any call of adb does. */
async function adbServer(adb: Adb, signal: AbortSignal): Promise<Row> {
  try {
    const phones = await adb.devices({ signal });
    return { title: 'adb server', state: 'ok', found: `answers, ${phones.length === 1 ? '1 phone' : `${phones.length} phones`} attached`, fix: null };
  } catch (error) {
    return { title: 'adb server', state: 'missing', found: (error as Error).message, fix: 'Two versions of adb may fight for one server: adb kill-server, then try again. ANDROID_ADB_SERVER_PORT takes another port.' };
  }
}

/** Only other tools need it: dyno makes the driver a home of its own around the adb that it found. */
function androidHome(env: NodeJS.ProcessEnv): Row {
  const home = env['ANDROID_HOME'] ?? env['ANDROID_SDK_ROOT'];
  if (!home) return { title: 'ANDROID_HOME', state: 'ok', found: 'not set, and not needed', fix: null };
  const used = findAdb(env)?.startsWith(home) ?? false;
  return { title: 'ANDROID_HOME', state: used ? 'ok' : 'optional', found: used ? home : `${home}, which holds no platform-tools/adb`, fix: used ? null : 'Install the platform tools there, or unset it.' };
}

function drivers(env: NodeJS.ProcessEnv): Row {
  const found = findDriverPackages(env);
  const versions = Object.entries(found?.versions ?? {}).map(([name, version]) => `${name} ${version}`).join(', ');
  return { title: 'phone drivers', state: found ? 'ok' : 'optional', found: found ? `${versions} in ${found.folder}` : 'not installed', fix: found ? null : 'dyno setup phones (270 MB). Without them: --link adb.' };
}

/** Starts a server, and a session on a phone that is ready and that nobody measures on. */
async function appium(adb: Adb, phones: readonly ListedPhone[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Row> {
  const title = 'Appium';
  const packages = findDriverPackages(env);
  if (!packages) return { title, state: 'optional', found: 'not tried: its packages are not installed', fix: null };
  const folder = await mkdtemp(join(tmpdir(), 'dyno-doctor-'));
  const sessions = new PhoneSessions({ packages, folder, adb: adb.program });
  const started = performance.now();
  const free = phones.find((phone) => 'info' in phone && phoneOwner(phone.serial, env) === null);
  try {
    signal.throwIfAborted();
    if (!free) {
      await sessions.start();
      return { title, state: 'ok', found: `starts in ${formatDuration(performance.now() - started)}; no phone to open a session on`, fix: null };
    }
    const { stdout } = await adb.shell(free.serial, 'pm list packages', { signal });
    const missing = DRIVER_APPS.filter((app) => !stdout.split('\n').some((line) => line.trim() === `package:${app}`));
    if (missing.length > 0) {
      await sessions.start();
      return { title, state: 'ok', found: `starts in ${formatDuration(performance.now() - started)}; its apps are not on ${free.serial} yet: the first run puts them there`, fix: null };
    }
    const port = Number(env['ANDROID_ADB_SERVER_PORT']);
    const session = await sessions.open({ serial: free.serial, adbPort: port > 0 ? port : null, installed: true });
    await session.close();
    return { title, state: 'ok', found: `starts and opens a session on ${free.serial} in ${formatDuration(performance.now() - started)}`, fix: null };
  } catch (error) {
    const steps = error instanceof DynoError ? error.nextSteps.join(' ') : '';
    return { title, state: 'missing', found: (error as Error).message.split('\n')[0] ?? '', fix: `${steps} Measuring works without Appium too: --link adb.`.trim() };
  } finally {
    await sessions.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function sdk(env: NodeJS.ProcessEnv): Row {
  const title = 'QNN runtime';
  const fix = 'Install Qualcomm’s AI Runtime SDK and set QAIRT_SDK_ROOT: qnn-net-run and its libraries come from there. Virtual phones need none.';
  try {
    const found = findSdk(null, env);
    if (!found) return { title, state: 'optional', found: 'no SDK found', fix };
    const parts = `${found.version ?? 'of unknown version'} in ${found.root}`;
    return found.android ? { title, state: 'ok', found: `${parts}, Hexagon ${found.hexagon.join(', ')}`, fix: null } : { title, state: 'missing', found: `${parts}, without its Android programs`, fix };
  } catch (error) {
    return { title, state: 'missing', found: (error as Error).message, fix };
  }
}

const LEAST_FREE = 256e6;

async function phoneRow(adb: Adb, phone: ListedPhone, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Row> {
  const title = phone.serial;
  if (!('info' in phone)) return { title, state: 'missing', found: `${phone.state}: ${phone.why}`, fix: phone.nextSteps.join(' ') || 'Unlock the phone and plug it in again.' };
  const { info, notReady } = phone;
  const name = `${info.manufacturer} ${info.model}, Android ${info.android}${info.virtual ? ', a virtual phone' : ''}`;
  if (info.chip === null || info.chip.hexagon < 68) {
    return { title, state: 'optional', found: `${name}; ${info.soc || 'its chip'} has no HTP that is known here`, fix: `gpu and cpu can be measured${info.soc === '' ? '. Name the chip if you know it: --chip SM8650' : ''}.` };
  }
  const faults = [notReady, ...(await obstacles(adb, phone.serial, info.virtual, signal)), ownerText(phoneOwner(phone.serial, env))].filter((fault) => fault !== null);
  const found = `${name}, ${info.chip.chip} (Hexagon v${info.chip.hexagon})`;
  if (faults.length === 0) return { title, state: 'ok', found: `${found}, ready`, fix: null };
  return { title, state: 'optional', found: `${found}; ${faults.join('; ')}`, fix: 'Let it rest on a charger, with space free. Whether it grants programs of the shell a process on the HTP is seen with the first run.' };
}

/** What would keep the HTP from being used, as far as can be seen from outside: space, and the library that reaches it. */
async function obstacles(adb: Adb, serial: string, virtual: boolean, signal: AbortSignal): Promise<string[]> {
  const { stdout } = await adb.shell(serial, 'df -k /data/local/tmp | tail -n 1; ls /vendor/lib64/libcdsprpc.so 2>/dev/null; ls -d /data/local/tmp', { signal });
  const free = Number(stdout.split('\n')[0]?.trim().split(/\s+/)[3]) * 1024;
  const full = Number.isFinite(free) && free < LEAST_FREE ? `${Math.round(free / 1e6)} MB free` : null;
  const blind = !virtual && !stdout.includes('libcdsprpc.so') ? '/vendor/lib64/libcdsprpc.so, which the HTP is reached by, is not there' : null;
  return [full, blind].filter((fault) => fault !== null);
}

function ownerText(owner: string | null): string | null {
  return owner === null ? null : `in use by ${owner}`;
}
