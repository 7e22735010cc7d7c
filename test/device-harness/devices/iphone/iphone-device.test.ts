import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageExecutor } from '../../../../converters/coreml/index.ts';
import type { OpenedIphone } from '../../../../device-harness/devices/iphone/open-iphones.ts';
import type { FinishedBlock } from '../../../../device-harness/index.ts';
import type { NamedArrays } from '../../../../models/contracts/executor.ts';
import type { NdArray } from '../../../../models/contracts/ndarray.ts';
import type { VirtualIphone } from '../../../../device-harness/virtual/iphone/virtual-iphone.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { relativeToRange } from '../../../support/compare.ts';
import { readNpy } from '../../../support/npy.ts';
import { fixture } from '../../../support/paths.ts';
import { batchOf, driversMissing, type PhoneLab, phoneLab, reportsOf, witnessVariant } from './phone-lab.ts';

const [FP16, IMAGE] = ['quicksrnet_small_x2_fp16', 'quicksrnet_small_x2_image_in'];
const expectedOutput = (name: string): NdArray => readNpy(fixture('coreml-witnesses', `${name}.output.npy`));
const only = (outputs: NamedArrays): NdArray => [...outputs.values()][0] as NdArray;

function refuse(phone: VirtualIphone, model: string): void {
  phone.change({ faults: { ...phone.state.faults, refusedByAne: [model] } });
}

/** In whole pixels, as an image input takes them. */
function asPixels(array: NdArray): NdArray {
  return { ...array, data: (array.data as Float32Array).map((value) => Math.round(255 * Math.min(1, Math.max(0, value)))) };
}

/** PyTorch computed the expected outputs; the phone's are what its runner made of the package that travelled there. */
describe.skipIf(driversMissing)('two virtual iPhones below the real XCUITest driver (needs dyno setup phones)', () => {
  let lab: PhoneLab;
  let phones: OpenedIphone[];

  beforeAll(async () => {
    lab = await phoneLab({ name: 'one' }, { name: 'two', system: '26.0', productType: 'iPhone17,1' });
    refuse(lab.virtual.phones[1] as VirtualIphone, `${FP16}.1`);
    phones = await lab.open();
  });

  afterAll(async () => {
    for (const phone of phones ?? []) await phone.close();
    await lab.close();
  });

  test('say what they are', () => {
    expect(phones.map(({ device }) => device.label)).toEqual(['iPhone 13 Pro, A15, iOS 17.5', 'iPhone 16 Pro, A18 Pro, iOS 26.0']);
    expect(phones.map(({ device }) => device.capabilities.evidence)).toEqual(['simulated', 'simulated']);
  });

  test('a batch of three models on several units runs on both at once, and computes what PyTorch and the translation computed', async () => {
    const pixels = new Map([['x', asPixels(readNpy(fixture('coreml-witnesses', `${IMAGE}.input.npy`)))]]);
    const variants = [await witnessVariant('conv_depthwise', 'models/a b@fp32'), await witnessVariant(FP16), { ...(await witnessVariant(IMAGE)), feed: pixels }];
    const host = createHostExecutor({ threads: 1 });
    const [translated] = await packageExecutor(host).run(fixture('coreml-witnesses', `${IMAGE}.mlpackage`), [pixels]);
    await host.close();
    const expected = new Map([['models/a b@fp32', expectedOutput('conv_depthwise')], [FP16, expectedOutput(FP16)], [IMAGE, only(translated as NamedArrays)]]);
    const bound = new Map([['models/a b@fp32', 1e-5], [FP16, 2e-3], [IMAGE, 0]]);
    const every = batchOf(variants, ['cpu', 'gpu', 'ane', 'all'], 1, true);
    const batch = { ...every, blocks: every.blocks.filter(({ variant, unit }) => variant === FP16 || unit === 'ane') };
    const both = await Promise.all(phones.map(({ device }) => reportsOf(device, batch)));
    for (const reports of both) {
      expect(reports.map(({ spec }) => spec)).toEqual(batch.blocks);
      for (const report of reports) {
        const { ok, outputs, spec: { variant }, block, outputSha256 } = report as FinishedBlock;
        expect(ok).toBe(true);
        expect(relativeToRange(only(outputs as NamedArrays), expected.get(variant) as NdArray)).toBeLessThanOrEqual(bound.get(variant) as number);
        expect(Object.values(outputSha256 ?? {})).toHaveLength(1);
        expect(block.samples).toHaveLength(10);
        expect(block).toMatchObject({ thermal: 'nominal', warmup: { stable: true } });
      }
    }
    const [one, two] = both as [FinishedBlock[], FinishedBlock[]];
    const units = (reports: readonly FinishedBlock[], id: string): string[] => reports.filter(({ spec }) => spec.variant === id).map(({ effectiveUnit }) => effectiveUnit);
    expect(units(one, FP16)).toEqual(['cpu', 'gpu', 'ane', 'ane']);
    expect(units(one, 'models/a b@fp32')).toEqual(['cpu']);
    expect(units(two, FP16), 'its Neural Engine refuses this model').toEqual(['cpu', 'gpu', 'cpu', 'cpu']);
    const warnings = (reports: readonly FinishedBlock[], unit: string): string => reports.filter(({ spec }) => spec.variant === FP16 && spec.unit === unit).flatMap((report) => report.warnings).join('\n');
    expect(warnings(two, 'ane')).toMatch(/nothing runs on the Neural Engine[\s\S]*cpuAndNeuralEngine takes as long as cpuOnly/);
    expect(warnings(two, 'all')).toMatch(/all takes as long as cpuOnly/);
    expect([warnings(one, 'ane'), warnings(one, 'gpu'), warnings(two, 'gpu'), warnings(two, 'cpu')]).toEqual(['', '', '', '']);
    expect(one.find(({ spec }) => spec.unit === 'cpu')).toMatchObject({ settings: { units: 'cpuOnly', system: 'iOS 17.5 (VIRTUAL)', link: expect.stringMatching(/^appium \d.*xcuitest \d/), plan: expect.stringMatching(/^cpu \d+ operations \(100\.0 % of the cost, 100\.0 % of the MACs\), 1 segment$/) } });
    for (const unit of ['cpu', 'gpu', 'ane']) {
      const { placement } = one.find(({ spec }) => spec.unit === unit && spec.variant === FP16) as FinishedBlock;
      expect(placement?.by).toBe('cost');
      expect([...new Set(placement?.operations.map(({ place }) => place))]).toEqual([unit]);
      expect(placement?.operations.reduce((sum, { work }) => sum + work, 0)).toBeCloseTo(1, 2);
    }
  });

  test('a model travels once: nothing is left on the phone but manifests, and nothing is sent again', async () => {
    const [phone] = phones as [OpenedIphone];
    const documents = (lab.virtual.phones[0] as VirtualIphone).documents;
    const blobs = readdirSync(join(documents, 'blobs'));
    expect(blobs).toHaveLength(6);
    for (const blob of blobs) expect(readdirSync(join(documents, 'blobs', blob))).toEqual(['manifest.json']);
    const before = (phone.device as unknown as { sentBytes: number }).sentBytes;
    expect(before).toBeGreaterThan(100_000);
    const reports = await reportsOf(phone.device, batchOf([await witnessVariant('conv_depthwise')], ['ane'], 2));
    expect(reports.map(({ ok }) => ok)).toEqual([true, true]);
    expect((phone.device as unknown as { sentBytes: number }).sentBytes).toBe(before);
    expect(existsSync(join(documents, 'batches'))).toBe(true);
  });

  test('a frame rate that the unit does not keep: frames are missed, and counted', async () => {
    const [phone] = phones as [OpenedIphone];
    const record = await phone.device.sustain?.(await witnessVariant(FP16), 'ane', { framesPerSecond: 5000, seconds: 0.1 });
    expect(record).toMatchObject({ evidence: 'simulated', framesPerSecond: 5000, frames: 500, unit: 'ane', health: [{ atSeconds: 0, text: 'nominal' }], warnings: [] });
    expect(record?.missed).toBeGreaterThan(0);
    expect(record?.samples).toHaveLength(500 - (record?.missed ?? 0));
  });

  test('a model that kills the runner, and one that does not load: the others are measured all the same', async () => {
    const [phone, virtual] = [phones[1] as OpenedIphone, lab.virtual.phones[1] as VirtualIphone];
    virtual.change({ faults: { ...virtual.state.faults, crashOn: ['linear_3d.0'], failOn: ['softmax.1'] } });
    const variants = [await witnessVariant('conv_depthwise', 'linear_3d'), await witnessVariant('conv_depthwise', 'softmax'), await witnessVariant('conv_depthwise')];
    const reports = await reportsOf(phone.device, batchOf(variants, ['ane'], 1));
    expect(reports.map(({ ok }) => ok)).toEqual([false, false, true]);
    expect(reports[0]).toMatchObject({ message: expect.stringMatching(/^linear_3d: the process of the runner ended \(loading\), 2 times: the model crashes it or takes too much memory on cpuAndNeuralEngine/) });
    expect(reports[1]).toMatchObject({ message: expect.stringMatching(/^softmax: Core ML did not load it \(loading\)\. Error in building plan/) });
    virtual.change({ faults: { ...virtual.state.faults, crashOn: [], failOn: [] } });
  });
});
