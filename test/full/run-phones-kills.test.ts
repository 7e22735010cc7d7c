import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findDriverPackages } from '../../device-harness/appium/driver-packages.ts';
import { findAdb } from '../../converters/toolchain/find-adb.ts';
import { findEnvironment } from '../../converters/toolchain/index.ts';
import { Prng } from '../../models/run/prng.ts';
import { parseReport } from '../../reports/model/parse-report.ts';
import type { Report } from '../../reports/model/report.ts';
import { repoRoot } from '../support/paths.ts';
import { childrenOf } from '../support/processes.ts';

/** More of them: DYNO_KILLS=100 npx vitest run --config test/full/vitest.config.ts test/full/run-phones-kills.test.ts */
const KILLS = Number(process.env['DYNO_KILLS'] ?? 6);
const PHONES = ['virtual:SM8550', 'virtual:SM8650', 'virtual:A15', 'virtual:A15#2'];
const VICTIMS = ['dyno', 'appium', 'adb'] as const;

const folder = mkdtempSync(join(tmpdir(), 'dyno-phone-kills-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const equipped = process.platform === 'linux' && findDriverPackages() !== null && findAdb() !== null && findEnvironment() !== null;

test.skipIf(!equipped)(`a run on four virtual phones, killed at ${KILLS} seeded moments (needs dyno setup python, dyno setup phones, Linux)`, async () => {
  const config = join(folder, 'dyno.config.json');
  writeFileSync(config, JSON.stringify({
    models: { net: join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx') }, targets: ['htp:SM8550', 'ane:A15'], convert: { coreml: false },
    bench: { on: PHONES, units: ['htp', 'ane'], profile: 'quick', rounds: [2, 2], wait: 0, size: 64 }, runs: 'runs',
  }));
  const random = new Prng(11);
  let ended: number | null = null;
  let kills = 0;
  for (; kills < KILLS && ended === null; kills++) {
    const began = existsSync(join(folder, 'runs'));
    ended = await struck(began, VICTIMS[random.below(VICTIMS.length)] as (typeof VICTIMS)[number], 3000 + random.below(25_000));
    if (ended !== null && kills + 1 < KILLS) {
      rmSync(join(folder, 'runs'), { recursive: true, force: true });
      ended = null;
    }
  }
  const code = ended ?? (await exitOf(start(existsSync(join(folder, 'runs')))));
  expect(code).toBe(0);
  const report = theReport();
  expect(report.warnings.filter(({ code: kind }) => kind === 'device-lost')).toEqual([]);
  for (const { device, unit, variant, blocks } of report.measurements) {
    const rounds = blocks.map(({ round }) => round).sort();
    expect(rounds, `${variant} on ${device}, ${unit}`).toEqual([0, 1]);
  }
  for (const device of PHONES) expect(report.measurements.some((m) => m.device === device), device).toBe(true);
  expect(report.measurements.flatMap(({ verified = [] }) => verified.filter(({ explained }) => !explained))).toEqual([]);
  expect(await leftovers()).toEqual([]);
}, 3_600_000);

function start(began: boolean): ChildProcess {
  const tsx = join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs');
  return spawn(process.execPath, ['--import', tsx, join(repoRoot, 'cli/bin.ts'), 'run', ...(began ? ['--resume'] : [])], { cwd: folder, stdio: 'ignore', env: { ...process.env, DYNO_CONFIG: undefined } });
}

/** Lets a run go on, strikes once, and waits for what becomes of it: null where dyno itself was killed, else its exit code. */
async function struck(began: boolean, victim: (typeof VICTIMS)[number], afterMs: number): Promise<number | null> {
  const child = start(began);
  const exit = exitOf(child);
  const timer = setTimeout(() => strike(child, victim), afterMs);
  const code = await exit;
  clearTimeout(timer);
  return victim === 'dyno' && code === 137 ? null : code;
}

function strike(child: ChildProcess, victim: (typeof VICTIMS)[number]): void {
  if (victim === 'dyno') {
    child.kill('SIGKILL');
    return;
  }
  const victims = victim === 'appium' ? childrenOf(child.pid as number, 'appium/server-process') : processes().filter(isOwnAdb).map(({ pid }) => pid);
  for (const pid of victims) process.kill(pid, 'SIGKILL');
}

/** Servers of adb on a port of their own, as dyno starts them for virtual phones: that of the user is left alone. */
function isOwnAdb({ pid, command }: { pid: number; command: string }): boolean {
  return /\badb\b.*fork-server/.test(command) && /(?:^|\0)ANDROID_ADB_SERVER_PORT=/.test(readIfThere(`/proc/${pid}/environ`));
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal === 'SIGKILL' ? 137 : (code ?? 255))));
}

function theReport(): Report {
  const [run] = readdirSync(join(folder, 'runs'));
  const path = join(folder, 'runs', run as string, 'report.json');
  return parseReport(readFileSync(path, 'utf8'), path);
}

/** Processes of this test that outlived it, given a moment to go. */
async function leftovers(): Promise<string[]> {
  for (let tries = 0; tries < 20; tries++) {
    if (processes().every(({ command }) => !command.includes(folder))) return [];
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return processes().map(({ command }) => command).filter((command) => command.includes(folder));
}

function processes(): { pid: number; command: string }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => pid !== process.pid);
  return pids.map((pid) => ({ pid, command: readIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ') }));
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
