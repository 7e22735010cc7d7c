import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPlan, type RunPlan } from '../../pipeline/run-directory.ts';
import type { PastRun } from '../state/found.ts';

/** Plans of the latest runs in a folder, the latest first; what cannot be read is left out. */
export function readPlans(runs: string, most: number): RunPlan[] {
  return runNames(runs).slice(0, most).flatMap((name) => planOf(runs, name) ?? []);
}

/** All runs in a folder, the latest first, with their verdicts where they finished. */
export async function listRuns(runs: string, signal: AbortSignal): Promise<PastRun[]> {
  const found: PastRun[] = [];
  for (const name of runNames(runs)) {
    await new Promise((resolve) => setImmediate(resolve)); // reports may be large: the screen has its turn between them
    signal.throwIfAborted();
    const plan = planOf(runs, name);
    if (plan) found.push({ id: name, startedAt: plan.createdAt, models: plan.models.map(({ id }) => id), targets: plan.config.targets, verdict: verdictOf(join(runs, name)) });
  }
  return found;
}

/** Names begin with the time. */
function runNames(runs: string): string[] {
  return existsSync(runs) ? readdirSync(runs).sort().reverse() : [];
}

function planOf(runs: string, name: string): RunPlan | null {
  try {
    return readPlan(join(runs, name));
  } catch {
    return null;
  }
}

/** Null where there is no report: the run broke off, or still goes on. */
function verdictOf(directory: string): PastRun['verdict'] {
  try {
    const { verdict } = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as { verdict: { status: string; sentence: string; exitCode: number } };
    return { status: verdict.status, sentence: verdict.sentence, exitCode: verdict.exitCode };
  } catch {
    return null;
  }
}
