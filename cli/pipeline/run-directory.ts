import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { Config } from '../config/config.ts';
import type { ModelRef } from '../work/model-refs.ts';
import { writeFileSafely } from '../write-file.ts';

const PLAN_VERSION = 1;

/** What a run was asked to do, written before it begins: a resumed run does the same. */
export interface RunPlan {
  readonly planVersion: typeof PLAN_VERSION;
  readonly id: string;
  readonly dyno: string;
  readonly createdAt: string;
  readonly command: string;
  readonly models: readonly ModelRef[];
  readonly config: Config;
}

/** Name of a new run: when it began and what it is about. */
export function runId(now: Date, models: readonly ModelRef[]): string {
  const time = now.toISOString().slice(0, 19).replace(/[:T]/g, '-');
  const subject = models.length === 1 ? (models[0]?.id ?? '') : `${models.length}-models`;
  return `${time}-${subject.replace(/[^\w.-]+/g, '-')}`;
}

export function writePlan(directory: string, plan: Omit<RunPlan, 'planVersion'>): void {
  writeFileSafely(join(directory, 'plan.json'), `${JSON.stringify({ planVersion: PLAN_VERSION, ...plan }, null, 1)}\n`);
}

/** The plan of a run directory. Throws UserError where there is none, or one of another format. */
export function readPlan(directory: string): RunPlan {
  let plan: RunPlan;
  try {
    plan = JSON.parse(readFileSync(join(directory, 'plan.json'), 'utf8')) as RunPlan;
  } catch (error) {
    throw new UserError(
      `${directory} is no run directory: it holds no readable plan.json.`,
      ['Name a run with --resume DIR, or start one: dyno run'],
      { cause: error },
    );
  }
  if (plan.planVersion === PLAN_VERSION) return plan;
  throw new UserError(
    `${directory} was written by dyno ${plan.dyno} in format ${plan.planVersion}; this one knows format ${PLAN_VERSION}.`,
    ['Start a new run: dyno run'],
  );
}

/** The newest run in a folder of runs. Throws UserError where there is none. */
export function lastRun(runs: string): string {
  const names = existsSync(runs)
    ? readdirSync(runs)
        .filter((name) => existsSync(join(runs, name, 'plan.json')))
        .sort()
    : [];
  const last = names.at(-1);
  if (last === undefined) throw new UserError(`There is no run in ${runs}.`, ['Start one: dyno run']);
  return join(runs, last);
}

/** A run that somebody named: its directory, its name among the runs, or a file inside of it. */
export function findRun(named: string, runs: string, cwd: string): string {
  for (const candidate of [resolve(cwd, named), join(runs, named)]) {
    if (existsSync(join(candidate, 'plan.json')) || existsSync(join(candidate, 'report.json'))) return candidate;
    if (basename(candidate) === 'report.json' && existsSync(candidate)) return resolve(candidate, '..');
  }
  throw new UserError(`There is no run ${named}.`, [`Runs lie in ${runs}; the last one is meant where none is named.`]);
}
