import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layout, RUNNER_VERSION } from '../../../device-harness/runner/index.ts';
import { HEALTHY, type IphoneState, writeState } from '../../../device-harness/virtual/iphone/iphone-state.ts';
import type { RunnerStart, SpeedModel } from '../../../device-harness/virtual/iphone/runner/start.ts';
import { forkWorker } from '../../../models/run/fork-worker.ts';

export interface Carried {
  readonly folder: string;
  readonly productType?: string;
  readonly state?: Partial<IphoneState>;
  readonly speed?: SpeedModel;
}

const MOST_LAUNCHES = 8;

/** What a person elsewhere does with a bundle, on a virtual iPhone without any driver: opens it, starts its batch until it has ended, and sends the results. Their path. */
export async function carryBundle(bundle: string, { folder, productType = 'iPhone14,2', state = {}, speed }: Carried): Promise<string> {
  const documents = join(folder, 'Documents');
  mkdirSync(documents, { recursive: true });
  writeState(folder, { ...HEALTHY, runner: RUNNER_VERSION, ...state });
  execFileSync('tar', ['-xf', bundle, '-C', documents]);
  const batch = readdirSync(join(documents, 'batches'))[0] as string;
  const start: RunnerStart = { phone: folder, documents, caches: join(folder, 'Caches'), args: ['--batch', batch], version: RUNNER_VERSION, productType, system: '17.5', speed: speed ?? null };
  for (let launch = 0; launch < MOST_LAUNCHES && !isOver(join(documents, layout.status(batch))); launch++) {
    const child = forkWorker('device-harness/virtual/iphone/runner/runner-process');
    child.stderr?.resume();
    child.send(start);
    await new Promise((resolve) => child.once('exit', resolve));
  }
  const results = join(folder, `${batch}-results.tar.gz`);
  execFileSync('tar', ['-czf', results, '-C', documents, 'runner.json', join('batches', batch)]);
  return results;
}

function isOver(status: string): boolean {
  return existsSync(status) && ['finished', 'refused'].includes((JSON.parse(readFileSync(status, 'utf8')) as { phase: string }).phase);
}
