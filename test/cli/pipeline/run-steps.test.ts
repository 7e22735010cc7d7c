import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runSteps } from '../../../cli/pipeline/run-steps.ts';
import type { Step } from '../../../cli/pipeline/step.ts';
import type { DynoEvent } from '../../../models/contracts/index.ts';
import { Prng } from '../../../models/run/prng.ts';
import { fakeSteps } from './fake-steps.ts';

let folder: string;
let diary: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-run-'));
  diary = join(folder, 'diary.txt');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(
  steps: readonly Step[],
  directory = join(folder, 'run'),
  signal = new AbortController().signal,
): Promise<{ events: DynoEvent[]; outputs: ReadonlyMap<string, unknown> }> {
  const events: DynoEvent[] = [];
  const outputs = await runSteps(steps, { directory, emit: (event) => void events.push(event), signal });
  return { events, outputs };
}

const outcomes = (events: readonly DynoEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'step-finished' ? [event.outcome] : []));
const written = (): string[] => (existsSync(diary) ? readFileSync(diary, 'utf8').trim().split('\n') : []);

test('steps run in order and leave their results, events and artifacts in the directory', async () => {
  const { events, outputs } = await run(fakeSteps(4, { file: diary }));
  expect(outcomes(events)).toEqual(['done', 'done', 'done', 'done']);
  expect(written().filter((line) => line.startsWith('begin'))).toEqual(['begin 0', 'begin 1', 'begin 2', 'begin 3']);
  expect(outputs.get('step:0')).toMatchObject({ value: 33 });
  const logged = readFileSync(join(folder, 'run/events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as DynoEvent);
  expect(logged).toEqual(events);
  expect(readdirSync(join(folder, 'run/artifacts'))).toHaveLength(4);
  expect(readdirSync(join(folder, 'run/partial'))).toEqual([]);
  expect(existsSync(join(folder, 'run/lock'))).toBe(false);
});

test('what is finished is not done again; what changed is, with everything that depends on it', async () => {
  const first = await run(fakeSteps(5, { file: diary }));
  const before = written().length;
  const second = await run(fakeSteps(5, { file: diary }));
  expect(outcomes(second.events)).toEqual(Array.from({ length: 5 }, () => 'cached'));
  expect(second.outputs).toEqual(first.outputs);
  expect(written()).toHaveLength(before);
  const changed = fakeSteps(5, { file: diary }).map((step, i) => (i === 2 ? { ...step, key: { other: true } } : step));
  const third = await run(changed);
  // Step 2 comes to the same result, so nothing after it has to be done again.
  expect(outcomes(third.events)).toEqual(['cached', 'cached', 'done', 'cached', 'cached']);
  const salted = await run(fakeSteps(5, { file: diary }, 'salt'));
  expect(outcomes(salted.events)).toEqual(Array.from({ length: 5 }, () => 'done'));
});

test('an artifact that is gone, or a result that is torn, is made again', async () => {
  await run(fakeSteps(3, { file: diary }));
  const artifacts = join(folder, 'run/artifacts');
  const [one] = readdirSync(artifacts).filter((name) => name.startsWith('fake-1'));
  rmSync(join(artifacts, one as string));
  expect(outcomes((await run(fakeSteps(3, { file: diary }))).events)).toEqual(['cached', 'done', 'cached']);
  writeFileSync(join(folder, 'run/steps/step-2.json'), '{"hash": "to');
  expect(outcomes((await run(fakeSteps(3, { file: diary }))).events)).toEqual(['cached', 'cached', 'done']);
});

test('a failing step ends the run with its error, keeps what was done, and the next try goes on there', async () => {
  const steps = fakeSteps(4, { file: diary });
  const broken = steps.map(
    (step, i): Step =>
      i === 2
        ? {
            ...step,
            run: async () => {
              throw new Error('no luck');
            },
          }
        : step,
  );
  const events: DynoEvent[] = [];
  await expect(
    runSteps(broken, { directory: join(folder, 'run'), emit: (event) => void events.push(event), signal: new AbortController().signal }),
  ).rejects.toThrow('no luck');
  expect(outcomes(events)).toEqual(['done', 'done', 'failed']);
  expect(events.at(-1)).toMatchObject({ type: 'run-finished', exitCode: 2 });
  expect(outcomes((await run(steps)).events)).toEqual(['cached', 'cached', 'done', 'done']);
});

test('aborting stops between parts and is reported as interrupted, not as a failure', async () => {
  const controller = new AbortController();
  const events: DynoEvent[] = [];
  const work = runSteps(fakeSteps(4, { file: diary }), {
    directory: join(folder, 'run'),
    signal: controller.signal,
    emit: (event) => {
      events.push(event);
      if (event.type === 'step-progress' && event.id === 'step:1') controller.abort(new Error('stop'));
    },
  });
  await expect(work).rejects.toThrow('stop');
  expect(events.some(({ type }) => type === 'run-finished')).toBe(false);
  expect(outcomes(events)).toEqual(['done', 'interrupted']);
  expect(written().filter((line) => line.startsWith('part 1'))).toEqual(['part 1.0']);
});

test('a step that cannot be done here is skipped, again when resumed, until what it depends on changes', async () => {
  const [first, second] = fakeSteps(2, { file: diary }) as [Step, Step];
  const skipped: Step = { ...first, key: { tool: null }, run: async () => ({ output: { value: 1 }, summary: 'no tool', outcome: 'skipped' }) };
  expect(outcomes((await run([skipped, second])).events)).toEqual(['skipped', 'done']);
  expect(outcomes((await run([skipped, second])).events)).toEqual(['skipped', 'cached']);
  expect(outcomes((await run([{ ...first, key: { tool: '1' } }, second])).events)).toEqual(['done', 'done']);
});

test('steps must come after what they need, and have names of their own', async () => {
  const [a, b] = fakeSteps(2, { file: diary }) as [Step, Step];
  await expect(run([b, a])).rejects.toThrow('needs step:0, which does not come before it');
  await expect(run([a, a])).rejects.toThrow('Two steps are called step:0');
});

test('a second run in the same directory is refused while the first lives', async () => {
  const first = run(fakeSteps(3, { file: diary }));
  await expect(run(fakeSteps(3, { file: diary }))).rejects.toThrow(`in use by process ${process.pid}`);
  await first;
});

test('killed at any moment a run goes on where it was, ends with the same results, and does no finished part twice', async () => {
  const random = new Prng(2026);
  const expected = (await run(fakeSteps(8, { file: diary }), join(folder, 'reference'))).outputs;
  rmSync(diary);
  let kills = 0;
  for (let attempt = 0; attempt < 12; attempt++) {
    const ended = await untilKilled(join(folder, 'run'), 8, Math.floor(1 + random.uniform() * 14));
    if (ended) break;
    kills++;
    for (const name of readdirSync(join(folder, 'run/steps')).filter((file) => file.endsWith('.json')))
      JSON.parse(readFileSync(join(folder, 'run/steps', name), 'utf8'));
  }
  const { outputs, events } = await run(fakeSteps(8, { file: diary }));
  expect(kills).toBeGreaterThan(2);
  expect(outputs).toEqual(expected);
  expect(outcomes(events)).toContain('cached');
  // A part may be done twice only where the kill fell between its file and the diary: then it is missing from the diary, not there twice.
  const parts = written().filter((line) => line.startsWith('part'));
  expect(new Set(parts).size).toBe(parts.length);
  const log = readFileSync(join(folder, 'run/events.jsonl'), 'utf8');
  expect(log.endsWith('\n')).toBe(true);
  for (const line of log.trim().split('\n')) JSON.parse(line);
});

/** Runs in a child process that is killed when it has said so many events; true where it ended before. */
function untilKilled(directory: string, count: number, events: number): Promise<boolean> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'run-fake-steps.ts'), directory, diary, String(count)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.length;
    if (said >= events) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code === 0)));
}
