import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Interrupts } from '../../../cli/interrupts.ts';
import type { Io } from '../../../cli/io.ts';
import { RunControl, type Steerable } from '../../../cli/pipeline/run-control.ts';
import type { FrontEnd } from '../../../cli/ui/front-end.ts';
import { openFrontEnd } from '../../../cli/ui/open-front-end.ts';
import type { DynoEvent } from '../../../models/contracts/index.ts';

const at = '2026-11-21T12:00:00.000Z';
const later = (seconds: number): string => new Date(Date.parse(at) + 1000 * seconds).toISOString();
const start: DynoEvent[] = [
  { type: 'run-started', at, directory: 'runs/x', steps: [{ id: 'a', kind: 'bench', title: 'Time it' }, { id: 'b', kind: 'report', title: 'Write it' }] },
  { type: 'step-started', at, id: 'a' },
];

interface Talk {
  readonly frontEnd: FrontEnd;
  readonly control: RunControl;
  readonly asked: string[];
  /** What stderr has said since the last call. */
  readonly said: () => string;
  readonly type: (line: string) => Promise<void>;
}

/** A terminal with somebody who listens. */
async function talk(accepts = true, asks = true): Promise<Talk> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns: 80, rows: 24 });
  const asked: string[] = [];
  const take = (wish: string) => (...values: string[]): boolean => {
    asked.push([wish, ...values].join(' '));
    return accepts;
  };
  const control = new RunControl();
  control.serve({ skip: take('skip'), retry: take('retry'), stopDevice: take('stop'), answer: take('answer') } satisfies Steerable);
  const interrupts = { signal: new AbortController().signal, interrupt: take('interrupt'), beforeKill: () => () => {} } as unknown as Interrupts;
  const io = { stdin, stderr, stdout: stderr, env: { TERM: 'xterm-256color' }, cwd: () => '/' } as unknown as Io;
  const frontEnd = await openFrontEnd(io, interrupts, { format: 'pretty', title: 'x', quiet: false, control, asks, screenReader: true });
  const type = async (line: string): Promise<void> => {
    stdin.write(`${line}\n`);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { frontEnd, control, asked, said: () => (stderr.read() as string | null) ?? '', type };
}

test('lines are said once, without colours or anything that moves the cursor, and say how to take part', async () => {
  const { frontEnd, said } = await talk();
  for (const event of start) frontEnd.emit(event);
  const text = said();
  expect(text).not.toContain('\x1b');
  expect(text).toContain('2 steps\n');
  expect(text).toContain('[1/2] Time it\n');
  expect(text).toContain('Type a word and Enter: status, skip, retry, phone NAME');
  await frontEnd.close();
});

test('progress is said no more than every 20 seconds, whatever comes', async () => {
  const { frontEnd, said } = await talk();
  for (const event of start) frontEnd.emit(event);
  said();
  for (let i = 1; i <= 600; i++) frontEnd.emit({ type: 'step-progress', at: later(i / 10), id: 'a', done: i, total: 600, note: null });
  expect(said().trim().split('\n')).toEqual(['200 of 600', '400 of 600', '600 of 600']);
  await frontEnd.close();
});

test('a step that fails asks in words, and a word answers', async () => {
  const { frontEnd, control, asked, said, type } = await talk();
  expect(control.isAttended).toBe(true);
  for (const event of start) frontEnd.emit(event);
  frontEnd.emit({ type: 'question', at, id: 'a', message: 'the phone is gone', hint: 'Plug it in.', choices: ['retry', 'skip', 'abort'] });
  expect(said()).toMatch(/failed {2}the phone is gone\n→ Plug it in\.\nWhat now\? Type retry to try again, skip to leave it out, stop to end the run, and Enter\.\n$/);
  await type('retry');
  await type(' Skip ');
  await type('stop');
  expect(asked).toEqual(['answer a retry', 'answer a skip', 'answer a abort']);
  await frontEnd.close();
  expect(control.isAttended).toBe(false);
});

test('words do what keys do on the live screen; what is not understood is told how to say', async () => {
  const { frontEnd, asked, said, type } = await talk();
  for (const event of start) frontEnd.emit(event);
  frontEnd.emit({ type: 'device', at, id: 'a', device: { device: 'android:R5', label: 'a phone', phase: 'measuring', done: 1, total: 4, note: null, health: 'skin 31 °C' } });
  said();
  await type('skip');
  await type('phone android:r5');
  await type('stop');
  expect(asked).toEqual(['skip a', 'stop android:R5', 'interrupt']);
  expect(said().split('\n')).toEqual(['It is left out as soon as it comes to rest.', 'It is taken out as soon as it comes to rest.', 'Stopping at the next safe place.', '']);
  await type('status');
  expect(said()).toBe('0 of 2 steps over. Time it. android:R5 measuring, skin 31 °C.\n');
  await type('phone nokia');
  expect(said()).toBe('At work: android:R5.\n');
  await type('make coffee');
  expect(said()).toContain('Type a word and Enter');
  await type('retry');
  expect(said()).toBe('No step was left out.\n');
  await frontEnd.close();
});

test('what the run refuses is said', async () => {
  const { frontEnd, said, type } = await talk(false);
  for (const event of start) frontEnd.emit(event);
  said();
  await type('skip');
  expect(said()).toBe('This step cannot be left out: the run has no result without it.\n');
  await frontEnd.close();
});

test('with --no-input nothing is asked', async () => {
  const { frontEnd, control } = await talk(true, false);
  expect(control.isAttended).toBe(false);
  await frontEnd.close();
});
