import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenedPhone } from '../../../../device-harness/devices/snapdragon/open-phones.ts';
import type { FinishedBlock } from '../../../../device-harness/index.ts';
import type { VirtualPhone } from '../../../../device-harness/virtual/android/virtual-phone.ts';
import { adbProgram, PhoneBench, RULES, takeBlocks, toyVariant } from './phone-bench.ts';
import { type ScriptedSdk, scriptedSdk } from './scripted-sdk.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-snapdragon-'));

/** What the scripted tool takes is known: 2000, 1500, then 1000 and 1010 µs in turn, the accelerator 400 µs less. */
describe.skipIf(adbProgram === null)('a Snapdragon phone as a device, by the real adb (needs adb: dyno setup python)', () => {
  let bench: PhoneBench;
  let phone: VirtualPhone;
  let sdk: ScriptedSdk;
  let opened: OpenedPhone;
  const variant = toyVariant(join(folder, 'models'));
  const onPhone = (path: string): string => join(phone.root, 'data/local/tmp/npu-dyno', path);

  beforeAll(async () => {
    bench = await PhoneBench.start(folder);
    sdk = scriptedSdk(join(folder, 'sdk'));
    phone = await bench.attach();
    opened = await bench.open(phone, sdk.sdk.root);
  });
  afterAll(async () => {
    await opened?.close();
    await bench?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('says what it is; a virtual phone attached like any other is simulated', () => {
    expect(opened.device).toMatchObject({ selector: `android:${phone.serial}`, label: 'Virtual SM8650, Snapdragon 8 Gen 3', capabilities: { evidence: 'simulated', units: ['htp', 'gpu', 'cpu'] } });
    expect(() => opened.device.checkUnit?.('ane')).toThrow('has no unit "ane"');
  });

  test('a block: one launch, the first and the warm-up apart, accelerator time apart, outputs as they are on the phone', async () => {
    const [report] = (await takeBlocks(opened.device, variant, ['htp'], { keepOutputs: true })) as [FinishedBlock];
    expect(report).toMatchObject({ ok: true, effectiveUnit: 'htp', warnings: [] });
    const { block } = report;
    expect(block).toMatchObject({ firstMs: 2, loadMs: 50, warmup: { stable: true } });
    expect(block.warmup.runs).toBeGreaterThanOrEqual(6);
    expect(block.samples.length).toBeGreaterThanOrEqual(20);
    expect(new Set(block.samples)).toEqual(new Set([1, 1.01]));
    expect(block.acceleratorMs).toBeCloseTo(block.samples.reduce((a, b) => a + b) / block.samples.length - 0.4, 9);
    expect(block.thermal).toBe('status 0, skin 31 °C, battery 29 °C, charge 80 %');
    const feed = variant.feed.get('x')?.data as Float32Array;
    expect(report.outputSha256).toEqual({ y: createHash('sha256').update(new Uint8Array(feed.buffer)).digest('hex') });
    expect(report.outputs?.get('y')).toEqual({ dtype: 'float32', dims: [1, 2, 3, 4], data: feed });
    expect(report.settings).toMatchObject({ 'performance profile': 'burst', runtime: '2.51.0.260929', form: 'context-binary', link: 'adb' });
    expect(sdk.starts().at(-1)).toContain(`--num_inferences ${1 + 9 + RULES.timed.minRuns} --keep_num_outputs 1`);
  });

  test('settings for the accelerator name the graph; nothing else is told to the other units', async () => {
    await takeBlocks(opened.device, variant, ['gpu', 'cpu']);
    const models = readdirSync(onPhone('models'));
    const htp = models.find((name) => name.endsWith('-htp')) as string;
    expect(JSON.parse(readFileSync(onPhone(`models/${htp}/htp.json`), 'utf8'))).toMatchObject({ graphs: [{ graph_names: ['toy'] }], devices: [{ soc_model: 57, dsp_arch: 'v75', cores: [{ perf_profile: 'burst' }] }] });
    expect(models.filter((name) => existsSync(onPhone(`models/${name}/htp.json`)))).toEqual([htp]);
    const starts = sdk.starts().filter((line) => line.includes('--dlc_path'));
    expect(starts.map((line) => /--backend (\S+)/.exec(line)?.[1])).toEqual(['libQnnGpu.so', 'libQnnGpu.so', 'libQnnCpu.so', 'libQnnCpu.so']);
  });

  test('what is there already is not sent again, and no folder of a run stays', async () => {
    const before = readdirSync(onPhone('store')).length;
    await takeBlocks(opened.device, variant, ['htp', 'htp']);
    expect(readdirSync(onPhone('store')).length).toBe(before);
    expect(readdirSync(onPhone('runs'))).toEqual([]);
  });

  test('without rows of the accelerator nobody knows what ran', async () => {
    sdk.fault('unproven');
    const [report] = (await takeBlocks(opened.device, variant, ['htp'])) as [FinishedBlock];
    expect(report.effectiveUnit).toBe('unknown');
    expect(report.warnings).toContain('Nothing in the profiling log proves that HTP ran: it has no accelerator time.');
    expect(report.block.acceleratorMs).toBeUndefined();
    sdk.fault('');
  });

  test('a tool that keeps no single times: the mean without what each start costs', async () => {
    sdk.fault('aggregate');
    const second = toyVariant(join(folder, 'models'), {}, 'second');
    const [report] = (await takeBlocks(opened.device, second, ['cpu'])) as [FinishedBlock];
    sdk.fault('');
    expect(report.block.samples).toHaveLength(1);
    expect(report.block.samples[0]).toBeCloseTo(1.005, 4);
    expect(report.block).toMatchObject({ firstMs: 2, summary: { runs: 20, minMs: 1, maxMs: 2 } });
  });

  test('cycles by operation, led back to nodes', async () => {
    const profile = await opened.device.profile?.(variant, 'htp');
    expect(profile).toMatchObject({ variant: 'toy', unit: 'htp', evidence: 'simulated', level: 'detailed', cycles: 90_000 });
    expect(profile?.operations).toEqual([
      { name: '_relu:OpId_1', opType: 'Relu', node: '/relu', cycles: 60_000 }, { name: 'y_nhwc:OpId_2', opType: 'Relu', node: 'last', cycles: 22_000 }, { name: 'Input OpId_0', opType: null, node: null, cycles: 7 },
    ]);
    await expect(opened.device.profile?.(variant, 'cpu')).rejects.toThrow('names no operation');
  });

  test('a frame rate: frames that were due and not computed are missed', async () => {
    const record = await opened.device.sustain?.(variant, 'htp', { framesPerSecond: 30, seconds: 2 });
    expect(record).toMatchObject({ framesPerSecond: 30, seconds: 2, frames: 57, missed: 3, evidence: 'simulated', energyJoules: null });
    expect(record?.cpuSeconds).toBeLessThan(1);
    expect(record?.health.length).toBeGreaterThanOrEqual(2);
    const config = JSON.parse(readFileSync(onPhone(`models/${readdirSync(onPhone('models')).find((name) => name.endsWith('-htp'))}/frames.json`), 'utf8'));
    expect(config.testCase.threads[0]).toMatchObject({ interval: 33333, loopUnit: 'second', loop: 2 });
  });

  test('a phone in use is not opened twice; what was opened is given back', async () => {
    await expect(bench.open(phone, sdk.sdk.root)).rejects.toThrow(`${phone.serial} is in use by process ${process.pid}.`);
    await opened.close();
    opened = await bench.open(phone, sdk.sdk.root);
    await opened.clear();
    expect(existsSync(onPhone('store'))).toBe(false);
    expect(((await takeBlocks(opened.device, variant, ['cpu'])) as [FinishedBlock])[0].ok).toBe(true);
  });
});
