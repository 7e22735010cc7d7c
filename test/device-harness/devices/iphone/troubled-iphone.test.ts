import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenedIphone } from '../../../../device-harness/devices/iphone/open-iphones.ts';
import { type FinishedBlock, runSchedule } from '../../../../device-harness/index.ts';
import type { VirtualIphone } from '../../../../device-harness/virtual/iphone/virtual-iphone.ts';
import type { DynoEvent } from '../../../../models/contracts/events.ts';
import { PLAN_DEFAULTS } from '../../../../device-harness/method/plan.ts';
import { batchOf, driversMissing, type PhoneLab, phoneLab, QUICK, reportsOf, witnessVariant } from './phone-lab.ts';

/** Six blocks of 15 runs, 20 ms each, take two seconds and more: time enough to pull the cable. */
const SLOW = { scripted: { 'slow.0': { ane: 20, cpu: 20 } }, passes: 1 };

describe.skipIf(driversMissing)('an iPhone that gets into trouble on the way (needs dyno setup phones)', () => {
  let lab: PhoneLab;
  let virtual: VirtualIphone;
  let phone: OpenedIphone;

  beforeAll(async () => {
    lab = await phoneLab({ name: 'phone', speed: SLOW });
    virtual = lab.virtual.phones[0] as VirtualIphone;
    [phone] = (await lab.open(undefined, { patienceMs: 4000 })) as [OpenedIphone];
  });

  afterAll(async () => {
    await phone?.close();
    await lab.close();
  });

  test('is full: nothing is measured, and it says so', async () => {
    const before = virtual.state.freeBytes;
    virtual.change({ freeBytes: 1000 });
    await expect(reportsOf(phone.device, batchOf([await witnessVariant('conv_depthwise')], ['ane'], 1))).rejects.toThrow(/^iPhone 13 Pro .* is full\.$/);
    virtual.change({ freeBytes: before });
  });

  test('is unplugged and plugged in again: every block is there, and none was taken twice', async () => {
    const batch = batchOf([await witnessVariant('conv_depthwise', 'slow')], ['ane'], 6);
    const ticket = await phone.device.submit(batch);
    await expect.poll(async () => (await phone.device.poll(ticket)).note, { timeout: 60_000, interval: 30 }).toMatch(/timing/);
    const pid = virtual.runnerPid;
    lab.virtual.unplug(virtual);
    setTimeout(() => lab.virtual.plug(virtual), 1200);
    await expect.poll(async () => (await phone.device.poll(ticket)).state, { timeout: 60_000, interval: 50 }).toBe('finished');
    const reports = (await phone.device.collect(ticket)) as FinishedBlock[];
    expect(reports.map(({ ok, spec }) => [ok, spec.order])).toEqual(batch.blocks.map(({ order }) => [true, order]));
    expect(pid).not.toBeNull();
    expect(virtual.launches).toBe(1);
  });

  test('is hot and never cools, saves its battery: blocks are taken again as often as the plan allows, and are marked', async () => {
    virtual.change({ thermalState: 2, lowPowerMode: true });
    const events: DynoEvent[] = [];
    const { measurements } = await runSchedule(phone.device, {
      ...PLAN_DEFAULTS, ...QUICK, id: 'bench', variants: [await witnessVariant('conv_depthwise')], units: ['ane'], minRounds: 1, maxRounds: 1, maxRepeats: 1, coolDown: { maxMs: 200, totalMs: 300, pollMs: 50 },
    }, { emit: (event) => events.push(event) });
    expect(measurements[0]).toMatchObject({ evidence: 'simulated', replaced: [{ thermal: 'serious' }], warnings: expect.arrayContaining([expect.stringContaining('switch it off in Settings > Battery')]), blocks: [{ disturbed: expect.stringMatching(/^the phone did not cool down \(serious after \d+ s\); low-power mode is on$/) }] });
    expect(events.filter(({ type }) => type === 'warning').map((event) => ('text' in event ? event.text : ''))).toEqual(expect.arrayContaining([expect.stringContaining('The device did not come to rest: the phone is hot (serious)')]));
    virtual.change({ thermalState: 0, lowPowerMode: false });
  });

  test('WebDriverAgent is gone for good: what to do is said after a while', async () => {
    virtual.change({ webDriverAgent: false });
    lab.virtual.unplug(virtual);
    lab.virtual.plug(virtual);
    await expect(phone.device.readiness()).rejects.toMatchObject({ message: expect.stringMatching(/^WebDriverAgent does not run on iPhone 13 Pro/), nextSteps: [expect.stringContaining('sign-wda'), expect.any(String)] });
    virtual.change({ webDriverAgent: true });
    expect(await phone.device.readiness()).toEqual({ ready: true, thermal: 'nominal', reason: null });
  });

  test('has little left in its battery: it is not ready, unless it is charged', async () => {
    virtual.change({ battery: { level: 9, charging: false } });
    expect(await phone.device.readiness()).toEqual({ ready: false, thermal: 'nominal', reason: 'its battery is at 9 %' });
    virtual.change({ battery: { level: 9, charging: true } });
    expect(await phone.device.readiness()).toEqual({ ready: true, thermal: 'nominal', reason: null });
  });

  test('is locked: it says so before anything waits', async () => {
    virtual.change({ locked: true });
    await expect(phone.device.readiness()).rejects.toThrow(/is locked\.$/);
    await expect(reportsOf(phone.device, batchOf([await witnessVariant('conv_depthwise')], ['ane'], 1))).rejects.toThrow(/is locked\.$/);
    virtual.change({ locked: false });
  });
});
