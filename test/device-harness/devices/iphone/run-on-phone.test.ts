import { describe, expect, test } from 'vitest';
import type { IphoneInfo } from '../../../../device-harness/devices/iphone/ask-phone.ts';
import { type RunnerLink, resultsOnPhone, runOnPhone } from '../../../../device-harness/devices/iphone/run-on-phone.ts';
import { type BatchSpec, CONTRACT_VERSION, layout, type Status, type StepResult } from '../../../../device-harness/runner/index.ts';
import { QUICK } from './phone-lab.ts';

const AT = '2026-11-21T17:30:00.000Z';
const SPEC: BatchSpec = {
  schema: CONTRACT_VERSION, id: 'batch', models: [{ id: 'm', blob: 'a'.repeat(64), function: null, feeds: [] }], ...QUICK, attempts: 2, stepsPerLaunch: 1, heartbeatSeconds: 5,
  steps: [0, 1, 2].map((i) => ({ type: 'plan', id: `p${i}`, model: 'm', unit: 'ane' })), coolDown: { gate: 'nominal', maxWaitMs: 0, totalWaitMs: 0, pollMs: 1 },
};

function status(change: Partial<Status>): Status {
  return {
    schema: CONTRACT_VERSION, batch: 'batch', phase: 'finished', step: null, model: null, unit: null, attempt: 0, launch: 1, done: 0, total: 3, failed: 0, progress: 0, at: AT, thermal: 'nominal', lowPowerMode: false, waitedMs: 0,
    note: null, ...change,
  };
}

function result(step: string): StepResult {
  return { type: 'plan', schema: CONTRACT_VERSION, batch: 'batch', step, model: 'm', unit: 'ane', attempt: 1, startedAt: AT, finishedAt: AT, planMs: 1, operations: [], segments: [], shares: [] };
}

/** A phone whose launches end as told: with a status and so many results, all of them there at once. `runs`: it is seen running so often before. */
function phone(launches: readonly { readonly status: Status | null; readonly results: number; readonly runs?: number }[]) {
  const calls: string[] = [];
  let launch = -1;
  let runs = 0;
  const now = () => launches[Math.min(launch, launches.length - 1)];
  const stepOf = (path: string): number => SPEC.steps.findIndex(({ id }) => path === layout.result('batch', id));
  const link: RunnerLink = {
    info: { udid: 'UDID', model: 'iPhone 13 Pro', productType: 'iPhone14,2' } as IphoneInfo,
    terminate: async () => { calls.push('terminate'); runs = 0; },
    push: async (path) => { calls.push(`push ${path}`); },
    launch: async () => { calls.push('launch'); launch++; runs = now()?.runs ?? 0; },
    isRunning: async () => runs-- > 0,
    pull: async (path) => {
      const value = path === layout.status('batch') ? now()?.status : stepOf(path) < (now()?.results ?? 0) ? result(SPEC.steps[stepOf(path)]?.id ?? '') : null;
      return value ? Buffer.from(JSON.stringify(value)) : null;
    },
    pullFolder: async () => new Map(SPEC.steps.slice(0, now()?.results ?? 0).map(({ id }) => [`${id}.json`, Buffer.from(JSON.stringify(result(id)))])),
  };
  return { link, calls };
}

async function run(link: RunnerLink, silenceMs = 60_000): Promise<string[]> {
  const taken: string[] = [];
  await runOnPhone(link, SPEC, { pollMs: 1, silenceMs, stallMs: 60_000, onResult: ({ step }) => void taken.push(step) });
  return taken;
}

describe('a batch on a phone, launch by launch', () => {
  test('it is launched as often as it asks, and each result is taken once, in order', async () => {
    const { link, calls } = phone([1, 2, 3].map((done) => ({ status: status({ phase: done === 3 ? 'finished' : 'relaunch', done, launch: done }), results: done })));
    expect(await run(link)).toEqual(['p0', 'p1', 'p2']);
    expect(calls).toEqual(['terminate', `push ${layout.spec('batch')}`, 'launch', 'launch', 'launch']);
  });

  test('all at once', async () => {
    const { link, calls } = phone([{ status: status({ done: 3 }), results: 3 }]);
    expect(await run(link)).toEqual(['p0', 'p1', 'p2']);
    expect(calls.filter((call) => call === 'launch')).toHaveLength(1);
  });

  test('one that dies and leaves nothing, again and again, is given up', async () => {
    const dead = phone([{ status: null, results: 0 }]);
    await expect(run(dead.link)).rejects.toThrow(/^The runner on iPhone 13 Pro \(UDID\) ended 6 times before it wrote anything without a result\.$/);
    expect(dead.calls.filter((call) => call === 'launch')).toHaveLength(6);
    await expect(run(phone([{ status: status({ phase: 'loading', step: 'p0' }), results: 0 }]).link)).rejects.toThrow('ended 6 times in the phase "loading"');
  });

  test('one that does not understand the batch says why', async () => {
    const refused = phone([{ status: status({ phase: 'refused', note: 'schema 2 is not known.' }), results: 0 }]).link;
    await expect(run(refused)).rejects.toMatchObject({ message: 'The runner on iPhone 13 Pro (UDID) and this dyno do not understand each other. schema 2 is not known.', nextSteps: [expect.stringMatching(/^Install the runner of this version/)] });
  });

  test('one that falls silent is ended and launched again', async () => {
    const { link, calls } = phone([{ status: status({ phase: 'timing', step: 'p0' }), results: 0, runs: 1e9 }, { status: status({ done: 3, launch: 2 }), results: 3 }]);
    expect(await run(link, 20)).toEqual(['p0', 'p1', 'p2']);
    expect(calls.slice(2)).toEqual(['launch', 'terminate', 'launch']);
  });

  test('a status of another contract is no status', async () => {
    await expect(run(phone([{ status: { ...status({}), schema: 2 as 1 }, results: 0 }]).link)).rejects.toMatchObject({ message: expect.stringContaining('What it wrote is not understood here: schema'), nextSteps: [expect.stringMatching(/^Install the runner of this version/)] });
  });

  test('what an earlier run left is found, and what runs there is ended first', async () => {
    const { link, calls } = phone([{ status: null, results: 2 }]);
    await link.launch([]);
    expect((await resultsOnPhone(link, SPEC)).map(({ step }) => step)).toEqual(['p0', 'p1']);
    expect(calls).toEqual(['launch', 'terminate']);
  });
});
