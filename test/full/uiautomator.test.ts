import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findAdb } from '../../converters/toolchain/find-adb.ts';
import { Adb } from '../../device-harness/adb/adb.ts';
import { AppiumServer } from '../../device-harness/appium/appium-server.ts';
import { type DriverPackages, findDriverPackages } from '../../device-harness/appium/driver-packages.ts';
import { openSession } from '../../device-harness/appium/session.ts';
import { readPhoneHealth } from '../../device-harness/devices/snapdragon/phone-health.ts';
import { readPhoneInfo } from '../../device-harness/devices/snapdragon/phone-info.ts';
import { appiumLink, type PhoneLink } from '../../device-harness/devices/snapdragon/phone-link.ts';
import { PhoneStore } from '../../device-harness/devices/snapdragon/phone-store.ts';
import { VirtualPhone } from '../../device-harness/virtual/android/virtual-phone.ts';

const program = findAdb();
const packages = findDriverPackages();
const folder = mkdtempSync(join(tmpdir(), 'dyno-uiautomator-'));

describe.skipIf(program === null || packages === null)('a virtual phone below the real UiAutomator2 driver (needs dyno setup python and dyno setup phones)', () => {
  let phone: VirtualPhone;
  let adb: Adb;
  let server: AppiumServer;
  let link: PhoneLink;

  beforeAll(async () => {
    const port = await freePort();
    const sdk = join(folder, 'sdk');
    mkdirSync(join(sdk, 'platform-tools'), { recursive: true });
    symlinkSync(program as string, join(sdk, 'platform-tools', 'adb'));
    phone = await VirtualPhone.start({ folder: join(folder, 'phone'), soc: 'SM8650' });
    adb = new Adb({ program: program as string, environment: { ...process.env, ANDROID_ADB_SERVER_PORT: String(port) } });
    await adb.connect(phone.serial);
    server = await AppiumServer.start(packages as DriverPackages, { drivers: ['uiautomator2'], folder: join(folder, 'appium'), environment: { ANDROID_HOME: sdk, ANDROID_ADB_SERVER_PORT: String(port) } });
    const session = await openSession(packages as DriverPackages, { protocol: 'http', hostname: '127.0.0.1', port: server.port, path: '/' }, {
      platformName: 'Android', 'appium:automationName': 'UiAutomator2', 'appium:udid': phone.serial, 'appium:adbPort': port, 'appium:skipServerInstallation': true, 'appium:skipDeviceInitialization': true,
      'appium:skipUnlock': true, 'appium:skipLogcatCapture': true, 'appium:ignoreHiddenApiPolicyError': true, 'appium:noReset': true, 'appium:autoLaunch': false, 'appium:noSign': true, 'appium:suppressKillServer': true,
    });
    link = appiumLink(phone.serial, session, 'appium', null);
  });

  afterAll(async () => {
    await link?.close();
    await server?.stop();
    await adb?.killServer();
    await phone?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('its shell: output, exit code and quoting come through', async () => {
    expect(await link.shell("printf '%s|' 'a b' \"it's\"; exit 3")).toEqual({ code: 3, output: "a b|it's|" });
  });

  test('what it is and how it is', async () => {
    phone.change({ thermalStatus: 1, temperatures: { skin: 40.5 }, battery: { level: 55, celsius: 36.5, plugged: false } });
    expect(await readPhoneInfo(link)).toMatchObject({ soc: 'SM8650', chip: { chip: 'SM8650', hexagon: 75 }, virtual: true });
    expect(await readPhoneHealth(link)).toEqual({ thermalStatus: 1, temperatures: { skin: 40.5 }, batteryLevel: 55, batteryCelsius: 36.5, plugged: false, screenOn: true, governor: 'walt' });
  });

  test('files travel in chunks, once each, and are checked where they arrive', async () => {
    const [big, small] = [join(folder, 'big.bin'), join(folder, 'small.txt')];
    writeFileSync(big, Buffer.alloc((4 << 20) + 17, 'npu'));
    writeFileSync(small, 'small');
    const store = new PhoneStore(link);
    const place = await store.folder('runs/one', [{ local: big, name: 'model.bin' }, { local: small, name: "it's.txt" }]);
    expect(store.sentBytes).toBe((4 << 20) + 17 + 5);
    expect((await link.shell(`cmp ${place}/model.bin ${place}/model.bin; wc -c < ${place}/model.bin`)).output).toContain(String((4 << 20) + 17));
    await link.pull(`${place}/model.bin`, join(folder, 'back.bin'));
    expect(readFileSync(join(folder, 'back.bin')).equals(readFileSync(big))).toBe(true);
    const again = new PhoneStore(link);
    await again.folder('runs/two', [{ local: big, name: 'model.bin' }]);
    expect(again.sentBytes).toBe(0);
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
