import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { FinishedBlock } from '../../device-harness/index.ts';
import { Prng } from '../../models/run/prng.ts';
import type { VirtualIphone } from '../../device-harness/virtual/iphone/virtual-iphone.ts';
import { batchOf, driversMissing, type PhoneLab, phoneLab, reportsOf, witnessVariant } from '../device-harness/devices/iphone/phone-lab.ts';
import { repoRoot } from '../support/paths.ts';

/** How often the process that measures is killed; a stress run takes 100. */
const KILLS = Number(process.env['DYNO_KILLS'] ?? 4);
const SLOW = { scripted: { 'slow.0': { ane: 25, cpu: 25 } }, passes: 1 };

describe.skipIf(driversMissing)('interruptions of a batch on a virtual iPhone (needs dyno setup phones)', () => {
  let lab: PhoneLab;
  afterEach(() => lab.close());

  const timing = (device: { poll(ticket: { id: string }): Promise<{ note: string | null }> }, ticket: { id: string }): Promise<void> =>
    expect.poll(async () => (await device.poll(ticket)).note, { timeout: 60_000, interval: 30 }).toMatch(/timing/);

  test('Appium is killed: it is started again and the batch is finished, once', async () => {
    lab = await phoneLab({ name: 'phone', speed: SLOW });
    const [phone] = await lab.open();
    if (!phone) throw new Error('no phone');
    const batch = batchOf([await witnessVariant('conv_depthwise', 'slow')], ['ane'], 6);
    const ticket = await phone.device.submit(batch);
    await timing(phone.device, ticket);
    for (const pid of appiumServers()) process.kill(pid, 'SIGKILL');
    await expect.poll(async () => (await phone.device.poll(ticket)).state, { timeout: 120_000, interval: 50 }).toBe('finished');
    expect((await phone.device.collect(ticket)).map(({ ok }) => ok)).toEqual(batch.blocks.map(() => true));
    expect(lab.virtual.phones[0]?.launches).toBe(1);
    await phone.close();
  });

  test('the phone does not come back: that is said, and what it measured is fetched when the run goes on', async () => {
    lab = await phoneLab({ name: 'phone', speed: SLOW });
    const virtual = lab.virtual.phones[0] as VirtualIphone;
    const [phone] = await lab.open(undefined, { patienceMs: 1500 });
    if (!phone) throw new Error('no phone');
    const batch = batchOf([await witnessVariant('conv_depthwise', 'slow')], ['ane'], 4, true);
    const ticket = await phone.device.submit(batch);
    await timing(phone.device, ticket);
    lab.virtual.unplug(virtual);
    await expect.poll(() => phone.device.poll(ticket).then(() => '', (error: Error) => error.message), { timeout: 60_000, interval: 100 }).toMatch(/is not attached any more\.$/);
    await phone.close();
    await expect.poll(() => virtual.runnerPid, { timeout: 60_000 }).toBeNull();
    lab.virtual.plug(virtual);
    const [again] = await lab.open();
    if (!again) throw new Error('no phone');
    const reports = (await reportsOf(again.device, batch)) as FinishedBlock[];
    expect(reports.map(({ ok, spec }) => [ok, spec.order])).toEqual(batch.blocks.map(({ order }) => [true, order]));
    expect(reports.every(({ outputs }) => outputs?.size === 1)).toBe(true);
    expect(virtual.launches).toBe(1);
    await again.close();
    expect(readdirSync(join(virtual.documents, 'batches'))).toEqual([]);
  });

  test('the runner hangs: it is ended, tried once more and given up; the next batch is measured', async () => {
    lab = await phoneLab({ name: 'phone' });
    const virtual = lab.virtual.phones[0] as VirtualIphone;
    const [phone] = await lab.open(undefined, { silenceMs: 1500 });
    if (!phone) throw new Error('no phone');
    virtual.change({ faults: { ...virtual.state.faults, hangs: true } });
    const batch = batchOf([await witnessVariant('conv_depthwise')], ['ane'], 1);
    expect(await reportsOf(phone.device, batch)).toMatchObject([{ ok: false, message: expect.stringMatching(/the process of the runner ended \(loading\), 2 times/) }]);
    virtual.change({ faults: { ...virtual.state.faults, hangs: false } });
    expect(await reportsOf(phone.device, batch)).toMatchObject([{ ok: true }]);
    await phone.close();
  });

  test(`the process that measures is killed ${KILLS} times at seeded moments: nothing is lost, nothing is measured twice`, async () => {
    lab = await phoneLab({ name: 'phone', speed: SLOW });
    const virtual = lab.virtual.phones[0] as VirtualIphone;
    const written = join(lab.folder, 'blocks.jsonl');
    const random = new Prng(7);
    for (let kill = 0; kill < KILLS; kill++) {
      const child = measure(lab, virtual, written);
      const moment = 2000 + random.below(9000);
      const ended = await Promise.race([exitOf(child), new Promise<null>((resolve) => setTimeout(resolve, moment, null))]);
      if (ended !== null) break;
      child.kill('SIGKILL');
      await exitOf(child);
    }
    expect(await exitOf(measure(lab, virtual, written))).toBe(0);
    const blocks = readFileSync(written, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as FinishedBlock);
    expect(blocks.map(({ spec }) => `${spec.variant} ${spec.round}`).sort()).toEqual(Array.from({ length: 8 }, (_, round) => `slow ${round}`));
    expect(new Set(blocks.map(({ block }) => block.startedAt)).size).toBe(8);
  });
});

function measure(lab: PhoneLab, virtual: VirtualIphone, written: string): ChildProcess {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return fork(join(repoRoot, 'test/full/iphone-measure.ts'), [virtual.udid, join(lab.folder, 'run'), written], { env: lab.environment, execArgv: ['--import', loader], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

function exitOf(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode ?? -1);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
}

/** Appium servers that this process started (Linux). */
function appiumServers(): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    const [status, command] = [`/proc/${pid}/status`, `/proc/${pid}/cmdline`];
    if (!existsSync(command)) return false;
    return readFileSync(command, 'utf8').includes('appium/server-process') && readFileSync(status, 'utf8').includes(`PPid:\t${process.pid}\n`);
  });
}
