import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findDriverPackages } from '../../device-harness/appium/driver-packages.ts';
import { killRun, type KillPlan } from '../device-harness/devices/snapdragon/kill-run.ts';
import { adbProgram, PhoneBench } from '../device-harness/devices/snapdragon/phone-bench.ts';
import { scriptedSdk } from '../device-harness/devices/snapdragon/scripted-sdk.ts';

const drivers = findDriverPackages() !== null;

/** A hundred seeded moments: 70 of dyno and adb by adb alone, 30 of dyno, adb and Appium through Appium. */
const PLANS: readonly KillPlan[] = [
  ...[11, 12].map((seed): KillPlan => ({ seed, kills: 35, victims: ['dyno', 'adb'], link: 'adb', blocks: 40, withinMs: 5000 })),
  ...(drivers ? [{ seed: 13, kills: 30, victims: ['dyno', 'adb', 'appium'], link: 'appium', blocks: 20, withinMs: 12_000 } satisfies KillPlan] : []),
];

test.skipIf(adbProgram === null).each(PLANS)('kill -9 at $kills moments ($victims, by $link): nothing lost, nothing done twice', async (plan) => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-stress-'));
  const bench = await PhoneBench.start(folder);
  try {
    const sdk = scriptedSdk(join(folder, 'sdk'));
    const outcome = await killRun(bench, await bench.attach(), sdk, plan);
    console.log(`${plan.kills} moments, ${outcome.hits} hits, ${outcome.gaveUp} runs gave up`);
    expect(outcome.orders).toEqual(Array.from({ length: plan.blocks }, (_, i) => i));
    expect([outcome.overlaps, outcome.leftovers]).toEqual([[], []]);
    expect(outcome.hits).toBeGreaterThan(plan.kills / 2);
  } finally {
    await bench.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 3_600_000);
