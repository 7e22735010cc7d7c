import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveSoc } from '../../../../converters/rules/index.ts';
import type { QnnArtifact } from '../../../../converters/qnn/artifact.ts';
import { compiledArtifacts } from '../../../../converters/qnn/compiled-artifact.ts';
import { findDriverPackages } from '../../../../device-harness/appium/driver-packages.ts';
import { openPhones, type OpenedPhone } from '../../../../device-harness/devices/snapdragon/open-phones.ts';
import { benchFeed, type FinishedBlock, type Variant, variantOf } from '../../../../device-harness/index.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { htpMissing, htpToolchain } from '../../../support/htp.ts';
import { fixture } from '../../../support/paths.ts';
import { adbProgram, RULES, takeBlocks } from './phone-bench.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-virtual-phones-'));
const link = findDriverPackages() === null ? 'adb' : 'appium';

/** The whole road: Qualcomm's compiler and emulator, the real adb and, where it is installed, the real UiAutomator2 driver. */
describe.skipIf(adbProgram === null || htpToolchain === null)(`two virtual phones by ${link}${htpMissing}`, () => {
  let phones: OpenedPhone[];
  let variant: Variant;
  const executor = createHostExecutor();
  const path = fixture('exports', 'plain_clip_x2_op17.onnx');

  beforeAll(async () => {
    phones = await openPhones([{ kind: 'virtual', id: 'SM8550' }, { kind: 'virtual', id: 'SM8650#2' }], { environment: process.env, sdk: null, chip: null, link, perf: 'balanced', folder });
    const { inputs } = await executor.describe(path);
    variant = await variantOf('plain', path, benchFeed(inputs, [], { seed: 3, defaultDim: 32 }));
  });
  afterAll(async () => {
    for (const phone of phones ?? []) await phone.close();
    await executor.close();
    await htpToolchain?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('HTP and CPU on both at once: simulated times, and outputs that the host computes too', async () => {
    expect(phones.map(({ device, sdk }) => [device.selector, device.capabilities.evidence, sdk.version])).toEqual([['virtual:SM8550', 'simulated', '2.51.0.260929'], ['virtual:SM8650#2', 'simulated', '2.51.0.260929']]);
    const shapes = new Map([...variant.feed].map(([name, { dims }]) => [name, dims]));
    const taken = await Promise.all(phones.map(async ({ device, info }) => {
      const { soc } = resolveSoc(info.soc);
      const artifacts = await compiledArtifacts(htpToolchain as NonNullable<typeof htpToolchain>, { modelPath: path, soc, units: ['htp', 'cpu'], shapes });
      return takeBlocks(device, { ...variant, artifacts }, ['htp', 'cpu'], { ...RULES, keepOutputs: true });
    }));
    const [expected] = await executor.run(path, [variant.feed]);
    for (const reports of taken as FinishedBlock[][]) {
      for (const report of reports) if (!report.ok) throw new Error(JSON.stringify(report));
      expect(reports.map(({ effectiveUnit, block }) => [effectiveUnit, block.samples.length > 10, block.loadMs > 0])).toEqual([['htp', true, true], ['cpu', true, true]]);
      const [htp, cpu] = reports as [FinishedBlock, FinishedBlock];
      expect(htp.block.acceleratorMs).toBeLessThan(htp.block.samples[0] as number);
      expect(htp.settings).toMatchObject({ 'performance profile': 'balanced', link: expect.stringContaining(link) });
      for (const [name, array] of expected ?? []) {
        const worst = (report: FinishedBlock): number => Math.max(...Array.from(report.outputs?.get(name)?.data as Float32Array, (v, i) => Math.abs(v - (array.data[i] as number))));
        expect(worst(cpu)).toBeLessThan(1e-4);
        expect(worst(htp)).toBeLessThan(0.05);
      }
    }
  });

  test('operations of the context binary, and a frame rate', async () => {
    const [phone] = phones as [OpenedPhone];
    const { soc } = resolveSoc(phone.info.soc);
    const artifacts = await compiledArtifacts(htpToolchain as NonNullable<typeof htpToolchain>, { modelPath: path, soc, units: ['htp'], shapes: new Map([...variant.feed].map(([name, { dims }]) => [name, dims])) });
    const profile = await phone.device.profile?.({ ...variant, artifacts }, 'htp');
    expect(profile?.operations.filter(({ node, cycles }) => node !== null && cycles > 0).length).toBeGreaterThan(2);
    const artifact = artifacts.get('htp') as QnnArtifact;
    const traced = { ...artifact, path: join(folder, 'traced.bin') };
    copyFileSync(artifact.path, traced.path);
    writeFileSync(join(folder, `${artifact.graph}_schematic.bin`), 'schematic');
    const trace = await phone.device.profile?.({ ...variant, artifacts: new Map([['htp', traced]]) }, 'htp');
    expect(trace).toMatchObject({ level: 'optrace', cycles: expect.any(Number) });
    expect(trace?.operations.filter(({ node }) => node !== null).map(({ node }) => node)).toEqual(profile?.operations.filter(({ node }) => node !== null).map(({ node }) => node));
    const record = await phone.device.sustain?.({ ...variant, artifacts }, 'htp', { framesPerSecond: 30, seconds: 2 });
    expect(record).toMatchObject({ missed: 0, evidence: 'simulated' });
    expect([60, 61]).toContain(record?.frames);
    expect(record?.samples).toHaveLength(record?.frames as number);
  });
});
