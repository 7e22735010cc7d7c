import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCoremlToolchain } from '../../../converters/coreml/toolchain.ts';
import type { Measurement } from '../../../models/contracts/records.ts';
import { carryBundle } from '../../device-harness/pack/carry-bundle.ts';
import { fixture } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const toolchain = openCoremlToolchain();
const why = toolchain instanceof Error ? ' (skipped: coremltools is not installed)' : '';
const MODEL = fixture('exports', 'plain_anchor_x2_op17.onnx');

test.skipIf(why !== '')(`a model goes to an iPhone elsewhere and comes back as measurements, outputs compared, and as a report${why}`, async () => {
  const out = temporary('b.dynobundle');
  const packed = await runCli(['pack', MODEL, '--target', 'ane:"iPhone 13 Pro"', '--unit', 'cpu,ane', '--rounds', '2', '--size', '16', '-o', out, '--json']);
  expect([packed.code, packed.code === 0 ? '' : packed.stderr]).toEqual([0, '']);
  const { batch, plan } = JSON.parse(packed.stdout) as { batch: string; plan: { chip: string; blocks: unknown[] } };
  expect([plan.chip, plan.blocks.length]).toEqual(['A15', 4]);

  const results = await carryBundle(out, { folder: temporary('phone'), productType: 'iPhone17,1' });
  expect(results).toContain(batch);
  const runs = temporary('runs');
  const { code, stdout, stderr } = await runCli(['ingest', results, '--runs', runs, '--json']);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const back = JSON.parse(stdout) as { folder: string; measurements: Measurement[]; notes: string[] };
  expect(back.measurements.map(({ unit, evidence, verified }) => [unit, evidence, verified?.map((one) => [one.evidence, one.explained])]).sort()).toEqual(['ane', 'cpu'].map((unit) => [unit, 'simulated', [['verified(simulated)', true]]]));
  expect(back.notes).toEqual(['It was packed for ane:"iPhone 13 Pro" and ran on A18 Pro.']);
  expect(readFileSync(join(back.folder, 'report.md'), 'utf8')).toContain('iPhone 16 Pro');
  expect((await runCli(['report', back.folder])).code).toBe(0);
}, 60_000);

test('what is no unit of an iPhone, and two phones for one bundle, are told before anything is made', async () => {
  const said = async (...args: string[]): Promise<unknown> => {
    const { code, stderr } = await runCli(['pack', MODEL, '-o', temporary('x'), ...args]);
    return [code, stderr];
  };
  expect(await said('--target', 'ane:A15', '--unit', 'htp')).toEqual([2, expect.stringContaining('An iPhone has no unit "htp"')]);
  expect(await said('--target', 'ane:A15,ane:A17')).toEqual([2, expect.stringContaining('a bundle is for one phone')]);
});
