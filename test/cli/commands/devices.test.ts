import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Adb } from '../../../device-harness/adb/adb.ts';
import { lockPhone } from '../../../device-harness/devices/snapdragon/phone-lock.ts';
import { findAdb } from '../../../converters/toolchain/find-adb.ts';
import { VirtualPhone } from '../../../device-harness/virtual/android/virtual-phone.ts';
import { repoRoot } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';

const program = findAdb();
const folder = mkdtempSync(join(tmpdir(), 'dyno-devices-'));

describe.skipIf(program === null)('dyno devices (needs adb: dyno setup python)', () => {
  let env: Record<string, string>;
  let adb: Adb;
  const phones: VirtualPhone[] = [];

  beforeAll(async () => {
    env = { ANDROID_ADB_SERVER_PORT: String(await freePort()) };
    adb = new Adb({ program: program as string, environment: { ...process.env, ...env } });
  });

  afterAll(async () => {
    await adb.killServer();
    for (const phone of phones) await phone.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const attach = async (name: string, soc: string, state = {}): Promise<VirtualPhone> => {
    const phone = await VirtualPhone.start({ folder: join(folder, name), soc, state });
    phones.push(phone);
    await adb.connect(phone.serial);
    return phone;
  };

  test('says that there is none', async () => {
    expect(await runCli(['devices'], { env })).toMatchObject({ code: 0, stdout: 'No phone is attached.\n' });
  });

  test('names chip, heat and charge of each, and bins of a chip as the chip', async () => {
    const [cool, hot, other] = [await attach('a', 'SM8650-AC'), await attach('b', 'SM8750P', { thermalStatus: 2 }), await attach('c', 'MT6989')];
    const { code, stdout } = await runCli(['devices', '--json'], { env });
    const listed = new Map((JSON.parse(stdout) as { phones: { serial: string; info: { chip: { chip: string } | null; virtual: boolean }; notReady: string | null }[] }).phones.map((phone) => [phone.serial, phone]));
    expect(code).toBe(0);
    expect([cool, hot, other].map(({ serial }) => listed.get(serial)?.info.chip?.chip ?? null)).toEqual(['SM8650', 'SM8750', null]);
    expect([cool, hot].map(({ serial }) => listed.get(serial)?.notReady)).toEqual([null, 'the phone is hot (thermal status 2)']);
    expect(listed.get(other.serial)?.info.virtual).toBe(true);
  });

  test('a phone whose owner has not allowed this computer is listed with what to do', async () => {
    const shy = await VirtualPhone.start({ folder: join(folder, 'shy'), soc: 'SM8550' });
    phones.push(shy);
    shy.authorize(false);
    await adb.connect(shy.serial).catch(() => undefined);
    await expect.poll(async () => (await adb.devices()).find(({ serial }) => serial === shy.serial)?.state, { timeout: 5000 }).toMatch(/^(?:unauthorized|authorizing)$/);
    const { stdout } = await runCli(['devices'], { env });
    expect(stdout).toContain(`${shy.serial} has not allowed this computer.`);
    expect(stdout).toContain('press "Allow"');
  });

  test('what of ours is on a phone, who measures on it, and its removal, which waits for nobody’s run', async () => {
    const phone = await attach('used', 'SM8650', { freeBytes: 3e9 });
    const models = join(folder, 'used', 'root', 'data/local/tmp/npu-dyno/models/net');
    mkdirSync(models, { recursive: true });
    writeFileSync(join(models, 'qnn-net-run'), Buffer.alloc(300_000));
    const contents = async (): Promise<unknown> => (JSON.parse((await runCli(['devices', '--json'], { env })).stdout) as { phones: { serial: string; contents: object }[] }).phones.find(({ serial }) => serial === phone.serial)?.contents;
    const release = lockPhone(phone.serial, process.env);
    expect(await contents()).toMatchObject({ runtime: true, owner: `process ${process.pid}`, freeBytes: 2_929_687 * 1024 });
    expect(((await contents()) as { ours: number }).ours).toBeGreaterThan(300_000);
    expect(await runCli(['devices', '--clean', phone.serial], { env })).toMatchObject({ code: 2, stderr: expect.stringContaining(`in use by process ${process.pid}`) });
    release();
    expect(await runCli(['devices', '--clean', phone.serial], { env })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Removed 3\d\d kB from /) });
    expect(existsSync(join(folder, 'used', 'root', 'data/local/tmp/npu-dyno'))).toBe(false);
    expect(await contents()).toMatchObject({ ours: 0, runtime: false, owner: null });
    expect(await runCli(['devices', '--clean', 'nobody'], { env })).toMatchObject({ code: 2, stderr: expect.stringContaining('nobody is not attached') });
  });

  test('several virtual phones at once, gone with the command', async () => {
    const child = startCli(['devices', '--virtual', 'SM8550, v75', '--json'], env);
    await expect.poll(() => child.output(), { timeout: 20_000 }).toContain('SM8650');
    const { phones: started } = JSON.parse(child.output()) as { phones: { serial: string; chip: string }[] };
    expect(started.map(({ chip }) => chip)).toEqual(['SM8550', 'SM8650']);
    expect((await adb.devices()).filter(({ serial }) => started.some((phone) => phone.serial === serial)).map(({ state }) => state)).toEqual(['device', 'device']);
    expect(await child.interrupt()).toBe(130);
    expect((await adb.devices()).filter(({ serial }) => started.some((phone) => phone.serial === serial))).toEqual([]);
    expect(await runCli(['devices', '--virtual', 'SM9999'], { env })).toMatchObject({ code: 2 });
  });

  test('dyno doctor android: the way from adb to each phone, with what to do about those that cannot be used', async () => {
    const { code, stdout } = await runCli(['doctor', 'android', '--json'], { env });
    const { checks } = JSON.parse(stdout) as { checks: { title: string; state: string; found: string; fix: string | null }[] };
    const by = new Map(checks.map((check) => [check.title, check]));
    expect([code, by.get('adb')?.state, by.get('adb server')?.found]).toEqual([2, 'ok', expect.stringMatching(/^answers, \d phones attached$/)]);
    const rows = phones.map(({ serial }) => by.get(serial));
    expect(rows.map((row) => row?.state)).toEqual(['ok', 'optional', 'optional', 'missing', 'ok']);
    expect(rows[1]?.found).toContain('hot (thermal status 2)');
    expect(rows[2]?.found).toContain('MT6989 has no HTP');
    expect(rows[3]).toMatchObject({ found: expect.stringContaining('not allowed this computer'), fix: expect.stringContaining('Allow') });
    if (by.get('phone drivers')?.state === 'ok') expect(by.get('Appium')).toMatchObject({ state: 'ok', found: expect.stringContaining('opens a session on 127.0.0.1:') });
  }, 60_000);

  test('no adb: exit 2 and how to get it', async () => {
    const { code, stderr } = await runCli(['devices'], { env: { ...env, PATH: '/nonexistent', ANDROID_HOME: '', ANDROID_SDK_ROOT: '', DYNO_CACHE: join(folder, 'empty'), DYNO_PYTHON_ENV: '' } });
    expect(code).toBe(2);
    expect(stderr).toContain('dyno setup python');
  });
});

/** The command line as a process that goes on until it is interrupted. */
function startCli(args: readonly string[], env: Readonly<Record<string, string>>): { output: () => string; interrupt: () => Promise<number | null> } {
  const child = spawn(process.execPath, ['--import', 'tsx', join(repoRoot, 'cli', 'bin.ts'), ...args], { cwd: repoRoot, env: { ...process.env, ...env } });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => { text += data; });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { output: () => text, interrupt: () => { child.kill('SIGINT'); return ended; } };
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
