import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, closeSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAdb } from '../../converters/toolchain/find-adb.ts';
import { Adb } from '../../device-harness/adb/adb.ts';
import { openOwnAdb } from '../../device-harness/adb/own-server.ts';
import { findDriverPackages } from '../../device-harness/appium/driver-packages.ts';
import { PhoneSessions } from '../../device-harness/appium/phone-sessions.ts';
import { adbLink, appiumLink, type PhoneLink } from '../../device-harness/devices/snapdragon/phone-link.ts';
import { PhoneStore } from '../../device-harness/devices/snapdragon/phone-store.ts';
import { VirtualPhone } from '../../device-harness/virtual/android/virtual-phone.ts';
import { markdownTable } from './markdown-table.ts';

/**
 * 200 MB onto a virtual phone: by bare `adb push`, by the store (content hash, push, hash on the phone), and by the store through Appium's chunks. The phone
 * is a process of its own, so that the memory told is that of dyno. Called as: npx tsx test/bench/phone-push.ts [REPEATS]
 */
const MEGABYTES = 200;
const PHONE = 'phone';

if (process.argv[2] === PHONE) {
  const phone = await VirtualPhone.start({ folder: process.argv[3] as string, soc: 'SM8650' });
  process.send?.(phone.serial);
  process.on('disconnect', () => process.exit(0));
} else {
  await main(Number(process.argv[2] ?? 3));
}

async function main(repeats: number): Promise<void> {
  const program = findAdb();
  if (program === null) throw new Error('There is no adb: dyno setup python.');
  const folder = mkdtempSync(join(tmpdir(), 'dyno-push-'));
  const { fork } = await import('node:child_process');
  const child = fork(process.argv[1] as string, [PHONE, join(folder, 'phone')], { execArgv: process.execArgv });
  const serial = await new Promise<string>((resolve) => child.once('message', (message) => resolve(message as string)));
  const own = await openOwnAdb(program, process.env);
  const environment = { ...process.env, ANDROID_ADB_SERVER_PORT: String(own.port) };
  await own.adb.connect(serial);
  const direct = adbLink(new Adb({ program, environment }), serial);
  const packages = findDriverPackages();
  const sessions = packages ? new PhoneSessions({ packages, folder, adb: program }) : null;
  try {
    const rows: [string, number[]][] = [['bare adb push', []], ['store, directly', []]];
    const memory = new Map<string, number>();
    for (let i = 0; i < repeats; i++) {
      const file = randomFile(join(folder, `random-${i}`));
      rows[0]?.[1].push(seconds(() => execFileSync(program, ['-s', serial, 'push', file, '/data/local/tmp/bare'], { env: environment, stdio: 'ignore' })));
      rows[1]?.[1].push(await stored(direct, file, 'store, directly', memory));
      rmSync(file);
    }
    if (sessions) {
      const file = randomFile(join(folder, 'random-appium'));
      const link = appiumLink(serial, await sessions.open({ serial, adbPort: own.port, installed: true }), 'appium', null);
      rows.push(['store, in chunks through Appium', [await stored(link, file, 'store, in chunks through Appium', memory)]]);
      await link.close();
    }
    const base = median(rows[0]?.[1] ?? []);
    console.log(markdownTable(['200 MB by', 'seconds (median)', 'against bare adb', 'peak memory of dyno, GB'], rows.map(([name, times]) => [
      name, median(times).toFixed(2), `${(median(times) / base).toFixed(2)}×`, memory.has(name) ? ((memory.get(name) as number) / 1e9).toFixed(2) : '–',
    ])));
  } finally {
    await sessions?.close();
    await own.close();
    child.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A store of its own knows nothing of earlier files. Highest resident memory, looked at every 20 ms. */
async function stored(link: PhoneLink, file: string, name: string, memory: Map<string, number>): Promise<number> {
  const timer = setInterval(() => memory.set(name, Math.max(memory.get(name) ?? 0, process.memoryUsage.rss())), 20);
  const start = performance.now();
  await new PhoneStore(link).put(file);
  clearInterval(timer);
  return (performance.now() - start) / 1000;
}

function seconds(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

/** Content that no link can make smaller. */
function randomFile(path: string): string {
  const file = openSync(path, 'w');
  for (let i = 0; i < MEGABYTES; i++) writeSync(file, randomBytes(1e6));
  closeSync(file);
  return path;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
