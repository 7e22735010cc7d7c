import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VirtualIphones } from '../../../device-harness/virtual/iphone/virtual-iphones.ts';
import { repoRoot } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
/** No adb is looked for on the way: iPhones are listed without one. */
const NO_ADB = { PATH: '/nowhere', DYNO_CACHE: temporary('cache') };
let phones: VirtualIphones;

beforeAll(async () => {
  phones = await VirtualIphones.start(temporary('phones'), [
    { name: 'good', productType: 'iPhone14,2', state: { thermalState: 1, battery: { level: 55, charging: false } } },
    { name: 'shy', productType: 'iPhone17,1', state: { trusted: false } }, { name: 'old', productType: 'iPhone12,1', state: { runner: '0.0.9', webDriverAgent: false } },
  ]);
});
afterAll(() => phones.close());

test('devices lists model, chip, system, heat, charge, trust and the runner, and what keeps a phone from being measured', async () => {
  const { code, stdout } = await runCli(['devices'], { env: { ...NO_ADB, ...phones.environment } });
  expect(code).toBe(0);
  const [good, shy, old] = phones.phones.map(({ udid }) => stdout.slice(stdout.indexOf(udid)).split('\n0000')[0] ?? '');
  expect(good).toMatch(/iPhone 13 Pro, a virtual phone\n {2}A15 \(Neural Engine H14\), iOS 17\.5\n {2}heat fair, 55 %, .* free\n {2}trusted, Developer Mode on, runner 0\.1\.0, WebDriverAgent runs/);
  expect(good).not.toContain('→');
  expect(shy).toMatch(/iPhone 16 Pro[\s\S]*not trusted[\s\S]*does not trust this computer\.\n {2}→ Unlock the phone/);
  expect(shy).not.toContain('no runner');
  expect(old).toMatch(/iPhone 11,[\s\S]*A13[\s\S]*runner 0\.0\.9, no WebDriverAgent[\s\S]*version 0\.0\.9; this dyno speaks to 0\.1\.0/);
  const listed = JSON.parse((await runCli(['devices', '--json'], { env: { ...NO_ADB, ...phones.environment } })).stdout) as { phones: unknown[]; iphones: { info: { chip: { chip: string } } }[] };
  expect([listed.phones, listed.iphones.map(({ info }) => info.chip.chip)]).toEqual([[], ['A15', 'A18 Pro', 'A13']]);
}, 30_000);

test('doctor iphone ends with 2 where something is missing, and says what helps', async () => {
  const { code, stdout } = await runCli(['doctor', 'iphone', '--json'], { env: phones.environment });
  const { checks } = JSON.parse(stdout) as { checks: { title: string; state: string; found: string; fix: string | null }[] };
  expect(code).toBe(2);
  expect(checks).toContainEqual({ title: 'usbmuxd', state: 'ok', found: '3 iPhones attached', fix: null });
  const of = (index: number): typeof checks => checks.filter(({ title }) => title.includes(phones.phones[index]?.udid ?? '?'));
  expect(of(0).map(({ state, found }) => [state, found])).toEqual([['ok', 'iOS 17.5, A15, runner 0.1.0'], ['missing', 'hot (fair)']]);
  expect(of(1)).toMatchObject([{ state: 'missing', fix: expect.stringContaining('Trust') }]);
}, 30_000);

test('devices --virtual starts iPhones, says how programs see them, and takes them away with the command', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/bin.ts', 'devices', '--virtual', 'A15,"iPhone 16 Pro"', '--json'], { cwd: repoRoot, stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await new Promise<string>((resolve) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      text += data;
      try {
        resolve(JSON.stringify(JSON.parse(text)));
      } catch {}
    });
  });
  const { iphones, environment } = JSON.parse(said) as { iphones: { udid: string; model: string; chip: string }[]; environment: { USBMUXD_SOCKET_ADDRESS: string } };
  expect(iphones.map(({ model, chip }) => [model, chip])).toEqual([['iPhone 13 Pro', 'A15'], ['iPhone 16 Pro', 'A18 Pro']]);
  const listed = await runCli(['devices', '--json'], { env: { ...NO_ADB, ...environment } });
  expect((JSON.parse(listed.stdout) as { iphones: { udid: string }[] }).iphones.map(({ udid }) => udid)).toEqual(iphones.map(({ udid }) => udid));
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  await ended;
  expect(existsSync(environment.USBMUXD_SOCKET_ADDRESS)).toBe(false);
  expect(await runCli(['devices', '--virtual', 'iPhone 1'])).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no iPhone "iPhone 1" in the table') });
}, 30_000);
