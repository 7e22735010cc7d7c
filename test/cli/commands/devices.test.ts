import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Adb } from '../../../device-harness/adb/adb.ts';
import { findAdb } from '../../../converters/toolchain/find-adb.ts';
import { VirtualPhone } from '../../../device-harness/virtual/android/virtual-phone.ts';
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

  test('no adb: exit 2 and how to get it', async () => {
    const { code, stderr } = await runCli(['devices'], { env: { ...env, PATH: '/nonexistent', ANDROID_HOME: '', ANDROID_SDK_ROOT: '', DYNO_CACHE: join(folder, 'empty'), DYNO_PYTHON_ENV: '' } });
    expect(code).toBe(2);
    expect(stderr).toContain('dyno setup python');
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
