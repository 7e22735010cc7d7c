import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findDriverPackages } from '../../../../device-harness/appium/driver-packages.ts';
import type { VirtualPhone } from '../../../../device-harness/virtual/android/virtual-phone.ts';
import { killRun } from './kill-run.ts';
import { adbProgram, PhoneBench } from './phone-bench.ts';
import { type ScriptedSdk, scriptedSdk } from './scripted-sdk.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-killed-'));

/** test/full/phone-stress.test.ts does the same a hundred times. */
describe.skipIf(adbProgram === null)('killed at any moment and taken up again (needs adb: dyno setup python)', () => {
  let bench: PhoneBench;
  let phone: VirtualPhone;
  let sdk: ScriptedSdk;
  beforeAll(async () => {
    bench = await PhoneBench.start(folder);
    sdk = scriptedSdk(join(folder, 'sdk'));
    phone = await bench.attach();
  });
  afterAll(async () => {
    await bench?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('dyno and adb: every block once, no two programs at a time, nothing left on the phone', async () => {
    const outcome = await killRun(bench, phone, sdk, { seed: 1, kills: 3, victims: ['dyno', 'adb'], link: 'adb', blocks: 4, withinMs: 4000 });
    expect(outcome).toMatchObject({ orders: [0, 1, 2, 3], overlaps: [], leftovers: [] });
    expect(Math.min(...outcome.samples)).toBeGreaterThanOrEqual(20);
    expect(outcome.hits).toBeGreaterThan(0);
  });

  test.skipIf(findDriverPackages() === null)('Appium', async () => {
    const outcome = await killRun(bench, phone, sdk, { seed: 2, kills: 2, victims: ['appium'], link: 'appium', blocks: 3, withinMs: 9000 });
    expect(outcome).toMatchObject({ orders: [0, 1, 2], overlaps: [], leftovers: [] });
  });
});
