import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { findAdb } from '../../../converters/toolchain/find-adb.ts';
import { Adb } from '../../../device-harness/adb/adb.ts';
import { adbFailure } from '../../../device-harness/adb/adb-failure.ts';
import { freePort } from '../../../device-harness/adb/free-port.ts';
import { LinkLostError, retryLost } from '../../../device-harness/adb/link-lost.ts';
import { openOwnAdb } from '../../../device-harness/adb/own-server.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const program = findAdb();
const temporary = temporaryFolder();

describe.skipIf(program === null)('an adb server of our own (needs adb: dyno setup python)', () => {
  test('ends with us, and one that a killed process left behind ends when the next one starts', async () => {
    const environment = { ...process.env, DYNO_CACHE: temporary('cache') };
    const port = await freePort();
    const orphan = new Adb({ program: program as string, environment: { ...environment, ANDROID_ADB_SERVER_PORT: String(port) } });
    await orphan.devices();
    mkdirSync(temporary('cache', 'adb-servers'), { recursive: true });
    const dead = spawnSync('true').pid;
    writeFileSync(temporary('cache', 'adb-servers', `${port}.lock`), JSON.stringify({ pid: dead, host: hostname() }));
    expect(await listens(port)).toBe(true);
    const own = await openOwnAdb(program as string, environment);
    expect([await listens(port), existsSync(temporary('cache', 'adb-servers', `${port}.lock`))]).toEqual([false, false]);
    await own.adb.devices();
    expect(await listens(own.port)).toBe(true);
    await own.close();
    expect(await listens(own.port)).toBe(false);
  });
});

test('a broken link is tried again, anything else is not', async () => {
  let calls = 0;
  const lost = (): Promise<number> => (++calls < 2 ? Promise.reject(new LinkLostError('away', 'adb', '')) : Promise.resolve(calls));
  expect(await retryLost(lost)).toBe(2);
  const broken = (): Promise<number> => Promise.reject(new Error(`call ${++calls}`));
  await expect(retryLost(broken)).rejects.toThrow('call 3');
});

test.each([
  ['error: device unauthorized.\nThis adb server\'s $ADB_VENDOR_KEYS is not set', 'user', 'has not allowed this computer'],
  ['adb: error: failed to copy: remote No space left on device', 'user', 'is full'],
  ['error: insufficient permissions for device', 'user', 'may not use'],
  ['error: device offline', 'lost', 'is offline'],
  ["error: device 'R5CT' not found", 'lost', 'is not attached'],
  ['error: closed', 'lost', 'broke'],
  ["adb: error: failed to copy 'a' to 'b': couldn't read from device", 'lost', 'broke'],
  ['* failed to start daemon\nadb: failed to check server version: cannot connect to daemon', 'lost', 'broke'],
])('%s', (text, kind, message) => {
  expect(adbFailure('R5CT', text)).toMatchObject({ kind, message: expect.stringContaining(message) });
});

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
