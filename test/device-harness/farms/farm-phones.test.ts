import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findEnvironment } from '../../../converters/toolchain/index.ts';
import { AppiumServer } from '../../../device-harness/appium/appium-server.ts';
import { type DriverPackages, findDriverPackages } from '../../../device-harness/appium/driver-packages.ts';
import { type FarmSettings, farmOf } from '../../../device-harness/farms/farm.ts';
import { openFarmPhone } from '../../../device-harness/farms/open-farm-phones.ts';
import { parseReport } from '../../../reports/model/parse-report.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { runCli } from '../../support/run-cli.ts';
import { adbProgram, PhoneBench } from '../devices/snapdragon/phone-bench.ts';
import { FarmGate } from './farm-gate.ts';

const packages = findDriverPackages();
const folder = mkdtempSync(join(tmpdir(), 'dyno-farm-'));
const [USER, KEY] = ['farm-user-7f3a', 'farm-key-91c2e4'];
const secrets = [USER, KEY, Buffer.from(`${USER}:${KEY}`).toString('base64')];
const MOST = 20_000;

/** The farm's Appium has the adb; dyno is given one that writes down that it was called. */
describe.skipIf(packages === null || adbProgram === null)('Snapdragon phones of a farm (needs dyno setup phones and dyno setup python)', () => {
  let bench: PhoneBench;
  let server: AppiumServer;
  let gate: FarmGate;
  let settings: FarmSettings;
  const trap = join(folder, 'trap');

  beforeAll(async () => {
    bench = await PhoneBench.start(join(folder, 'bench'));
    const phone = await bench.attach({ soc: 'SM8650' });
    const sdk = join(folder, 'farm-sdk', 'platform-tools');
    mkdirSync(sdk, { recursive: true });
    symlinkSync(adbProgram as string, join(sdk, basename(adbProgram as string)));
    const adbPort = Number(bench.environment['ANDROID_ADB_SERVER_PORT']);
    server = await AppiumServer.start(packages as DriverPackages, { drivers: ['uiautomator2'], folder: join(folder, 'farm'), environment: { ANDROID_HOME: dirname(sdk), ANDROID_ADB_SERVER_PORT: String(adbPort) } });
    gate = await FarmGate.open({ appium: server.port, pair: `${USER}:${KEY}` });
    mkdirSync(join(trap, 'platform-tools'), { recursive: true });
    const own = join(trap, 'platform-tools', 'adb');
    writeFileSync(own, `#!/bin/sh\necho "$@" >> ${join(trap, 'called')}\nexit 1\n`);
    chmodSync(own, 0o755);
    settings = {
      url: gate.url, user: 'FARM_USER', key: 'FARM_KEY', platform: 'android', flags: { maxPushBytes: MOST, idleLimitSeconds: 3 },
      capabilities: { 'appium:udid': phone.serial, 'appium:adbPort': adbPort, 'appium:skipServerInstallation': true, 'appium:skipDeviceInitialization': true, 'appium:noSign': true, 'appium:suppressKillServer': true },
    };
  });

  afterEach(() => { gate.seen.length = 0; });

  afterAll(async () => {
    await gate?.close();
    await server?.stop();
    await bench?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const environment = (key = KEY): Record<string, string> => ({ FARM_USER: USER, FARM_KEY: key, ANDROID_HOME: trap });
  const openOptions = () => ({
    packages: packages as DriverPackages, environment: { ...process.env, ...environment(), DYNO_CACHE: join(folder, 'cache') }, sdk: null, perf: 'burst' as const, folder: join(folder, 'work'), emit: () => undefined, againMs: 20,
  });

  test.skipIf(findEnvironment() === null)('dyno run measures through the URL alone: in small pushes, without adb, without a trace of the key', async () => {
    writeFileSync(join(folder, 'tiny.onnx'), toBytes(buildModel({ inputs: { x: ['float32', [1, 8, 16, 16]] }, outputs: { y: ['float32', [1, 8, 16, 16]] }, nodes: [['Relu', ['x'], ['h']], ['Add', ['x', 'h'], ['y']]] })));
    const config = join(folder, 'dyno.config.json');
    writeFileSync(config, JSON.stringify({ models: { tiny: 'tiny.onnx' }, targets: ['htp:SM8650'], convert: { coreml: false }, bench: { on: 'farm:lab', units: ['htp'], rounds: [1, 1], wait: 5 }, phone: { operations: false }, farms: { lab: settings }, runs: 'runs' }));
    const { code, stdout, stderr } = await runCli(['run', '-c', config], { env: environment() });
    expect(stderr).toContain('farm:lab is Virtual SM8650');
    expect(code, stderr).toBe(0);
    const files = filesBelow(join(folder, 'runs'));
    const report = files.find((path) => path.endsWith('report.json')) as string;
    const { measurements, devices } = parseReport(readFileSync(report, 'utf8'), report);
    expect(measurements.map(({ device, unit, evidence }) => [device, unit, evidence])).toContainEqual(['farm:lab', 'htp', 'simulated']);
    expect(devices?.map(({ device, chip }) => [device, chip])).toEqual([['farm:lab', 'SM8650']]);
    expect(gate.seen.every(({ authorized }) => authorized)).toBe(true);
    const pushed = gate.which('POST', /push_file$/).map(({ body }) => Buffer.from((JSON.parse(body) as { data: string }).data, 'base64').length);
    expect(Math.max(...pushed)).toBe(MOST);
    expect(gate.which('DELETE', /^\/session\/[^/]+$/)).toHaveLength(gate.which('POST', /^\/session$/).length);
    expect(existsSync(join(trap, 'called')), 'adb was called').toBe(false);
    for (const text of [stdout, stderr, ...files.map((path) => readFileSync(path, 'latin1'))]) expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  test('credentials that are refused: the variables are named, the key is not', async () => {
    const config = join(folder, 'dyno.config.json');
    writeFileSync(config, JSON.stringify({ farms: { lab: settings }, runs: 'runs' }));
    const { code, stdout, stderr } = await runCli(['bench', join(folder, 'tiny.onnx'), '--on', 'farm:lab', '-c', config, '-v'], { env: environment('farm-key-wrong') });
    expect(code).toBe(2);
    expect(stderr).toContain('farm:lab refuses the credentials');
    expect(stderr).toContain('FARM_USER and FARM_KEY');
    expect(stdout + stderr).not.toMatch(/farm-key|farm-user/);
  });

  test('a phone is one dyno\'s at a time, idle sessions are kept awake, and heat is unknown where nobody may ask', async () => {
    const farm = farmOf('lab', { ...settings, flags: { idleLimitSeconds: 0.6, thermalStatus: false } });
    const opened = await openFarmPhone({ kind: 'farm', id: 'lab' }, farm, openOptions());
    const asked = gate.seen.length;
    await expect(openFarmPhone({ kind: 'farm', id: 'lab#2' }, farm, openOptions())).rejects.toThrow(/^farm:lab 127\.0\.0\.1:\d+ is in use by process/);
    expect(gate.seen.length, 'a second session would have ended the first').toBe(asked);
    expect(await opened.device.readiness()).toEqual({ ready: true, thermal: null, reason: null });
    const before = gate.seen.length;
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(gate.seen.slice(before).map(({ body }) => body).every((body) => body.includes('mobile: shell'))).toBe(true);
    expect(gate.seen.length).toBeGreaterThan(before + 1);
    await opened.close();
    expect(existsSync(join(trap, 'called'))).toBe(false);
  });
});

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true }).map((name) => join(path, String(name))).filter((file) => statSync(file).isFile());
}
