import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Adb } from '../../../device-harness/adb/adb.ts';
import { findAdb } from '../../../converters/toolchain/find-adb.ts';
import { VirtualPhone } from '../../../device-harness/virtual/android/virtual-phone.ts';

const program = findAdb();
const folder = mkdtempSync(join(tmpdir(), 'dyno-virtual-'));

/** The real adb is the oracle: what it shows, copies and refuses is what a phone would have made it show, copy and refuse. */
describe.skipIf(program === null)('a virtual phone below the real adb (needs adb: dyno setup python)', () => {
  let phone: VirtualPhone;
  let adb: Adb;

  beforeAll(async () => {
    phone = await VirtualPhone.start({ folder: join(folder, 'phone'), soc: 'SM8650' });
    adb = new Adb({ program: program as string, environment: { ...process.env, ANDROID_ADB_SERVER_PORT: String(await freePort()) } });
    await adb.connect(phone.serial);
  }, 480_000);

  afterAll(async () => {
    await adb.killServer();
    await phone.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is listed with its model', async () => {
    expect(await adb.devices()).toEqual([{ serial: phone.serial, state: 'device', model: 'Virtual SM8650' }]);
  });

  test('runs commands: output, errors and exit code apart', async () => {
    expect(await adb.shell(phone.serial, 'getprop ro.soc.model; echo oops >&2; exit 7')).toEqual({ code: 7, stdout: 'SM8650\n', stderr: 'oops\n' });
    expect(await adb.shell(phone.serial, 'frobnicate')).toMatchObject({ code: 127 });
    expect((await adb.shell(phone.serial, `printf '%s' "it's; a | \\"test\\""`)).stdout).toBe('it\'s; a | "test"');
  });

  test.each([0, 1, 65_535, 65_536, 65_537, 3_000_001])('copies %i bytes there and back', async (size) => {
    const [sent, back] = [join(folder, 'sent.bin'), join(folder, 'back.bin')];
    writeFileSync(sent, randomBytes(size));
    await adb.push(phone.serial, sent, '/data/local/tmp/some where/übung.bin');
    expect((await adb.shell(phone.serial, "sha256sum '/data/local/tmp/some where/übung.bin'")).stdout.split(' ')[0]).toBe(sha256(sent));
    await adb.pull(phone.serial, '/data/local/tmp/some where/übung.bin', back);
    expect(sha256(back)).toBe(sha256(sent));
  });

  test('copies folders, and keeps the mode of programs', async () => {
    const tree = join(folder, 'tree', 'inner');
    mkdirSync(tree, { recursive: true });
    writeFileSync(join(tree, 'run.sh'), '#!/bin/sh\necho ran from $(basename "$PWD")\n', { mode: 0o755 });
    await adb.push(phone.serial, join(folder, 'tree'), '/data/local/tmp/tree');
    expect((await adb.shell(phone.serial, 'cd /data/local/tmp/tree/inner && ./run.sh')).stdout).toBe('ran from inner\n');
    await adb.pull(phone.serial, '/data/local/tmp/tree', join(folder, 'tree-back'));
    expect(readFileSync(join(folder, 'tree-back', 'inner', 'run.sh'), 'utf8')).toContain('ran from');
  });

  test('a pull of nothing says so', async () => {
    await expect(adb.pull(phone.serial, '/data/local/tmp/nothing', join(folder, 'nothing'))).rejects.toThrow(/No such file or directory|does not exist/);
  });

  test('work left in the background goes on when the connection is gone', async () => {
    const { stdout } = await adb.shell(phone.serial, "cd /data/local/tmp && nohup sh -c 'sleep 0.5; echo done > late.txt' </dev/null >/dev/null 2>&1 & echo started");
    expect(stdout).toBe('started\n');
    await expect.poll(async () => (await adb.shell(phone.serial, 'cat /data/local/tmp/late.txt 2>/dev/null')).stdout, { timeout: 5000 }).toBe('done\n');
  });

  test('heat and charge are what it was told, in the words of Android', async () => {
    phone.change({ thermalStatus: 3, temperatures: { skin: 51.5, NPU: 70 }, battery: { level: 12, celsius: 41.2, plugged: false } });
    const thermal = (await adb.shell(phone.serial, 'dumpsys thermalservice')).stdout;
    expect(thermal).toContain('Thermal Status: 3');
    expect(thermal.split('Current temperatures from HAL:')[1]).toContain('Temperature{mValue=51.5, mType=3, mName=skin, mStatus=3}');
    expect((await adb.shell(phone.serial, 'dumpsys battery')).stdout).toMatch(/level: 12\n[\s\S]*temperature: 412\n/);
  });

  test('a full phone refuses a file and keeps nothing of it', async () => {
    const before = phone.state.freeBytes;
    phone.change({ freeBytes: 100_000 });
    const big = join(folder, 'big.bin');
    writeFileSync(big, randomBytes(1_000_000));
    await expect(adb.push(phone.serial, big, '/data/local/tmp/big.bin')).rejects.toThrow(`${phone.serial} is full.`);
    expect(existsSync(join(phone.root, 'data/local/tmp/big.bin'))).toBe(false);
    expect((await adb.shell(phone.serial, 'ls /data/local/tmp')).stdout).not.toContain('big.bin');
    phone.change({ freeBytes: before });
  });

  test('unplugged, plugged in again: an error with words, then as before', async () => {
    await phone.unplug();
    await expect(adb.shell(phone.serial, 'echo hi')).rejects.toThrow(/is offline|is not attached/);
    await phone.plug();
    await adb.connect(phone.serial);
    expect((await adb.shell(phone.serial, 'echo hi')).stdout).toBe('hi\n');
  });

  test('an owner who has not pressed "Allow"', async () => {
    const shy = await VirtualPhone.start({ folder: join(folder, 'shy'), soc: 'SM8550' });
    shy.authorize(false);
    await adb.connect(shy.serial).catch(() => undefined);
    await expect.poll(async () => (await adb.devices()).find(({ serial }) => serial === shy.serial)?.state, { timeout: 5000 }).toBe('unauthorized');
    await expect(adb.shell(shy.serial, 'id')).rejects.toThrow('has not allowed this computer');
    await adb.disconnect(shy.serial);
    await shy.close();
  });

  test('a path cannot leave the phone', async () => {
    const secret = join(folder, 'secret.txt');
    writeFileSync(secret, 'secret');
    await expect(adb.pull(phone.serial, `/data/local/tmp/../../../../../..${secret}`, join(folder, 'stolen'))).rejects.toThrow();
  });
});

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
