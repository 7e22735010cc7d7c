import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunControl } from '../../../cli/pipeline/run-control.ts';
import { runSteps } from '../../../cli/pipeline/run-steps.ts';
import type { Omission, Step, StepContext } from '../../../cli/pipeline/step.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import type { DynoEvent } from '../../../models/contracts/index.ts';
import { tellLog } from '../../../models/contracts/tool-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-steering-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A step whose output says which of its needs it saw. */
function step(id: string, needs: readonly string[] = [], more: Partial<Step> = {}): Step {
  return {
    id, kind: 'fake', title: `Do ${id}`, needs, key: { id },
    run: async ({ inputs }) => ({ output: { saw: inputs<{ saw: string }>(needs).length, id }, summary: id }),
    ...more,
  };
}

/** Works until its signal stops it. */
const untilStopped = async ({ signal }: StepContext): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped in the middle')), { once: true }));

interface Done {
  readonly events: DynoEvent[];
  readonly outputs: ReadonlyMap<string, unknown>;
}

type Watch = (event: DynoEvent, control: RunControl) => void;

async function run(steps: readonly Step[], watch: Watch = () => {}, { attended = true, signal = new AbortController().signal } = {}): Promise<Done> {
  const control = new RunControl();
  if (attended) control.attend();
  const events: DynoEvent[] = [];
  const emit = (event: DynoEvent): void => {
    events.push(event);
    watch(event, control);
  };
  return { events, outputs: await runSteps(steps, { directory: join(folder, 'run'), emit, signal, control }) };
}

const outcomes = (events: readonly DynoEvent[]): string[] => events.flatMap((event) => (event.type === 'step-finished' ? [`${event.id} ${event.outcome}`] : []));
const on = (type: DynoEvent['type'], id: string, then: (control: RunControl) => void, once = { done: false }): Watch => (event, control) => {
  if (once.done || event.type !== type || !('id' in event) || event.id !== id) return;
  once.done = true;
  then(control);
};

test('a step that waits is left out, what needs it with it and with the reason, and what can do without goes on', async () => {
  const last = step('last', ['a', 'b', 'c'], { mayLack: ['b', 'c'] });
  const { events, outputs } = await run([step('a'), step('b'), step('c', ['b']), last], on('step-started', 'a', (control) => expect(control.skip('b')).toBe(true)));
  expect(outcomes(events)).toEqual(['b skipped', 'a done', 'c skipped', 'last done']);
  expect(events.filter(({ type }) => type === 'step-skipped')).toMatchObject([{ id: 'b', by: 'user', reason: 'left out by hand' }, { id: 'c', by: 'need', reason: 'it needs “Do b”, which was left out' }]);
  expect([...outputs.keys()]).toEqual(['a', 'last']);
  expect(outputs.get('last')).toMatchObject({ saw: 1 });
});

test('a step at work is stopped by its own signal, and the steps after it run', async () => {
  const { events, outputs } = await run([step('a', [], { run: untilStopped }), step('b')], on('step-started', 'a', (control) => setImmediate(() => expect(control.skip('a')).toBe(true))));
  expect(outcomes(events)).toEqual(['a skipped', 'b done']);
  expect(events.filter(({ type }) => type === 'step-skipped')).toHaveLength(1);
  expect([...outputs.keys()]).toEqual(['b']);
});

test('a step that ends before it notices counts as done', async () => {
  const deaf = step('a', [], { run: async () => new Promise((resolve) => setImmediate(() => resolve({ output: { ok: true }, summary: 'done all the same' }))) });
  const { events, outputs } = await run([deaf], on('step-started', 'a', (control) => queueMicrotask(() => control.skip('a'))));
  expect(outcomes(events)).toEqual(['a done']);
  expect(outputs.get('a')).toEqual({ ok: true });
});

test('what was left out is told to later steps, is no result of the folder, and is done by a resumed run', async () => {
  let seen: readonly Omission[] = [];
  const steps = [step('a'), step('b'), step('last', ['a', 'b'], { mayLack: ['b'], run: async ({ omissions, inputs }) => {
    seen = omissions();
    return { output: { parts: inputs(['a', 'b']).length }, summary: '' };
  } })];
  const first = await run(steps, on('step-started', 'a', (control) => void control.skip('b')));
  expect(seen).toEqual([{ step: 'b', kind: 'fake', title: 'Do b', device: null, by: 'user', reason: 'left out by hand' }]);
  expect(first.outputs.get('last')).toEqual({ parts: 1 });
  const second = await run(steps);
  expect(outcomes(second.events)).toEqual(['a cached', 'b done', 'last done']);
  expect(second.outputs.get('last')).toEqual({ parts: 2 });
});

test('nobody can leave out what the run has no result without, what is over, or what is not there', async () => {
  const answers: boolean[] = [];
  await run([step('a'), step('b', ['a'], { essential: true })], on('step-started', 'b', (control) => answers.push(control.skip('b'), control.skip('a'), control.skip('zzz'), control.retry('a'))));
  expect(answers).toEqual([false, false, false, false]);
});

/** Fails so many times, and then works. */
function failing(id: string, times: number, more: Partial<Step> = {}): Step {
  let left = times;
  return step(id, [], {
    run: async () => {
      if (left-- > 0) throw new UserError('no luck', ['Have more.']);
      return { output: { id }, summary: 'luck' };
    },
    ...more,
  });
}

test('a step that fails asks, and is tried again as often as somebody says so', async () => {
  const watch: Watch = (event, control) => {
    if (event.type === 'question') setImmediate(() => expect(control.answer(event.id, 'retry')).toBe(true));
  };
  const { events } = await run([failing('a', 2), step('b', ['a'])], watch);
  expect(outcomes(events)).toEqual(['a done', 'b done']);
  expect(events.filter(({ type }) => type === 'question')).toMatchObject([{ message: 'no luck', hint: 'Have more.', choices: ['retry', 'skip', 'abort'] }, { message: 'no luck' }]);
  expect(events.filter(({ type }) => type === 'step-retried')).toMatchObject([{ id: 'a', by: 'user', reason: 'no luck', again: [] }, { id: 'a' }]);
  expect(events.filter(({ type, ...event }) => type === 'step-started' && 'id' in event && event.id === 'a')).toHaveLength(3);
});

test('a step that fails is left out where somebody says so, with its message as the reason', async () => {
  const { events } = await run([failing('a', 1), step('b')], on('question', 'a', (control) => setImmediate(() => control.skip('a'))));
  expect(outcomes(events)).toEqual(['a skipped', 'b done']);
  expect(events.find(({ type }) => type === 'step-skipped')).toMatchObject({ by: 'user', reason: 'left out after it failed: no luck' });
});

test('a step that fails ends the run where somebody says so, and where nobody attends', async () => {
  await expect(run([failing('a', 1), step('b')], on('question', 'a', (control) => setImmediate(() => control.answer('a', 'abort'))))).rejects.toThrow('no luck');
  const events: DynoEvent[] = [];
  await expect(run([failing('a', 1)], (event) => void events.push(event), { attended: false })).rejects.toThrow('no luck');
  expect(events.map(({ type }) => type)).toEqual(['run-started', 'step-started', 'step-finished', 'run-finished']);
  expect(events.at(-1)).toMatchObject({ exitCode: 2 });
});

test('an essential step that fails cannot be left out, but tried again', async () => {
  const answers: boolean[] = [];
  const watch: Watch = (event, control) => {
    if (event.type === 'question') setImmediate(() => answers.push(control.answer('a', 'skip'), control.skip('a'), control.answer('b', 'retry'), control.answer('a', 'retry')));
  };
  const { events } = await run([failing('a', 1, { essential: true })], watch);
  expect(answers).toEqual([false, false, false, true]);
  expect(events.find(({ type }) => type === 'question')).toMatchObject({ choices: ['retry', 'abort'] });
});

test('Ctrl-C at a question interrupts the run, and a resumed one goes on', async () => {
  const controller = new AbortController();
  const events: DynoEvent[] = [];
  const steps = [step('a'), failing('b', 1)];
  const watch: Watch = (event) => {
    events.push(event);
    if (event.type === 'question') setImmediate(() => controller.abort(new Error('Interrupted.')));
  };
  await expect(run(steps, watch, { attended: true, signal: controller.signal })).rejects.toThrow();
  expect(outcomes(events)).toEqual(['a done', 'b interrupted']);
  expect(events.some(({ type }) => type === 'run-finished')).toBe(false);
  expect(outcomes((await run(steps)).events)).toEqual(['a cached', 'b done']);
});

test('what was left out is done after all, with everything that went on without it', async () => {
  const last = step('last', ['a', 'b'], { mayLack: ['b'] });
  const watch: Watch = (event, control) => {
    if (event.type === 'step-started' && event.id === 'a') control.skip('b');
    if (event.type === 'step-started' && event.id === 'end') expect(control.retry('b')).toBe(true);
  };
  let ran = 0;
  const counted: Step = { ...last, run: async ({ inputs }) => ({ output: { parts: inputs(['a', 'b']).length }, summary: String(++ran) }) };
  const once = { done: false };
  const { events, outputs } = await run([step('a'), step('b'), step('c', ['b']), counted, step('end')], (event, control) => {
    if (event.type === 'step-started' && event.id === 'end') {
      if (once.done) return;
      once.done = true;
    }
    watch(event, control);
  });
  expect(outputs.get('last')).toEqual({ parts: 2 });
  expect(ran).toBe(2);
  expect(events.find(({ type }) => type === 'step-retried')).toMatchObject({ id: 'b', by: 'user', again: ['c', 'last'] });
  expect([...outputs.keys()].sort()).toEqual(['a', 'b', 'c', 'end', 'last']);
});

test('not while something that depends on it is at work; what was left out for a need comes back with the need alone', async () => {
  const answers: boolean[] = [];
  const watch: Watch = (event, control) => {
    if (event.type === 'step-started' && event.id === 'a') control.skip('b');
    if (event.type === 'step-started' && event.id === 'last') queueMicrotask(() => answers.push(control.retry('b'), control.retry('c')));
  };
  await run([step('a'), step('b'), step('c', ['b']), step('last', ['a', 'b', 'c'], { mayLack: ['b', 'c'] })], watch);
  expect(answers).toEqual([false, false]);
});

test('one device is taken out by a signal of its own; the result counts for this run and a resumed one does the rest', async () => {
  let runs = 0;
  const bench = step('bench', [], {
    run: async ({ stopOf, scratch }) => {
      runs++;
      writeFileSync(join(scratch, `part-${runs}`), '');
      if (runs > 1) return { output: { devices: 2, parts: readFileSync(join(scratch, 'part-1'), 'utf8') }, summary: 'both' };
      const [one, other] = [stopOf('phone:1'), stopOf('phone:2')];
      await new Promise<void>((resolve) => one.addEventListener('abort', () => resolve(), { once: true }));
      expect([one.aborted, other.aborted]).toEqual([true, false]);
      return { output: { devices: 1 }, summary: 'one', partial: true };
    },
  });
  const watch = on('step-started', 'bench', (control) => setImmediate(() => expect([control.stopDevice('phone:3'), control.stopDevice('phone:1'), control.stopDevice('phone:1')]).toEqual([false, true, false])));
  const first = await run([bench, step('last', ['bench'])], watch);
  expect(outcomes(first.events)).toEqual(['bench done', 'last done']);
  expect(first.events.filter(({ type }) => type === 'device-stopped')).toMatchObject([{ id: 'bench', device: 'phone:1', by: 'user' }]);
  const second = await run([bench, step('last', ['bench'])]);
  expect(outcomes(second.events)).toEqual(['bench done', 'last done']);
  expect(second.outputs.get('bench')).toEqual({ devices: 2, parts: '' });
});

test('decisions are in events.jsonl; of what programs say, only complaints', async () => {
  const talking = failing('a', 1, {});
  const chatty: Step = { ...talking, run: async (context) => {
    tellLog('adb', 'info', 'push a file');
    tellLog('adb', 'warn', 'it went away\nand came back', 'R5CT1');
    return talking.run(context);
  } };
  const { events } = await run([chatty], on('question', 'a', (control) => setImmediate(() => control.skip('a'))));
  const said = events.flatMap((event) => (event.type === 'log' ? [event] : []));
  expect(said.map(({ id, line }) => [id, line.level, line.text, line.device])).toEqual([['a', 'info', 'push a file', null], ['a', 'warn', 'it went away', 'R5CT1'], ['a', 'warn', 'and came back', 'R5CT1']]);
  const written = readFileSync(join(folder, 'run/events.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as DynoEvent);
  expect(written).toEqual(events.filter((event) => event.type !== 'log' || event.line.level !== 'info'));
  expect(written.map(({ type }) => type)).toEqual(expect.arrayContaining(['question', 'step-skipped', 'log']));
});
