import { afterEach, describe, expect, test } from 'vitest';
import { iphoneChecks } from '../../../../device-harness/devices/iphone/iphone-checks.ts';
import { listIphones } from '../../../../device-harness/devices/iphone/list-iphones.ts';
import type { IphoneState } from '../../../../device-harness/virtual/iphone/iphone-state.ts';
import { UserError } from '../../../../models/contracts/errors.ts';
import { driversMissing, type PhoneLab, phoneLab } from './phone-lab.ts';

let lab: PhoneLab;
afterEach(() => lab.close());

async function attached(state: Partial<IphoneState>, system = '17.5'): Promise<PhoneLab> {
  lab = await phoneLab({ name: 'phone', state, system });
  return lab;
}

/** What the attempt to measure on it says: the message and what to do. */
async function refusalOf(state: Partial<IphoneState>): Promise<string> {
  await attached(state);
  const error = await lab.open().then(() => null, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  const { message, nextSteps } = error as UserError;
  return `${message} ${nextSteps.join(' ')}`;
}

describe.skipIf(driversMissing)('a phone that cannot be measured says why, and what to do (needs dyno setup phones)', () => {
  test.each<[string, Partial<IphoneState>, RegExp]>([
    ['untrusted', { trusted: false }, /^iPhone 13 Pro \(00008110-[0-9A-F]{16}\) does not trust this computer\. .*press "Trust"/],
    ['in Developer Mode no more', { developerMode: false }, /^Developer Mode is off on iPhone 13 Pro .*Privacy & Security > Developer Mode/],
    ['locked', { locked: true }, /^iPhone 13 Pro .* is locked\. .*Auto-Lock: Never/],
    ['without the runner', { runner: null }, /^The runner app is not installed on iPhone 13 Pro .*device-harness\/apps\/iphone/],
    ['with an old runner', { runner: '0.0.9' }, /^The runner app on iPhone 13 Pro .* is version 0\.0\.9; this dyno speaks to \d+\.\d+\.\d+\. .*install/],
  ])('%s', async (_, state, words) => {
    expect(await refusalOf(state)).toMatch(words);
  });

  test('not attached; several and none named; in use by another run', async () => {
    await attached({});
    await expect(lab.open([{ kind: 'iphone', id: '00008110-0000000000000000' }])).rejects.toThrow('iPhone 00008110-0000000000000000 is not attached.');
    const [phone] = await lab.open([{ kind: 'iphone', id: null }]);
    await expect(lab.open()).rejects.toThrow(`is in use by process ${process.pid}`);
    await phone?.close();
    await expect(lab.open([{ kind: 'iphone', id: null }], { environment: { ...process.env, USBMUXD_SOCKET_ADDRESS: '/nowhere' } })).rejects.toThrow('No usbmuxd runs here');
  });
});

describe('dyno devices and dyno doctor iphone', () => {
  test('a healthy phone, without Appium: what it is and how it is', async () => {
    await attached({ battery: { level: 64, charging: false }, thermalState: 1 }, '26.0');
    const [phone] = (await listIphones(lab.environment)) ?? [];
    expect(phone).toMatchObject({
      udid: lab.virtual.phones[0]?.udid, state: 'attached', problems: [],
      info: {
        name: 'phone', model: 'iPhone 13 Pro', chip: { chip: 'A15', family: 14 }, system: '26.0', virtual: true, trusted: true, developerMode: true, locked: false,
        battery: { level: 64, charging: false }, thermalState: 1, freeBytes: 64e9, runner: { version: '0.1.0', sharesFiles: true }, webDriverAgent: true,
      },
    });
  });

  test('what a phone does not tell is null, never fine', async () => {
    await attached({ trusted: false, webDriverAgent: false });
    const [phone] = (await listIphones(lab.environment)) ?? [];
    expect(phone).toMatchObject({ info: { trusted: false, developerMode: null, battery: null, thermalState: null, runner: null, freeBytes: null, model: 'iPhone 13 Pro' } });
  });

  test('no usbmuxd, no list; the check says how to get one', async () => {
    await attached({});
    const without = { ...lab.environment, USBMUXD_SOCKET_ADDRESS: '/nowhere/usbmuxd' };
    expect(await listIphones(without)).toBeNull();
    expect(await iphoneChecks(without, 'linux')).toContainEqual({ what: 'usbmuxd', ok: false, text: 'does not run', fix: expect.stringContaining('apt install usbmuxd') });
  });

  test('every complaint has its way out', async () => {
    await attached({ locked: true, runner: '0.0.1', thermalState: 2, battery: { level: 9, charging: false }, freeBytes: 5e8, webDriverAgent: false }, '17.5');
    const failed = (await iphoneChecks(lab.environment, 'linux')).filter(({ ok, text }) => ok === false && text !== 'not installed').map(({ text, fix }) => `${text} -> ${fix}`);
    expect(failed).toEqual([
      expect.stringMatching(/is version 0\.0\.1; .* -> .*install/),
      expect.stringMatching(/^WebDriverAgent does not run .* -> iOS 17\.5 on linux: start WebDriverAgent by hand, or update to iOS 18/),
      expect.stringMatching(/^battery at 9 % -> Charge it/),
      expect.stringMatching(/^500 MB are free -> Free some space/),
    ]);
  });

  test('a phone that was unplugged is not listed, the others are', async () => {
    lab = await phoneLab({ name: 'one' }, { name: 'two' });
    const [one] = lab.virtual.phones;
    if (one) lab.virtual.unplug(one);
    expect((await listIphones(lab.environment))?.map(({ udid }) => udid)).toEqual([lab.virtual.phones[1]?.udid]);
  });
});
