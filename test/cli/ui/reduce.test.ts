import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EMPTY_STATE, heldBack, isNewKind, reduce, type UiState } from '../../../cli/ui/reduce.ts';
import { median } from '../../../cli/ui/reduce-measures.ts';
import type { Block, DynoEvent } from '../../../models/contracts/index.ts';
import { fixture } from '../../support/paths.ts';

const at = '2026-11-21T12:00:00.000Z';
const steps = [
  { id: 'a', kind: 'check', title: 'Check' },
  { id: 'b', kind: 'bench', title: 'Bench' },
];
const after = (...events: DynoEvent[]): UiState => events.reduce(reduce, EMPTY_STATE);
const started: DynoEvent = { type: 'run-started', at, directory: 'runs/x', steps };
const block = (...samples: number[]): Block => ({
  samples,
  loadMs: 1,
  firstMs: 1,
  warmup: { runs: 1, stable: true },
  startedAt: at,
  order: 0,
  thermal: null,
});

test('steps go from waiting over running to their outcome', () => {
  const state = after(
    started,
    { type: 'step-started', at, id: 'a' },
    { type: 'step-progress', at, id: 'a', done: 2, total: 5, note: 'two' },
  );
  expect(state.steps.map(({ status }) => status)).toEqual(['running', 'waiting']);
  expect(state.steps[0]).toMatchObject({ done: 2, total: 5, note: 'two', startedAt: at });
  const done = reduce(state, { type: 'step-finished', at, id: 'a', outcome: 'cached', summary: 'as before', ms: 3 });
  expect(done.steps[0]).toMatchObject({ status: 'cached', summary: 'as before', note: null });
});

test('blocks collect their medians by variant and unit', () => {
  const event = (variant: string, unit: string, ...samples: number[]): DynoEvent => ({
    type: 'block',
    device: 'host',
    at,
    id: 'b',
    variant,
    unit,
    block: block(...samples),
  });
  const { series } = after(
    started,
    event('x', 'cpu:1', 9, 1, 2),
    event('y', 'cpu:1', 4),
    event('x', 'cpu:1', 4, 8),
    event('x', 'cpu:all', 7),
  );
  expect(series).toEqual([
    { step: 'b', device: 'host', variant: 'x', unit: 'cpu:1', medians: [2, 6] },
    { step: 'b', device: 'host', variant: 'y', unit: 'cpu:1', medians: [4] },
    { step: 'b', device: 'host', variant: 'x', unit: 'cpu:all', medians: [7] },
  ]);
});

test('a new run forgets the one before, and an unplanned step is added', () => {
  const state = after(
    started,
    { type: 'warning', at, id: null, code: 'c', text: 't', hint: null },
    { type: 'step-started', at, id: 'stranger' },
  );
  expect(state.steps.map(({ id }) => id)).toEqual(['a', 'b', 'stranger']);
  expect(reduce(state, { ...started, directory: null, steps: [] })).toMatchObject({ directory: null, steps: [] });
});

test('of warnings of one code only three of a step are shown, and the rest are counted', () => {
  let state = after(started);
  const shown: boolean[] = [];
  for (const code of ['x', 'x', 'x', 'x', 'y', 'x']) {
    state = reduce(state, { type: 'warning', at, id: 'b', code, text: code, hint: null });
    shown.push(isNewKind(state));
  }
  expect(shown).toEqual([true, true, true, false, true, false]);
  expect(heldBack(state, 'b')).toBe(2);
  expect(heldBack(state, 'a')).toBe(0);
  const disturbed = [1, 2, 3].map((n) => ({ type: 'warning', at, id: 'a', code: 'block-disturbed', text: `${n} %`, hint: null }) as const);
  expect(heldBack(after(started, ...disturbed), 'a')).toBe(2);
});

test('the recorded run ends with every step done and a verdict', () => {
  const state = readFileSync(fixture('events/run.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as DynoEvent)
    .reduce(reduce, EMPTY_STATE);
  expect(new Set(state.steps.map(({ status }) => status))).toEqual(new Set(['done']));
  expect(state.series).toHaveLength(10);
  expect(state.finished?.exitCode).toBe(0);
});

test('median', () => {
  expect([median([3]), median([4, 1]), median([5, 1, 2])]).toEqual([3, 2.5, 2]);
  expect(median([])).toBeNaN();
});

test('a step that fails asks, is tried again from nothing, and is left out with who decided it', () => {
  const asked = after(started, { type: 'step-started', at, id: 'a' }, { type: 'step-progress', at, id: 'a', done: 2, total: 5, note: 'two' }, { type: 'question', at: '2026-11-21T12:00:07.000Z', id: 'a', message: 'no luck', hint: null, choices: ['retry', 'abort'] });
  expect(asked.question).toEqual({ step: 'a', message: 'no luck', hint: null, choices: ['retry', 'abort'] });
  expect(asked.steps[0]).toMatchObject({ status: 'failed', summary: 'no luck', ms: 7000 });
  const retried = reduce(asked, { type: 'step-retried', at, id: 'a', by: 'user', reason: 'no luck', again: [] });
  expect(retried).toMatchObject({ question: null, steps: [{ status: 'waiting', done: 0, total: null, note: null, summary: '' }, { status: 'waiting' }] });
  const leaving = reduce(after(started, { type: 'step-started', at, id: 'a' }), { type: 'step-skipped', at, id: 'a', by: 'user', reason: 'by hand' });
  expect(leaving.steps[0]).toMatchObject({ status: 'running', leaving: 'by hand' });
  const left = [
    { type: 'step-finished', at, id: 'a', outcome: 'skipped', summary: 'by hand', ms: 5 }, { type: 'step-skipped', at, id: 'b', by: 'need', reason: 'it needs a' }, { type: 'step-finished', at, id: 'b', outcome: 'skipped', summary: 'it needs a', ms: 0 },
  ] satisfies DynoEvent[];
  const out = left.reduce(reduce, leaving);
  expect(out.steps).toMatchObject([{ status: 'skipped', leaving: null, omittedBy: 'user', ms: 5 }, { status: 'skipped', omittedBy: 'need' }]);
  const again = reduce(out, { type: 'step-retried', at, id: 'a', by: 'user', reason: 'by hand', again: ['b'] });
  expect(again.steps).toMatchObject([{ status: 'waiting', omittedBy: null }, { status: 'waiting', omittedBy: null }]);
  // One that ended before it noticed is done, whatever was asked.
  expect(reduce(leaving, { type: 'step-finished', at, id: 'a', outcome: 'done', summary: '', ms: 1 }).steps[0]).toMatchObject({ status: 'done', leaving: null, omittedBy: null });
});

test('a phone that is taken out says so until it rests', () => {
  const device = (phase: 'measuring' | 'stopped'): DynoEvent => ({ type: 'device', at, id: 'b', device: { device: 'p', label: 'p', phase, done: 1, total: 2, note: null, health: null } });
  const stopping = after(started, device('measuring'), { type: 'device-stopped', at, id: 'b', device: 'p', by: 'user' });
  expect(stopping.devices).toMatchObject([{ phase: 'measuring', stopping: true }]);
  expect(reduce(stopping, device('measuring')).devices).toMatchObject([{ stopping: true }]);
  expect(reduce(stopping, device('stopped')).devices).toMatchObject([{ phase: 'stopped', stopping: false }]);
});
