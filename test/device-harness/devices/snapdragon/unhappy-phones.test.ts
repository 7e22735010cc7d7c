import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OpenedPhone } from '../../../../device-harness/devices/snapdragon/open-phones.ts';
import { sha256File } from '../../../../models/onnx/index.ts';
import type { BlockReport, FailedBlock, FinishedBlock, Variant } from '../../../../device-harness/index.ts';
import type { VirtualPhone } from '../../../../device-harness/virtual/android/virtual-phone.ts';
import { adbProgram, PhoneBench, takeBlocks, toyVariant } from './phone-bench.ts';
import { type ScriptedSdk, scriptedSdk } from './scripted-sdk.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-unhappy-'));
const noted: string[] = [];

describe.skipIf(adbProgram === null)('what goes wrong on a phone ends in a clear message (needs adb: dyno setup python)', () => {
  let bench: PhoneBench;
  let phone: VirtualPhone;
  let sdk: ScriptedSdk;
  let opened: OpenedPhone;
  const variant = toyVariant(join(folder, 'models'));

  beforeAll(async () => {
    bench = await PhoneBench.start(folder);
    sdk = scriptedSdk(join(folder, 'sdk'));
    phone = await bench.attach();
    opened = await bench.open(phone, sdk.sdk.root, { allowanceMs: 1500, emit: (event) => void (event.type === 'warning' && noted.push(event.text)) });
    await takeBlocks(opened.device, variant, ['htp']);
  });
  afterEach(() => sdk.fault(''));
  afterAll(async () => {
    await opened?.close();
    await bench?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const one = async (unit: string, of: Variant = variant): Promise<BlockReport> => (await takeBlocks(opened.device, of, [unit]))[0] as BlockReport;

  describe('before anything is sent', () => {
    test.each([
      ['a context binary of another chip', { chip: 'SM8550' }, 'The context binary is for SM8550, and 127.0.0.1'],
      ['older libraries than the compiler', { build: 'v2.60.0.270101000000' }, 'The context binary was made by v2.60.0.270101000000, and the SDK in'],
      ['another back end', { backends: ['gpu' as const] }, 'What was made for gpu does not run on htp'],
    ])('%s', async (id, changes, message) => {
      const before = sdk.starts().length;
      const report = (await one('htp', toyVariant(join(folder, 'models'), changes, id))) as FailedBlock;
      expect([report.ok, report.message]).toEqual([false, expect.stringContaining(message)]);
      expect(sdk.starts().length).toBe(before);
    });

    test('nothing made for the unit; a feed of another size', async () => {
      const bare = { ...toyVariant(join(folder, 'models'), {}, 'bare'), artifacts: new Map() };
      expect(await one('cpu', bare)).toMatchObject({ ok: false, message: expect.stringContaining('Nothing was made of bare for cpu') });
      const large = { ...variant, id: 'large', feed: new Map([['x', { dtype: 'float32' as const, dims: [1, 2, 3, 5], data: new Float32Array(30) }]]) };
      expect(await one('cpu', large)).toMatchObject({ ok: false, message: expect.stringContaining('takes [1, 2, 3, 4]') });
    });

    test('an SDK without the skeleton of this Hexagon; a chip that nobody knows', async () => {
      const old = await bench.attach({ soc: 'SM8750' });
      const few = scriptedSdk(join(folder, 'few'), { hexagon: [68, 73] });
      const other = await bench.open(old, few.sdk.root);
      const reports = await takeBlocks(other.device, toyVariant(join(folder, 'models'), { chip: 'SM8750' }, 'elite'), ['htp', 'cpu']);
      await other.close();
      expect(reports).toMatchObject([{ ok: false, message: expect.stringMatching(/lacks .*libQnnHtpV79Skel\.so.*It has Hexagon v68, v73/) }, { ok: true }]);
      old.change({ properties: { 'ro.soc.model': 'SM9999' } });
      const unknown = await bench.open(old, sdk.sdk.root);
      const [htp, cpu] = await takeBlocks(unknown.device, variant, ['htp', 'cpu']);
      await unknown.close();
      expect(htp).toMatchObject({ ok: false, message: expect.stringContaining('has the chip SM9999, which is not in the table') });
      expect(cpu).toMatchObject({ ok: true });
    });
  });

  describe('what the tool does', () => {
    test.each([
      ['silent', 'qnn-net-run ended with exit code 0 and wrote no outputs'],
      ['crash', 'qnn-net-run ended with exit code 139'],
      ['hang', 'did not end within'],
      ['no-log', 'qnn-net-run wrote no profiling log'],
      ['says Failed to create context from binary with error code 5005', 'The binary is for another chip, or of another SDK'],
      ['says Skel lib id mismatch: expected (v2.45.0.260326), detected (v2.43.0.260101)', 'Libraries of two SDKs are mixed'],
      ['says signature does not match', '"pd_session": "unsigned"'],
      ['says DspTransport.openSession qnn_open failed, 0x80000406, prio 100', 'Stub, skeleton and back end have to be of one SDK'],
      ['says something odd failed here', 'something odd failed here'],
    ])('%s', async (fault, message) => {
      sdk.fault(fault);
      expect(await one('htp')).toMatchObject({ ok: false, message: expect.stringContaining(message) });
      expect(readdirSync(join(phone.root, 'data/local/tmp/npu-dyno/runs'))).toEqual([]);
      sdk.fault('');
      expect(await one('htp')).toMatchObject({ ok: true });
    });
  });

  describe('the phone', () => {
    test('full: nothing of the file stays', async () => {
      const room = phone.state.freeBytes;
      phone.change({ freeBytes: 1_000_000 });
      const report = await one('cpu', toyVariant(join(folder, 'models'), {}, 'no-room'));
      phone.change({ freeBytes: room });
      expect(report).toMatchObject({ ok: false, message: expect.stringMatching(/has 1 MB left; .* are to be sent.*dyno devices --clean/) });
    });

    test('hot: it waits, and what was timed in heat says so', async () => {
      expect(await opened.device.readiness()).toMatchObject({ ready: true, thermal: 'status 0, skin 31 °C, battery 29 °C, charge 80 %' });
      phone.change({ thermalStatus: 2, temperatures: { skin: 46 } });
      expect(await opened.device.readiness()).toMatchObject({ ready: false, reason: 'the phone is hot (thermal status 2)' });
      expect(noted).toContainEqual(expect.stringContaining('waits: the phone is hot'));
      const report = (await one('cpu')) as FinishedBlock;
      phone.change({ thermalStatus: 0, temperatures: { skin: 31 } });
      expect(report.block.disturbed).toBe('thermal status 2 before and 2 after');
    });

    test('not allowed by its owner', async () => {
      const shy = await bench.attach({ soc: 'SM8550' });
      await bench.adb.disconnect(shy.serial);
      shy.authorize(false);
      await bench.adb.connect(shy.serial).catch(() => undefined);
      await expect(bench.open(shy, sdk.sdk.root)).rejects.toThrow('has not allowed this computer');
    });

    test('unplugged in the middle of a push, and back: the block is taken again, and only what is missing is sent', async () => {
      const big = toyVariant(join(folder, 'models'), {}, 'big');
      const artifact = big.artifacts?.get('htp') as NonNullable<ReturnType<NonNullable<Variant['artifacts']>['get']>>;
      writeFileSync(artifact.path, Buffer.alloc(40 << 20, 'npu'));
      const changed = { ...artifact, sha256: await sha256File(artifact.path) };
      const work = one('htp', { ...big, artifacts: new Map([['htp', changed]]) });
      const store = join(phone.root, 'data/local/tmp/npu-dyno/store');
      while (!readdirSync(store).some((name) => name.endsWith('.arriving'))) await sleep(1);
      await phone.unplug();
      await sleep(300);
      await phone.plug();
      const report = (await work) as FinishedBlock;
      expect(report).toMatchObject({ ok: true, warnings: [expect.stringMatching(/^The phone was away/)] });
      expect(readdirSync(store).filter((name) => name.endsWith('.arriving'))).toEqual([]);
    });

    test('unplugged in the middle of a run, and back: the launch left behind is ended, and the block counts once', async () => {
      sdk.fault('slow 2');
      const before = sdk.starts().length;
      const work = one('htp');
      while (sdk.starts().length === before) await sleep(10);
      await phone.unplug();
      sdk.fault('');
      await sleep(200);
      await phone.plug();
      expect(await work).toMatchObject({ ok: true, warnings: ['The phone was away once; the block was taken again.'] });
      expect(sdk.starts().length).toBe(before + 2);
      expect(noted).toContainEqual(expect.stringContaining('is away'));
    });

    test('the adb server is ended in the middle of a run', async () => {
      sdk.fault('slow 1');
      const before = sdk.starts().length;
      const work = one('htp');
      while (sdk.starts().length === before) await sleep(10);
      await bench.adb.killServer();
      sdk.fault('');
      expect(await work).toMatchObject({ ok: true });
    });

    test('gone for good: the block fails, and the next one says so at once', async () => {
      const gone = await bench.attach({ soc: 'SM8650' });
      const other = await bench.open(gone, sdk.sdk.root, { patienceMs: 1500 });
      await gone.unplug();
      const reports = await takeBlocks(other.device, variant, ['htp', 'htp']);
      expect(await other.device.readiness()).toMatchObject({ ready: true, thermal: null });
      await other.close();
      expect(reports).toMatchObject([{ ok: false, message: expect.stringContaining('did not come back within 2 s') }, { ok: false, message: expect.stringContaining('did not come back') }]);
    });
  });
});
