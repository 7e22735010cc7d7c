import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What one whole process took. */
export interface ProcessRun {
  /** Wall time. */
  readonly seconds: number;
  /** User and system time together: what other programs on the machine disturb less. */
  readonly cpuSeconds: number;
  /** Largest resident set. */
  readonly mebibytes: number;
}

/** A program to be timed. */
export interface Contestant {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Called before each run, outside of the timed part. */
  readonly prepare?: () => void;
  /** Called after each run; throws when the program did not do its work. */
  readonly check?: () => void;
}

const TIME = '/usr/bin/time';

/** Runs one process under GNU time. Throws with what the process said when it fails. */
export function runProcess(command: string, args: readonly string[], cwd?: string): ProcessRun {
  if (!existsSync(TIME)) throw new Error(`${TIME} is missing: install GNU time (apt-get install time).`);
  const start = process.hrtime.bigint();
  const result = spawnSync(TIME, ['-f', '%U %S %M', command, ...args], { encoding: 'utf8', cwd, maxBuffer: 2 ** 28 });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${result.stderr}`);
  const [user, system, kibibytes] = (result.stderr.trim().split('\n').at(-1) as string).split(' ').map(Number) as [number, number, number];
  return { seconds, cpuSeconds: user + system, mebibytes: kibibytes / 1024 };
}

/**
 * Runs every contestant once a round; who begins moves on by one each round, so that a disturbance of some seconds meets all of them. A
 * contestant that fails is left out from then on, and its message stands in place of its runs.
 */
export function interleaved(contestants: readonly Contestant[], rounds: number): ReadonlyMap<string, ProcessRun[] | string> {
  const results = new Map<string, ProcessRun[] | string>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contestants.length; i++) {
      const contestant = contestants[(i + round) % contestants.length] as Contestant;
      const runs = results.get(contestant.name) as ProcessRun[] | string;
      if (typeof runs === 'string') continue;
      try {
        runs.push(runContestant(contestant));
      } catch (error) {
        results.set(contestant.name, (error as Error).message);
      }
    }
  }
  return results;
}

function runContestant({ command, args, cwd, prepare, check }: Contestant): ProcessRun {
  prepare?.();
  const run = runProcess(command, args, cwd);
  check?.();
  return run;
}

/** Minimum and median wall time, minimum CPU time, largest memory. */
export function summarize(runs: readonly ProcessRun[]): { min: number; median: number; cpu: number; mebibytes: number } {
  const seconds = runs.map((run) => run.seconds).sort((a, b) => a - b);
  return {
    min: seconds[0] as number,
    median: seconds[Math.floor((seconds.length - 1) / 2)] as number,
    cpu: Math.min(...runs.map((run) => run.cpuSeconds)),
    mebibytes: Math.max(...runs.map((run) => run.mebibytes)),
  };
}
