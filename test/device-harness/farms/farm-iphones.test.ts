import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppiumServer } from '../../../device-harness/appium/appium-server.ts';
import { type DriverPackages, findDriverPackages } from '../../../device-harness/appium/driver-packages.ts';
import { type AttachedPhone, Usbmux } from '../../../device-harness/devices/iphone/usb/usbmux.ts';
import { WdaForward } from '../../../device-harness/devices/iphone/wda-forward.ts';
import { type FarmSettings, farmOf } from '../../../device-harness/farms/farm.ts';
import { openFarmIphone } from '../../../device-harness/farms/open-farm-iphones.ts';
import { batchOf, type PhoneLab, phoneLab, reportsOf, witnessVariant } from '../devices/iphone/phone-lab.ts';
import { FarmGate } from './farm-gate.ts';

const packages = findDriverPackages();
const [USER, KEY] = ['farm-user-7f3a', 'farm-key-91c2e4'];
const MOST = 3000;

/** The farm's Appium alone knows the multiplexer: dyno is given the address of none. */
describe.skipIf(packages === null)('iPhones of a farm (needs dyno setup phones)', () => {
  let lab: PhoneLab;
  let server: AppiumServer;
  let gate: FarmGate;
  let forward: WdaForward;
  let settings: FarmSettings;

  beforeAll(async () => {
    lab = await phoneLab({ name: 'far', system: '17.5' });
    const [phone] = lab.virtual.phones;
    const mux = new Usbmux(lab.environment);
    forward = await WdaForward.open(mux, (await mux.devices())?.find(({ udid }) => udid === phone?.udid) as AttachedPhone);
    server = await AppiumServer.start(packages as DriverPackages, { drivers: ['xcuitest'], folder: join(lab.folder, 'appium'), environment: { ...lab.virtual.environment } });
    gate = await FarmGate.open({ appium: server.port, pair: `${USER}:${KEY}` });
    settings = {
      url: gate.url, user: 'FARM_USER', key: 'FARM_KEY', platform: 'iphone', flags: { shell: false, maxPushBytes: MOST, thermalStatus: false },
      capabilities: { 'appium:udid': phone?.udid, 'appium:platformVersion': '17.5', 'appium:deviceName': 'far', 'appium:webDriverAgentUrl': forward.url },
    };
  });

  afterAll(async () => {
    await gate?.close();
    forward?.close();
    await server?.stop();
    await lab?.close();
  });

  const open = () => openFarmIphone({ kind: 'farm', id: 'lab' }, farmOf('lab', settings), {
    packages: packages as DriverPackages, environment: { FARM_USER: USER, FARM_KEY: KEY, DYNO_CACHE: join(lab.folder, 'cache'), USBMUXD_SOCKET_ADDRESS: '127.0.0.1:9' }, folder: join(lab.folder, 'run'), emit: () => undefined,
  });

  test('what the phone is, a block through the URL in small pushes, and the session given back', async () => {
    lab.virtual.phones[0]?.change({ thermalState: 2 });
    const phone = await open();
    expect(phone.info).toMatchObject({ udid: settings.capabilities?.['appium:udid'], productType: 'iPhone14,2', model: 'iPhone 13 Pro', chip: { chip: 'A15' }, system: '17.5', virtual: true, runner: { sharesFiles: true }, thermalState: null });
    expect(await phone.device.readiness()).toMatchObject({ ready: true, thermal: null });
    lab.virtual.phones[0]?.change({ thermalState: 0 });
    const reports = await reportsOf(phone.device, batchOf([await witnessVariant('conv_depthwise')], ['ane'], 1));
    expect(reports).toMatchObject([{ ok: true, spec: { variant: 'conv_depthwise', unit: 'ane' } }]);
    await phone.close();
    const pushed = gate.which('POST', /push_file$/).map(({ body }) => JSON.parse(body) as { path: string; data: string }).filter(({ path }) => /part-\d+$/.test(path)).map(({ data }) => Buffer.from(data, 'base64').length);
    expect(Math.max(...pushed)).toBe(MOST);
    expect(gate.which('DELETE', /^\/session\/[^/]+$/)).toHaveLength(gate.which('POST', /^\/session$/).length);
    expect(gate.seen.every(({ authorized }) => authorized)).toBe(true);
  });

  test('a phone without the runner app', async () => {
    const [phone] = lab.virtual.phones;
    phone?.change({ runner: null });
    const before = gate.which('DELETE', /^\/session\/[^/]+$/).length;
    await expect(open()).rejects.toThrow('The runner app is not installed on iPhone 13 Pro');
    expect(gate.which('DELETE', /^\/session\/[^/]+$/)).toHaveLength(before + 1);
  });
});
