import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EMPTY_STATE, reduce, type UiState } from '../../../cli/ui/reduce.ts';
import { canDraw } from '../../../cli/ui/open-front-end.ts';
import { type Line, lineWidth } from '../../../cli/ui/screen/line.ts';
import { liveLines } from '../../../cli/ui/screen/screen.ts';
import { finishedLines, headerLines, warningLines } from '../../../cli/ui/screen/settled.ts';
import { FIRST_VIEW } from '../../../cli/ui/view.ts';
import type { DynoEvent } from '../../../models/contracts/index.ts';
import { fixture } from '../../support/paths.ts';

const events = readFileSync(fixture('events/run.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as DynoEvent);
const text = (lines: readonly Line[]): string =>
  lines
    .map((line) =>
      line
        .map((span) => span.text)
        .join('')
        .trimEnd(),
    )
    .join('\n');
const now = (state: UiState): number => Date.parse(state.at ?? '');

test.each([
  [100, 30],
  [80, 14],
  [40, 12],
  [24, 6],
  [200, 60],
])('on %i × %i no line is wider and no frame as high as the terminal', (columns, rows) => {
  let state = EMPTY_STATE;
  for (const [i, event] of events.entries()) {
    state = reduce(state, event);
    if (i % 5 !== 0) continue;
    const lines = liveLines(state, { columns, rows, now: now(state), frame: 3, stopping: false });
    expect(lines.length).toBeLessThan(rows);
    for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
    const settled = [
      ...state.steps.flatMap((step) => finishedLines(step, columns)),
      ...headerLines(state, 'a title of some length', columns),
    ];
    for (const line of settled) expect(lineWidth(line)).toBeLessThanOrEqual(Math.max(columns, 24));
  }
});

test('the benchmark is shown as bars against the slowest of each unit', () => {
  const middle = events.slice(0, events.findLastIndex(({ type }) => type === 'block') + 1).reduce(reduce, EMPTY_STATE);
  const screen = text(liveLines(middle, { columns: 90, rows: 30, now: now(middle), frame: 0, stopping: false }, { ...FIRST_VIEW, full: true }));
  expect(screen).toContain('⠋ Time 5 variants of ultramini-x2 on host');
  expect(screen.match(/^ {2}cpu:(1|all)$/gm)).toHaveLength(2);
  expect(screen).toMatch(/original-fp32 .*█+ +\d+\.\d ms {2}[▁-█]+/);
  expect(screen).toMatch(/8 of 12 steps, .* s skip .* Ctrl-C stops/);
});

test('what does not fit is counted, not dropped in silence', () => {
  const first = reduce(EMPTY_STATE, events[0] as DynoEvent);
  expect(text(liveLines(first, { columns: 60, rows: 30, now: now(first), frame: 0, stopping: false }))).toContain('9 more steps to come');
});

test('after Ctrl-C the footer says that it is stopping; after the end nothing is left', () => {
  const first = reduce(EMPTY_STATE, events[0] as DynoEvent);
  expect(text(liveLines(first, { columns: 80, rows: 30, now: 0, frame: 0, stopping: true }))).toContain('Ctrl-C again');
  expect(liveLines(events.reduce(reduce, EMPTY_STATE), { columns: 80, rows: 30, now: 0, frame: 0, stopping: false })).toEqual([]);
});

test('a long summary goes below its step, a warning wraps with its hint', () => {
  const step = {
    id: 'a',
    kind: 'x',
    title: 'Rewrite a model',
    status: 'done' as const,
    startedAt: null,
    done: 0,
    total: null,
    note: null,
    summary: 'so much that it cannot stand in one line with it',
    ms: 1200,
    first: null,
    advancedAt: null,
    leaving: null,
    omittedBy: null,
    tried: 0,
  };
  expect(text(finishedLines(step, 50))).toBe(
    '✓ Rewrite a model                            1.2 s\n  so much that it cannot stand in one line with it',
  );
  expect(text(finishedLines(step, 100))).toMatch(/^✓ Rewrite a model {2}so much .* 1\.2 s$/);
  expect(text(finishedLines({ ...step, status: 'interrupted', summary: '' }, 100))).toMatch(/^■ Rewrite a model {2}interrupted .* 1\.2 s$/);
  expect(text(warningLines({ text: 'one two three four five', hint: 'do it' }, 24))).toBe('! one two three four\n  five\n  → do it');
});

test.each([
  ['a terminal', {}, 'pretty', true],
  ['plain format', {}, 'plain', false],
  ['JSON', {}, 'json', false],
  ['CI', { CI: 'true' }, 'pretty', false],
  ['CI said to be off', { CI: 'false' }, 'pretty', true],
  ['a dumb terminal', { TERM: 'dumb' }, 'pretty', false],
] as const)('in %s the live screen is drawn: %#', (_, env, format, drawn) => {
  const tty = { isTTY: true } as never;
  expect(canDraw({ stdin: tty, stderr: tty, env }, format)).toBe(drawn);
  expect(canDraw({ stdin: { isTTY: false } as never, stderr: tty, env }, format)).toBe(false);
  expect(canDraw({ stdin: tty, stderr: {} as never, env }, format)).toBe(false);
});
