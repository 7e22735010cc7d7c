import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findEnvironment } from '../../converters/toolchain/index.ts';
import { freePort } from '../../device-harness/adb/free-port.ts';
import { AppiumServer } from '../../device-harness/appium/appium-server.ts';
import { type DriverPackages, findDriverPackages } from '../../device-harness/appium/driver-packages.ts';
import { farmOf, type FarmSettings } from '../../device-harness/farms/farm.ts';
import { FarmSessions } from '../../device-harness/farms/farm-sessions.ts';
import { parseReport } from '../../reports/model/parse-report.ts';
import { adbProgram, PhoneBench } from '../device-harness/devices/snapdragon/phone-bench.ts';
import { runCli } from '../support/run-cli.ts';
import { buildModel, toBytes } from '../support/build-model.ts';
import { gridClassPath, gridMissing } from './grid-library.ts';

const packages = findDriverPackages();
const folder = mkdtempSync(join(tmpdir(), 'dyno-grid-'));
const [USER, KEY] = ['grid-user-51', 'grid-key-8d2f60'];
const CHIPS = ['SM8650', 'SM8550'];
const missing = gridMissing || packages === null || adbProgram === null || findEnvironment() === null;

describe.skipIf(missing)('a Selenium Grid with two relayed Appium servers (needs Java, Maven or DYNO_SELENIUM_GRID_JAR, dyno setup phones, dyno setup python)', () => {
  const jvms: ChildProcess[] = [];
  const servers: AppiumServer[] = [];
  const benches: PhoneBench[] = [];
  const environment = { GRID_USER: USER, GRID_KEY: KEY };
  let farms: Record<string, FarmSettings>;

  beforeAll(async () => {
    const [hub, publish, subscribe] = [await freePort(), await freePort(), await freePort()];
    const classPath = await gridClassPath();
    const java = (...args: readonly string[]): void => {
      jvms.push(spawn('java', ['-Xmx256m', '-cp', classPath, 'org.openqa.selenium.grid.Main', ...args, '--log', join(folder, `grid-${jvms.length}.log`)], { stdio: 'ignore' }));
    };
    const events = [`tcp://127.0.0.1:${publish}`, `tcp://127.0.0.1:${subscribe}`] as const;
    java('hub', '--host', '127.0.0.1', '--port', String(hub), '--publish-events', events[0], '--subscribe-events', events[1], '--session-request-timeout', '4', '--username', USER, '--password', KEY);
    const common = { 'appium:skipServerInstallation': true, 'appium:skipDeviceInitialization': true, 'appium:noSign': true, 'appium:suppressKillServer': true };
    farms = {};
    for (const soc of CHIPS) {
      const bench = await PhoneBench.start(join(folder, soc));
      benches.push(bench);
      const phone = await bench.attach({ soc });
      const sdk = join(folder, soc, 'sdk', 'platform-tools');
      mkdirSync(sdk, { recursive: true });
      symlinkSync(adbProgram as string, join(sdk, basename(adbProgram as string)));
      const adbPort = bench.environment['ANDROID_ADB_SERVER_PORT'] as string;
      const server = await AppiumServer.start(packages as DriverPackages, { drivers: ['uiautomator2'], folder: join(folder, soc, 'appium'), environment: { ANDROID_HOME: dirname(sdk), ANDROID_ADB_SERVER_PORT: adbPort } });
      servers.push(server);
      const stereotype = JSON.stringify({ platformName: 'Android', 'appium:automationName': 'UiAutomator2', 'appium:udid': phone.serial, 'dyno:soc': soc });
      const config = join(folder, `${soc}.toml`);
      writeFileSync(config, [
        '[server]', `port = ${await freePort()}`, '[node]', 'detect-drivers = false', 'session-timeout = 30', '[events]', `publish = "${events[0]}"`, `subscribe = "${events[1]}"`,
        '[relay]', `url = "http://127.0.0.1:${server.port}"`, 'status-endpoint = "/status"', `configs = ["1", ${JSON.stringify(stereotype)}]`, '',
      ].join('\n'));
      java('node', '--host', '127.0.0.1', '--config', config);
      farms[soc.toLowerCase()] = {
        url: `http://127.0.0.1:${hub}`, user: 'GRID_USER', key: 'GRID_KEY', platform: 'android', queueSeconds: 60, flags: { idleLimitSeconds: 20 },
        capabilities: { 'dyno:soc': soc, 'appium:udid': phone.serial, 'appium:adbPort': Number(adbPort), ...common },
      };
    }
    await ready(hub);
  });

  afterAll(async () => {
    for (const jvm of jvms) jvm.kill();
    await Promise.all(servers.map((server) => server.stop()));
    for (const bench of benches) await bench.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('dyno run measures on both phones at the same time, through the hub alone', async () => {
    writeFileSync(join(folder, 'tiny.onnx'), toBytes(buildModel({ inputs: { x: ['float32', [1, 8, 16, 16]] }, outputs: { y: ['float32', [1, 8, 16, 16]] }, nodes: [['Relu', ['x'], ['h']], ['Add', ['x', 'h'], ['y']]] })));
    const config = join(folder, 'dyno.config.json');
    writeFileSync(config, JSON.stringify({
      models: { tiny: 'tiny.onnx' }, targets: ['htp:SM8650'], convert: { coreml: false }, bench: { on: ['farm:sm8650', 'farm:sm8550'], units: ['htp'], rounds: [2, 2], wait: 5 }, phone: { operations: false }, farms, runs: 'runs',
    }));
    const { code, stderr } = await runCli(['run', '-c', config], { env: environment });
    expect(code, stderr).toBe(0);
    const files = readdirSync(join(folder, 'runs'), { recursive: true }).map((name) => join(folder, 'runs', String(name))).filter((path) => statSync(path).isFile());
    const report = files.find((path) => path.endsWith('report.json')) as string;
    const { devices, measurements } = parseReport(readFileSync(report, 'utf8'), report);
    expect(devices?.map(({ device, chip }) => [device, chip]).sort()).toEqual([['farm:sm8550', 'SM8550'], ['farm:sm8650', 'SM8650']]);
    expect(new Set(measurements.map(({ device }) => device))).toEqual(new Set(['farm:sm8550', 'farm:sm8650']));
    for (const path of files) for (const secret of [KEY, Buffer.from(`${USER}:${KEY}`).toString('base64')]) expect(readFileSync(path, 'latin1'), path).not.toContain(secret);
  });

  test('a phone that somebody has is waited for, through the end of the hub\'s own queue', async () => {
    const notes: string[] = [];
    const sessions = () => new FarmSessions({ farm: farmOf('grid', farms['sm8650'] as FarmSettings), packages: packages as DriverPackages, environment, note: (code) => { notes.push(code); }, beat: async () => undefined, againMs: 100 });
    const android = { platformName: 'Android', 'appium:automationName': 'UiAutomator2' };
    const first = await sessions().open(android);
    const second = sessions().open(android);
    while (notes.length === 0) await Promise.race([second, new Promise((resolve) => setTimeout(resolve, 50))]);
    await first.close();
    await (await second).close();
    expect(notes).toEqual(['farm-queue']);
  });

  test('sessions outlive the node\'s limit of 30 s of silence, by beats; without them they do not', async () => {
    const open = (idleLimitSeconds: number | null, soc: string) => new FarmSessions({
      farm: farmOf('grid', { ...(farms[soc] as FarmSettings), flags: { idleLimitSeconds } }), packages: packages as DriverPackages, environment, note: () => undefined, beat: (session) => session.execute('mobile: shell', { command: 'true' }),
    }).open({ platformName: 'Android', 'appium:automationName': 'UiAutomator2' });
    const [awake, asleep] = await Promise.all([open(20, 'sm8650'), open(null, 'sm8550')]);
    await new Promise((resolve) => setTimeout(resolve, 75_000));
    await expect(awake.execute('mobile: shell', { command: 'echo', args: ['here'] })).resolves.toContain('here');
    await expect(asleep.execute('mobile: shell', { command: 'true' })).rejects.toThrow();
    await awake.close();
  });

  test('a key that is refused', async () => {
    const sessions = new FarmSessions({ farm: farmOf('grid', farms['sm8650'] as FarmSettings), packages: packages as DriverPackages, environment: { ...environment, GRID_KEY: 'something else' }, note: () => undefined, beat: async () => undefined });
    await expect(sessions.open({ platformName: 'Android' })).rejects.toThrow('farm:grid refuses the credentials.');
  });
});

/** Until both nodes are registered and up. */
async function ready(hub: number): Promise<void> {
  const headers = { authorization: `Basic ${Buffer.from(`${USER}:${KEY}`).toString('base64')}` };
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${hub}/status`, { headers }).then((reply) => reply.json(), () => null) as { value?: { nodes?: { availability: string }[] } } | null;
    if (status?.value?.nodes?.filter(({ availability }) => availability === 'UP').length === CHIPS.length) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
