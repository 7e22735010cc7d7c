import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FinishedBlock } from '../../../../device-harness/devices/device.ts';
import { formatThermal, readThermal } from '../../../../device-harness/devices/host/thermal.ts';
import {
  benchFeed,
  createHostDevice,
  type Device,
  PLAN_DEFAULTS,
  runSchedule,
  type Variant,
  variantOf,
} from '../../../../device-harness/index.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { fixture } from '../../../support/paths.ts';
import { endless, negRelu } from '../../../models/run/small-models.ts';

const rules = { warmUp: { minRuns: 6, minMs: 5, maxMs: 500, tolerance: 0.5 }, timed: { minRuns: 12, minMs: 1, maxRuns: 12, maxMs: 2000 } };
const bytes = (data: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

describe('host device', () => {
  let folder: string;
  let device: Device;
  let variant: Variant;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dyno-host-test-'));
    device = createHostDevice({ foreignLoadLimit: 1 });
    const executor = createHostExecutor();
    const path = fixture('exports', 'sesr_m3_op17.onnx');
    const face = await executor.describe(path);
    variant = await variantOf('sesr', path, benchFeed(face.inputs, [], { seed: 3 }));
    await executor.close();
  });
  afterAll(async () => {
    await device.close();
    rmSync(folder, { recursive: true });
  });

  it('measures a real model and returns the outputs that ONNX Runtime computes elsewhere', async () => {
    const specs = ['cpu:1', 'cpu:all'].map((unit, order) => ({ variant: 'sesr', unit, round: 0, order }));
    const ticket = await device.submit({ variants: [variant], blocks: specs, ...rules, keepOutputs: true });
    expect((await device.poll(ticket)).state).toBe('running');
    while ((await device.poll(ticket)).state !== 'finished') await new Promise((resolve) => setTimeout(resolve, 20));
    const reports = (await device.collect(ticket)) as FinishedBlock[];
    expect(reports.map((r) => [r.ok, r.spec, r.effectiveUnit])).toEqual(specs.map((spec) => [true, spec, spec.unit]));
    const executor = createHostExecutor();
    const [expected] = await executor.run(variant.modelPath, [variant.feed], { optimization: 'all' });
    await executor.close();
    for (const { block, outputs, outputSha256, peakMemoryBytes } of reports) {
      expect(block.samples).toHaveLength(12);
      expect([...block.samples, block.loadMs, block.firstMs].every((ms) => ms > 0 && ms < 60_000)).toBe(true);
      expect(block.warmup.runs).toBeGreaterThanOrEqual(6);
      expect(peakMemoryBytes).toBeGreaterThan(20e6);
      for (const [name, array] of expected as NonNullable<typeof expected>) {
        const own = outputs?.get(name);
        const worst = Math.max(...Array.from(own?.data as Float32Array, (v, i) => Math.abs(v - (array.data[i] as number))));
        expect(worst).toBeLessThan(1e-5);
        expect(outputSha256?.[name]).toBe(
          createHash('sha256')
            .update(bytes(own?.data as Float32Array))
            .digest('hex'),
        );
      }
    }
  });

  it('runs a whole plan: every block a fresh process, interleaved, with evidence', async () => {
    const small = join(folder, 'small.onnx');
    writeFileSync(small, negRelu([4]));
    const other = await variantOf('small', small, new Map([['x', { dtype: 'float32', dims: [4], data: Float32Array.of(1, 2, 3, 4) }]]));
    const plan = {
      ...PLAN_DEFAULTS,
      ...rules,
      id: 'bench',
      variants: [variant, other],
      units: ['cpu:1'],
      minRounds: 2,
      maxRounds: 2,
      maxRepeats: 0,
      coolDown: { maxMs: 0, totalMs: 0, pollMs: 1 },
    };
    const { measurements, failures } = await runSchedule(device, plan, { emit: () => undefined });
    expect(failures).toEqual([]);
    expect(measurements.map((m) => [m.variant, m.unit, m.evidence, m.blocks.length])).toEqual([
      ['sesr', 'cpu:1', 'measured(host)', 2],
      ['small', 'cpu:1', 'measured(host)', 2],
    ]);
    expect(measurements[1]?.inputShapes).toEqual({ x: [4] });
    expect(measurements[1]?.modelSha256).toBe(createHash('sha256').update(readFileSync(small)).digest('hex'));
    expect(Object.keys(measurements[0]?.outputSha256 ?? {})).toHaveLength(1);
    expect(measurements.every((m) => !m.warnings.includes('The outputs differ from block to block.'))).toBe(true);
  });

  it('reports a block that hangs, and one whose feed does not fit', async () => {
    const hang = join(folder, 'hang.onnx');
    writeFileSync(hang, endless());
    const own = createHostDevice({ blockTimeoutMs: 1500 });
    const x = { dtype: 'float32' as const, dims: [1], data: Float32Array.of(1) };
    const variants = [await variantOf('hang', hang, new Map([['x', x]])), await variantOf('misfit', hang, new Map([['z', x]]))];
    const ticket = await own.submit({
      variants,
      blocks: variants.map(({ id }, order) => ({ variant: id, unit: 'cpu:1', round: 0, order })),
      ...rules,
      keepOutputs: false,
    });
    while ((await own.poll(ticket)).state !== 'finished') await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await own.collect(ticket)).toMatchObject([
      { ok: false, message: expect.stringMatching(/did not answer within 1.5 s/) },
      { ok: false, message: expect.stringMatching(/no input named "z"/) },
    ]);
    await own.close();
  });

  it('refuses a unit it does not have, and stops at an abort', async () => {
    const batch = (unit: string) => ({
      variants: [variant],
      blocks: [{ variant: 'sesr', unit, round: 0, order: 0 }],
      ...rules,
      keepOutputs: false,
    });
    await expect(device.submit(batch('ane'))).rejects.toThrow('The host has no unit "ane".');
    await expect(device.submit(batch('cpu:0'))).rejects.toThrow('The host has no unit "cpu:0".');
    const control = new AbortController();
    const ticket = await device.submit(batch('cpu:1'), control.signal);
    control.abort(new Error('enough'));
    await expect(
      (async () => {
        while ((await device.poll(ticket)).state !== 'finished') await new Promise((resolve) => setTimeout(resolve, 10));
      })(),
    ).rejects.toThrow('enough');
  });

  it('knows whether the machine is idle', async () => {
    const readiness = await createHostDevice({ foreignLoadLimit: 1 }).readiness();
    expect(readiness).toMatchObject({ ready: true, reason: null });
  });
});

describe('thermal sensors of Linux', () => {
  const write = (root: string, file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), `${text}\n`);
  };

  it('takes the hottest processor zone, the mean clock and the throttle count', () => {
    const root = mkdtempSync(join(tmpdir(), 'dyno-sys-'));
    for (const [zone, type, temp] of [
      [0, 'acpitz', 90_000],
      [1, 'x86_pkg_temp', 61_500],
      [2, 'cpu-thermal', 58_000],
    ] as const) {
      write(root, `class/thermal/thermal_zone${zone}/type`, type);
      write(root, `class/thermal/thermal_zone${zone}/temp`, String(temp));
    }
    write(root, 'devices/system/cpu/cpu0/cpufreq/scaling_cur_freq', '3000000');
    write(root, 'devices/system/cpu/cpu1/cpufreq/scaling_cur_freq', '2000000');
    write(root, 'devices/system/cpu/cpu0/thermal_throttle/package_throttle_count', '7');
    expect(readThermal(root)).toEqual({ celsius: 61.5, throttled: 7, megahertz: 2500 });
    expect(formatThermal(readThermal(root))).toBe('62 °C, 2500 MHz, 7 throttlings since boot');
    rmSync(root, { recursive: true });
  });

  it('knows nothing where there is nothing', () => {
    expect(readThermal('/nowhere')).toEqual({ celsius: null, throttled: null, megahertz: null });
    expect(formatThermal(readThermal('/nowhere'))).toBeNull();
  });
});
