import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PackPlan } from '../../device-harness/pack/plan.ts';
import { makeVirtualSdk } from '../../device-harness/virtual/qnn-sdk/make-sdk.ts';
import { leaveSource } from '../../device-harness/virtual/qnn-sdk/sources.ts';
import type { VirtualPhone } from '../../device-harness/virtual/android/virtual-phone.ts';
import type { Measurement } from '../../models/contracts/records.ts';
import { adbProgram, PhoneBench } from '../device-harness/devices/snapdragon/phone-bench.ts';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { fixture } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const temporary = temporaryFolder();
const model = fixture('exports', 'plain_clip_x2_op17.onnx');
const json = (stdout: string): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>;

const run = promisify(execFile);

/** Unpacks and runs as a person with adb and a phone does. */
async function measureElsewhere(bundle: string, folder: string, serial: string, env: NodeJS.ProcessEnv): Promise<string> {
  mkdirSync(folder, { recursive: true });
  await run('tar', ['-xzf', bundle, '-C', folder]);
  await run('sh', ['./run.sh', serial], { cwd: join(folder, 'dyno-bundle'), env, timeout: 300_000 });
  return join(folder, 'dyno-bundle', 'results.tar.gz');
}

describe.skipIf(!htpToolchain || adbProgram === null)(`pack, measure elsewhere, ingest, on a virtual phone${htpMissing}`, () => {
  let bench: PhoneBench;
  let phone: VirtualPhone;
  beforeAll(async () => {
    bench = await PhoneBench.start(temporary('bench'));
    phone = await bench.attach({ soc: 'SM8650', state: { speed: { scale: 0 } } });
  });
  afterAll(() => bench.close());

  test('context binary and DLC: figures are simulated, outputs are the emulator’s bit for bit, dyno report knows the run', async () => {
    const [sdk, bundle, runs, home] = [temporary('sdk'), temporary('bundle.tar.gz'), temporary('runs'), temporary('home')];
    makeVirtualSdk(sdk, { version: '2.51.0.260929' });
    mkdirSync(home);
    const packed = await runCli(['pack', model, '--target', 'htp:SM8650', '--unit', 'htp,cpu', '--sdk', sdk, '--rounds', '2', '-o', bundle, '--json']);
    expect(packed.code).toBe(0);
    const { plan } = json(packed.stdout) as { plan: PackPlan };
    const dlc = plan.models[0]?.units['cpu']?.artifact as NonNullable<PackPlan['models'][number]['units'][string]>['artifact'];
    leaveSource(phone.sources, { ...dlc, source: { ...dlc.source, path: model } });
    const results = await measureElsewhere(bundle, temporary('elsewhere'), phone.serial, { ...bench.environment, HOME: home });
    const taken = await runCli(['ingest', results, '--sdk', sdk, '--runs', runs, '--json']);
    expect([taken.code, taken.stderr]).toEqual([0, expect.any(String)]);
    const { measurements, failures, folder } = json(taken.stdout) as { measurements: Measurement[]; failures: unknown[]; folder: string };
    expect(failures).toEqual([]);
    expect(measurements.map(({ unit, evidence, device, blocks }) => [unit, evidence, device, blocks.length])).toEqual([['htp', 'simulated', `android:${phone.serial}`, 2], ['cpu', 'simulated', `android:${phone.serial}`, 2]]);
    const [htp, cpu] = measurements.map(({ verified = [] }) => verified.map(({ evidence, against, bitEqual, explained }) => [evidence, against, bitEqual, explained]));
    expect(htp).toEqual([['verified(simulated)', 'host', false, true], ['verified(simulated)', 'emulator:SM8650', true, true]]);
    expect(cpu).toEqual([['verified(simulated)', 'host', true, true]]);
    const report = await runCli(['report', folder]);
    expect([report.code, report.stdout]).toEqual([0, expect.stringContaining('simulated')]);
    expect(readdirSync(home, { recursive: true })).toEqual([]);
  });
});

const serial = process.env['DYNO_ANDROID_SERIAL'];
const qnnSdk = process.env['DYNO_QNN_SDK'];

describe.skipIf(!serial || !qnnSdk)('a real phone (DYNO_ANDROID_SERIAL) with a real SDK (DYNO_QNN_SDK)', () => {
  test('is listed, diagnosed and measured, here and by a bundle: measured(device), outputs explained', async () => {
    const [name, sdk] = [serial as string, qnnSdk as string];
    const { phones } = json((await runCli(['devices', '--json'])).stdout) as { phones: { serial: string; info?: { chip: { chip: string } | null; virtual: boolean } }[] };
    const chip = phones.find((phone) => phone.serial === name)?.info?.chip?.chip;
    expect(chip, 'a Snapdragon with HTP that is attached and allowed').toBeDefined();
    const doctor = await runCli(['doctor', 'android', '--json'], { env: { QAIRT_SDK_ROOT: sdk } });
    expect(doctor.code).toBe(0);
    const judge = (measurements: readonly Measurement[]): void => {
      expect(measurements.map(({ unit }) => unit)).toContain('htp');
      for (const { unit, evidence, effectiveUnit, verified = [] } of measurements) {
        expect([unit, evidence, effectiveUnit]).toEqual([unit, 'measured(device)', unit]);
        for (const one of verified) expect([unit, one.against, one.evidence, one.explained]).toEqual([unit, one.against, 'verified(device)', true]);
      }
    };
    const here = await runCli(['bench', model, '--on', `android:${name}`, '--unit', 'htp,gpu,cpu', '--sdk', sdk, '--rounds', '2', '--json']);
    judge((json(here.stdout) as { measurements: Measurement[] }).measurements);
    const bundle = temporary('bundle.tar.gz');
    await runCli(['pack', model, '--target', `htp:${chip}`, '--unit', 'htp,cpu', '--sdk', sdk, '--rounds', '2', '-o', bundle]);
    const results = await measureElsewhere(bundle, temporary('elsewhere'), name, process.env);
    const taken = await runCli(['ingest', results, '--sdk', sdk, '--runs', temporary('runs'), '--json']);
    judge((json(taken.stdout) as { measurements: Measurement[] }).measurements);
    expect(readFileSync(join(temporary('elsewhere'), 'dyno-bundle/results/serial.txt'), 'utf8').trim()).toBe(name);
  });
});
