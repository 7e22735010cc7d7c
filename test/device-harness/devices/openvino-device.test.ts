import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deviceNamed, openOpenVino, type OpenVinoToolchain, openVinoDeviceId, settingsOf } from '../../../converters/openvino/index.ts';
import { BLOCK_PROFILES, type BlockReport, createOpenVinoDevice, type Device, variantOf } from '../../../device-harness/index.ts';
import type { NamedArrays } from '../../../models/contracts/index.ts';
import { relativeToRange } from '../../support/compare.ts';
import { readNpy } from '../../support/npy.ts';
import { openVino, openVinoMissing } from '../../support/openvino.ts';
import { ndarray } from '../../support/ort.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const CPU = { id: 'CPU', name: 'a processor' };

async function measure(device: Device, path: string, units: readonly string[], feed: NamedArrays, keepOutputs = true): Promise<BlockReport[]> {
  const { warmUp, timed } = BLOCK_PROFILES.quick;
  try {
    const ticket = await device.submit({
      variants: [await variantOf('v', path, feed)], blocks: units.map((unit, order) => ({ variant: 'v', unit, round: 0, order })), keepOutputs,
      warmUp: { ...warmUp, minMs: 1, tolerance: 100 }, timed: { ...timed, minRuns: 5, minMs: 1, maxRuns: 5 },
    });
    while ((await device.poll(ticket)).state !== 'finished') await new Promise((resolve) => setTimeout(resolve, 20));
    return await device.collect(ticket);
  } finally {
    await device.close();
  }
}

describe.skipIf(!openVino)(`blocks on the CPU${openVinoMissing}`, () => {
  const open = (): Device => createOpenVinoDevice(openOpenVino() as OpenVinoToolchain, CPU);
  const plain = fixture('exports', 'plain_clip_x2_op17.onnx');
  const feed = new Map([['input', readNpy(fixture('exports', 'plain_clip_x2_op17.input.npy'))]]);
  const stored = readNpy(fixture('exports', 'plain_clip_x2_op17.output.npy'));

  test('threads and precision as the unit says; samples, outputs and their hashes', async () => {
    const reports = await measure(open(), plain, ['cpu:1', 'cpu:all', 'cpu:1:bf16'], feed);
    const outputs = reports.map((report) => {
      if (!report.ok) throw new Error(report.message + report.output);
      const [[name, array] = ['', stored]] = [...(report.outputs as NamedArrays)];
      const bytes = new Uint8Array(array.data.buffer as ArrayBuffer, array.data.byteOffset, array.data.byteLength);
      expect(report.outputSha256).toEqual({ [name]: createHash('sha256').update(bytes).digest('hex') });
      expect(report.block.samples.length).toBe(5);
      expect(Math.min(report.block.loadMs, report.block.firstMs, ...report.block.samples)).toBeGreaterThan(0);
      expect([report.effectiveUnit, report.block.warmup.runs >= 6, (report.peakMemoryBytes as number) > 20e6]).toEqual([report.spec.unit, true, true]);
      return array;
    });
    const settings = reports.map((report) => (report.ok ? report.settings : undefined));
    expect(settings.map((one) => one?.['INFERENCE_PRECISION_HINT']).slice(0, 2)).toEqual(['f32', 'f32']);
    expect(settings[0]).toMatchObject({ INFERENCE_NUM_THREADS: '1', NUM_STREAMS: '1', EXECUTION_DEVICES: 'CPU', OPENVINO: (openVino as OpenVinoToolchain).version });
    for (const output of outputs.slice(0, 2)) expect(relativeToRange(output, stored)).toBeLessThan(1e-5);
    expect(relativeToRange(outputs[2] as typeof stored, stored)).toBeLessThan(0.05);
  }, 480_000);

  test('what OpenVINO does not load is a failed block with its words', async () => {
    writeFileSync(temporary('broken.onnx'), readFileSync(plain).subarray(0, 200));
    const [broken] = await measure(open(), temporary('broken.onnx'), ['cpu:1'], feed);
    expect(broken).toMatchObject({ ok: false, message: expect.stringContaining('broken.onnx') });
    const [wrong] = await measure(open(), plain, ['cpu:1'], new Map([['input', ndarray('float32', [1, 3, 5, 5], new Float32Array(75))]]));
    expect(wrong).toMatchObject({ ok: false, message: expect.stringMatching(/^The block of v \(plain_clip_x2_op17.onnx\) on cpu:1 failed: .*shape/i) });
  }, 480_000);
});

test('a GPU is asked for by its own name, its outputs travel the same way, and what it measures is a device\'s', async () => {
  const asked: { job: string; args: Record<string, unknown> }[] = [];
  const worker = {
    run: async <T>(job: string, args: object) => {
      asked.push({ job, args: args as Record<string, unknown> });
      const value = { startedAt: '', loadMs: 1, firstMs: 1, warmUpRuns: 6, stable: true, samples: [1, 2], foreignLoad: null, outputSha256: {}, outputs: null, peakMemoryBytes: 1, settings: { EXECUTION_DEVICES: 'GPU.1' } };
      return { value: value as T, seconds: 1, peakBytes: null };
    },
    close: async () => undefined,
  };
  const device = createOpenVinoDevice({ worker, version: '1', close: worker.close }, { id: 'GPU.1', name: 'a GPU' });
  expect([device.selector, device.capabilities.evidence, device.capabilities.units]).toEqual(['openvino:GPU.1', 'measured(device)', ['gpu']]);
  expect(() => device.checkUnit?.('cpu:1')).toThrow('OpenVINO\'s GPU.1 has no unit "cpu:1"');
  const path = fixture('exports', 'plain_clip_x2_op17.onnx');
  const [report] = await measure(device, path, ['gpu'], new Map([['input', readNpy(fixture('exports', 'plain_clip_x2_op17.input.npy'))]]), false);
  expect(report).toMatchObject({ ok: true, effectiveUnit: 'gpu', block: { samples: [1, 2] }, settings: { OPENVINO: '1', EXECUTION_DEVICES: 'GPU.1' } });
  expect(asked).toMatchObject([{ job: 'openvino.block', args: { device: 'GPU.1', config: { PERFORMANCE_HINT: 'LATENCY' }, outputs: ['output'], outputsTo: null } }]);
});

test('units as properties; what a device does not have is refused', () => {
  expect(settingsOf('CPU', 'cpu:3')).toEqual({ PERFORMANCE_HINT: 'LATENCY', NUM_STREAMS: '1', INFERENCE_PRECISION_HINT: 'f32', INFERENCE_NUM_THREADS: 3 });
  expect(settingsOf('CPU', 'cpu:all:bf16')).toEqual({ PERFORMANCE_HINT: 'LATENCY', NUM_STREAMS: '1', INFERENCE_PRECISION_HINT: 'bf16' });
  expect(settingsOf('NPU', 'npu')).toEqual({ PERFORMANCE_HINT: 'LATENCY' });
  for (const [device, unit] of [['CPU', 'cpu'], ['CPU', 'cpu:0'], ['CPU', 'cpu:1:f16'], ['CPU', 'gpu'], ['GPU', 'npu'], ['NPU', 'cpu:1']] as const) expect(() => settingsOf(device, unit), `${device} ${unit}`).toThrow('has no unit');
});

test('devices by name; one that is not here names those that are', () => {
  const found = [CPU, { id: 'GPU.0', name: 'the first' }, { id: 'GPU.1', name: 'the second' }];
  expect(['CPU', 'GPU', 'GPU.1'].map((id) => deviceNamed(id, found).name)).toEqual(['a processor', 'the first', 'the second']);
  expect(() => deviceNamed('NPU', found)).toThrow('OpenVINO finds no NPU on this machine.');
  expect([openVinoDeviceId(null), openVinoDeviceId('gpu.1'), openVinoDeviceId('NPU')]).toEqual(['CPU', 'GPU.1', 'NPU']);
  for (const text of ['TPU', 'CPU.1', 'GPU.x', 'AUTO']) expect(() => openVinoDeviceId(text)).toThrow(`"openvino:${text}" is not a device.`);
});
