import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Evidence } from '../../../models/contracts/index.ts';
import { inferShapes, Model, modelCost } from '../../../models/graph/index.ts';
import { type ModelProto, sha256File, writeModel } from '../../../models/onnx/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import type { LatencyEstimate } from '../../../converters/estimate/index.ts';
import { buildReport } from '../../../reports/model/index.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const macsOf = (proto: ModelProto): number => {
  const model = new Model(proto);
  inferShapes(model);
  return modelCost(model).macs as number;
};

const temporary = temporaryFolder();
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');

test('without the compiler: 2, and how to get it', async () => {
  const { code, stderr } = await runCli(['estimate', plain, '-t', 'htp:SM8650'], { env: { DYNO_CACHE: temporary('empty') } });
  expect([code, stderr.includes('dyno setup python')]).toEqual([2, true]);
});

describe.skipIf(!htpToolchain)(`with Qualcomm's compiler${htpMissing}`, () => {
  const env = (): Record<string, string> => ({ ...(process.env['DYNO_PYTHON_ENV'] ? { DYNO_PYTHON_ENV: process.env['DYNO_PYTHON_ENV'] } : {}) });
  let medium = '';
  beforeAll(async () => {
    medium = temporary('medium.onnx');
    await writeModel(generateNetwork('quicksrnet-medium', { scale: 4, size: [128, 128] }).model, medium);
  });

  test('a float model in W8A8: estimate, band, terms, points and what it rests on', async () => {
    const { code, stdout } = await runCli(['estimate', medium, '-t', 'htp:SM8650', '--json'], { env: env() });
    const { estimates } = JSON.parse(stdout) as { estimates: { evidence: string; estimate: LatencyEstimate; figures: { macs: number; bytes: number } }[] };
    const [{ evidence, estimate, figures }] = estimates as [(typeof estimates)[number]];
    expect([code, evidence, estimate.outcome]).toEqual([0, 'estimated', 'estimated']);
    /** The published network itself: 0.231 ms on the phone, 940,032 bytes of traffic. */
    expect(figures).toMatchObject({ macs: 995_622_912, bytes: 940_032 });
    expect(estimate.band.lowMs).toBeLessThan(0.231);
    expect(estimate.band.highMs).toBeGreaterThan(0.231);
    expect(estimate.fit.heldOut.length).toBe(estimate.fit.points);
  });
  test('in fp16, in words; a chip without points is refused beside it', async () => {
    const { code, stdout } = await runCli(['estimate', medium, '-t', 'htp:SM8750,htp:SM8550', '--precision', 'fp16'], { env: env() });
    expect(code).toBe(2);
    expect(stdout).toMatch(/ms estimated, band .* to .*fitted to .* networks measured on phones \(AI Hub perf\.yaml\)/s);
    expect(stdout).toContain('No latency of SM8550 in fp16 is known');
  });
  test('a network that nothing measured resembles is refused', async () => {
    const { code, stdout } = await runCli(['estimate', fixture('exports', 'vap_block_op17.onnx'), '-t', 'htp:SM8650', '--precision', 'fp16'], { env: env() });
    expect(code).toBe(2);
    expect(stdout).toMatch(/No network that was measured has .*LayerNormalization/);
  });
  test('open sizes and other targets end with 2', async () => {
    const open = await runCli(['estimate', fixture('exports', 'unshuffle_ultra_dynamic_op17.onnx'), '-t', 'htp:SM8650'], { env: env() });
    expect([open.code, open.stderr.includes('--static input=1x3xNxN')]).toEqual([2, true]);
    expect((await runCli(['estimate', plain, '-t', 'ane:A15'], { env: env() })).code).toBe(2);
  });

  describe('--calibrate', () => {
    /** Times by arithmetic, 0.5 ms + 0.2 ms/GMAC, so that the fit has to find them. */
    async function run(evidence: Evidence, device: string, unit: string): Promise<string> {
      const directory = temporary(`run-${evidence.length}-${unit}`);
      mkdirSync(join(directory, 'artifacts'), { recursive: true });
      const variants = [];
      const measurements = [];
      for (const name of ['f32-m1', 'f32-m3', 'f32-m5', 'f32-m7', 'f32-m11', 'f64-m11']) {
        const proto = generateNetwork(`quicksrnet-${name}`, { size: [64, 64] }).model;
        const file = `artifacts/${name}.onnx`;
        await writeModel(proto, join(directory, file));
        const ms = 0.5 + (0.2 * macsOf(proto)) / 1e9;
        const sha256 = await sha256File(join(directory, file));
        variants.push({ id: name, title: name, model: 'q', target: null, precision: 'fp32', file, sha256, bytes: 1, nodes: 1, parameters: null, macs: null, maxRank: 4 });
        const block = { samples: [ms, ms, ms], loadMs: 1, firstMs: 1, warmup: { runs: 1, stable: true }, startedAt: '2026-11-21T00:00:00Z', order: 0, thermal: null };
        measurements.push({
          variant: name, device, unit, effectiveUnit: unit, evidence, modelSha256: sha256, inputShapes: {}, blocks: [block, { ...block, order: 1 }], warnings: [], peakMemoryBytes: null,
        });
      }
      const environment = { dyno: '0', node: '0', os: 'x', cpu: 'x', cores: 1, memoryBytes: 1, libraries: {} };
      const info = { id: 'last-week', title: 't', startedAt: '', finishedAt: '', command: 'dyno run', resumed: false, seed: 1 };
      writeFileSync(join(directory, 'report.json'), JSON.stringify(buildReport({ run: info, environment, models: [], variants, measurements })));
      return join(directory, 'report.json');
    }

    test('fits to the times of a run, compiled from the very files', async () => {
      const report = await run('measured(device)', 'android:R5', 'htp');
      const proto = generateNetwork('abpn-32-resfree', { size: [64, 64] }).model;
      await writeModel(proto, temporary('other.onnx'));
      const { code, stdout } = await runCli(['estimate', temporary('other.onnx'), '-t', 'htp:SM8550', '--precision', 'fp16', '--calibrate', report, '--json'], { env: env() });
      const [{ estimate, notes }] = (JSON.parse(stdout) as { estimates: [{ estimate: LatencyEstimate; notes: string[] }] }).estimates;
      expect([code, estimate.sources]).toEqual([0, ['last-week']]);
      expect(notes.join()).toContain('measured on android:R5, taken to be a SM8550');
      expect(estimate.ms).toBeCloseTo(0.5 + (0.2 * macsOf(proto)) / 1e9, 6);
      expect(estimate.fit.model.msPerGmac).toBeCloseTo(0.2, 6);
    });
    test.each([['measured(host)', 'host', 'cpu:all'], ['simulated', 'virtual:x', 'htp']] as const)('%s on %s %s is no basis', async (evidence, device, unit) => {
      const { code, stderr } = await runCli(['estimate', plain, '-t', 'htp:SM8550', '--calibrate', await run(evidence, device, unit)], { env: env() });
      expect([code, stderr.includes("measured nothing on a phone's HTP"), stderr.includes(evidence)]).toEqual([2, true, true]);
    });
  });
});
