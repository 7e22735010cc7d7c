import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DriverPackages, findDriverPackages } from '../../../device-harness/appium/driver-packages.ts';
import type { PhoneSession } from '../../../device-harness/appium/session.ts';
import { askPhone } from '../../../device-harness/devices/iphone/ask-phone.ts';
import { Lockdown } from '../../../device-harness/devices/iphone/usb/lockdown.ts';
import { type AttachedPhone, Usbmux } from '../../../device-harness/devices/iphone/usb/usbmux.ts';
import { WdaForward } from '../../../device-harness/devices/iphone/wda-forward.ts';
import { XcuitestSessions } from '../../../device-harness/devices/iphone/xcuitest-sessions.ts';
import { RUNNER_BUNDLE_ID } from '../../../device-harness/runner/index.ts';
import type { VirtualIphone } from '../../../device-harness/virtual/iphone/virtual-iphone.ts';
import { type PhoneLab, phoneLab } from '../devices/iphone/phone-lab.ts';

const packages = findDriverPackages();

/** The real driver is the oracle: what it lists, copies and refuses is what a phone would have made it list, copy and refuse. */
describe.skipIf(packages === null)('virtual iPhones below the real XCUITest driver (needs dyno setup phones)', () => {
  let lab: PhoneLab;
  let sessions: XcuitestSessions;
  const open: { readonly phone: VirtualIphone; readonly session: PhoneSession; readonly forward: WdaForward }[] = [];

  beforeAll(async () => {
    lab = await phoneLab({ name: 'older', system: '17.5' }, { name: 'newer', system: '26.0', productType: 'iPhone18,1' });
    sessions = new XcuitestSessions({ packages: packages as DriverPackages, folder: join(lab.folder, 'appium'), environment: lab.environment });
    const mux = new Usbmux(lab.environment);
    for (const phone of lab.virtual.phones) {
      const attached = (await mux.devices())?.find(({ udid }) => udid === phone.udid) as AttachedPhone;
      const forward = await WdaForward.open(mux, attached);
      open.push({ phone, forward, session: await sessions.open(await askPhone(mux, attached), forward.url) });
    }
  });

  afterAll(async () => {
    for (const { session, forward } of open) {
      await session.close();
      forward.close();
    }
    await sessions.close();
    await lab.close();
  });

  test.each([0, 1])('phone %i: what it is, how it is, what is installed', async (i) => {
    const { phone, session } = open[i] as (typeof open)[number];
    phone.change({ thermalState: 1, battery: { level: 42, charging: false } });
    expect(await session.execute('mobile: deviceInfo')).toMatchObject({ thermalState: 1, lockdownInfo: { UniqueDeviceID: phone.udid, ProductType: i === 0 ? 'iPhone14,2' : 'iPhone18,1', DynoVirtual: true } });
    expect(await session.execute('mobile: batteryInfo')).toMatchObject({ level: 0.42, state: 1 });
    expect(await session.execute('mobile: isLocked')).toBe(false);
    expect(await session.execute('mobile: isAppInstalled', { bundleId: RUNNER_BUNDLE_ID })).toBe(true);
    expect(await session.execute('mobile: isAppInstalled', { bundleId: 'com.example.other' })).toBe(false);
    expect(await session.execute('mobile: listApps')).toMatchObject({ [RUNNER_BUNDLE_ID]: { CFBundleShortVersionString: '0.1.0', UIFileSharingEnabled: true } });
  });

  test('a part of 4 MB and an empty file, there and back; a folder; deleted', async () => {
    const { phone, session } = open[0] as (typeof open)[number];
    const [part, place] = [randomBytes(4 << 20), `@${RUNNER_BUNDLE_ID}:documents/blobs/sub folder/übung.bin`];
    await session.pushFile(place, part);
    expect(sha(readFileSync(join(phone.documents, 'blobs/sub folder/übung.bin')))).toBe(sha(part));
    expect(sha(await session.pullFile(place))).toBe(sha(part));
    await session.pushFile(`@${RUNNER_BUNDLE_ID}:documents/blobs/empty`, new Uint8Array());
    expect(await session.pullFile(`@${RUNNER_BUNDLE_ID}:documents/blobs/empty`)).toHaveLength(0);
    expect(phone.state.freeBytes).toBe(64e9 - (4 << 20));
    await session.execute('mobile: deleteFolder', { remotePath: `@${RUNNER_BUNDLE_ID}:documents/blobs/` });
    expect(existsSync(join(phone.documents, 'blobs'))).toBe(false);
  });

  test('what cannot be: a file that is not there, one of another app, outside of Documents, outside of the phone', async () => {
    const { session } = open[1] as (typeof open)[number];
    writeFileSync(join(lab.folder, 'secret.txt'), 'secret');
    await expect(session.pullFile(`@${RUNNER_BUNDLE_ID}:documents/none`)).rejects.toThrow('OBJECT_NOT_FOUND');
    await expect(session.pullFile('@com.example.other:documents/a')).rejects.toThrow('InstallationLookupFailed');
    await expect(session.pushFile(`@${RUNNER_BUNDLE_ID}:documents/../Library/a`, Buffer.from('a'))).rejects.toThrow('PERMISSION_DENIED');
    await expect(session.pullFile(`@${RUNNER_BUNDLE_ID}/../../../../secret.txt`)).rejects.toThrow('OBJECT_NOT_FOUND');
  });

  test('an app that is started waits for nobody: its state, its end', async () => {
    const { phone, session } = open[1] as (typeof open)[number];
    const app = { bundleId: RUNNER_BUNDLE_ID };
    expect(await session.execute('mobile: queryAppState', app)).toBe(1);
    await session.execute('mobile: launchApp', app);
    expect(await session.execute('mobile: queryAppState', app)).toBe(4);
    await expect.poll(() => existsSync(join(phone.documents, 'runner.json')), { timeout: 30_000 }).toBe(true);
    expect(await session.execute('mobile: terminateApp', app)).toBe(true);
    await expect.poll(() => session.execute('mobile: queryAppState', app)).toBe(1);
    await expect(session.execute('mobile: launchApp', { bundleId: 'com.example.other' })).rejects.toThrow('FBSApplicationLibrary');
  });
});

describe('a virtual iPhone and its pair record', () => {
  test('certificates are sound, and sign themselves', async () => {
    const lab = await phoneLab({ name: 'phone' });
    const record = await new Usbmux(lab.environment).pairRecord(lab.virtual.phones[0]?.udid ?? '');
    for (const name of ['HostCertificate', 'DeviceCertificate']) {
      const certificate = new X509Certificate(record?.[name] as Buffer);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(new Date(certificate.validTo).getFullYear()).toBe(2049);
    }
    await lab.close();
  });

  test('another host than the paired one is cut off', async () => {
    const lab = await phoneLab({ name: 'one' }, { name: 'two' });
    const mux = new Usbmux(lab.environment);
    const [one, two] = (await mux.devices()) ?? [];
    const stranger = { ...(await mux.pairRecord(two?.udid ?? '')), HostID: (await mux.pairRecord(one?.udid ?? ''))?.['HostID'] as string };
    const lockdown = await Lockdown.open(mux, one as AttachedPhone);
    await lockdown.startSession(stranger);
    await expect(lockdown.value('com.apple.mobile.battery', null)).rejects.toThrow('gave no answer');
    await lab.close();
  });
});

function sha(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
