import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleCommand } from '../../../../models/run/fork-worker.ts';
import { Prng } from '../../../../models/run/prng.ts';
import type { VirtualPhone } from '../../../../device-harness/virtual/android/virtual-phone.ts';
import type { PhoneBench } from './phone-bench.ts';
import type { PhoneWork } from './phone-worker.ts';
import type { ScriptedSdk } from './scripted-sdk.ts';

type Victim = 'dyno' | 'adb' | 'appium';

export interface KillPlan {
  readonly seed: number;
  readonly kills: number;
  readonly victims: readonly Victim[];
  readonly link: 'adb' | 'appium';
  readonly blocks: number;
  /** Longest time before a kill. */
  readonly withinMs: number;
}

export interface KillOutcome {
  /** Orders of the blocks that were written down, as they were. */
  readonly orders: readonly number[];
  readonly samples: readonly number[];
  /** Programs that ran on the phone at the same time. */
  readonly overlaps: readonly string[];
  /** Folders of runs that are left there. */
  readonly leftovers: readonly string[];
  /** Kills that hit something alive. */
  readonly hits: number;
  /** Runs that ended by themselves, because what they need was killed again and again. */
  readonly gaveUp: number;
}

/** Runs blocks in a process of its own, kills what the seed says when it says, and lets the run be taken up again until all blocks are there. */
export async function killRun(bench: PhoneBench, phone: VirtualPhone, sdk: ScriptedSdk, plan: KillPlan): Promise<KillOutcome> {
  const prng = new Prng(plan.seed);
  const work: PhoneWork = { serial: phone.serial, sdk: sdk.sdk.root, folder: bench.folder, link: plan.link, results: join(bench.folder, `results-${plan.seed}`), blocks: plan.blocks };
  const environment = { ...bench.environment, ...(plan.link === 'appium' ? { DYNO_CACHE: process.env['DYNO_CACHE'] } : {}), DYNO_PHONE_WORK: JSON.stringify(work) };
  const [command, ...args] = moduleCommand('test/device-harness/devices/snapdragon/phone-worker') as [string, ...string[]];
  let [hits, gaveUp, errors] = [0, 0, ''];
  for (let kill = 0; ; kill++) {
    const child = spawn(command, args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { errors = (errors + text).slice(-4000); });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    let alive = true;
    void ended.then(() => { alive = false; });
    while (alive && kill < plan.kills) {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, prng.uniform() * plan.withinMs))]);
      if (!alive) break;
      const victim = plan.victims[Math.floor(prng.uniform() * plan.victims.length)] as Victim;
      if (strike(victim, child, bench)) hits++;
      if (victim === 'dyno') break;
      kill++;
    }
    const code = await ended;
    if (code === 0) break;
    if (code !== null && (!/LinkLostError/.test(errors) || ++gaveUp > plan.kills / 4)) throw new Error(`The run ended with ${code}: ${errors}`);
  }
  const lines = readFileSync(work.results, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as { order: number; samples: number });
  const runs = join(phone.root, 'data/local/tmp/npu-dyno/runs');
  return {
    orders: lines.map(({ order }) => order), samples: lines.map(({ samples }) => samples), overlaps: sdk.starts().filter((line) => line.startsWith('overlap')),
    leftovers: existsSync(runs) ? readdirSync(runs) : [], hits, gaveUp,
  };
}

/** Kills by SIGKILL; false where there was nothing to kill. */
function strike(victim: Victim, child: ChildProcess, bench: PhoneBench): boolean {
  const pids = victim === 'dyno' ? [child.pid as number] : victim === 'adb' ? pgrep(['-f', `tcp:${bench.environment['ANDROID_ADB_SERVER_PORT']} fork-server`]) : pgrep(['-P', String(child.pid), '-f', 'appium/server-process']);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return pids.length > 0;
}

function pgrep(args: readonly string[]): number[] {
  try {
    return execFileSync('pgrep', args, { encoding: 'utf8' }).split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
