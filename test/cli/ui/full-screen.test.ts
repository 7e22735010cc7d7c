import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { press } from '../../../cli/ui/keys.ts';
import { EMPTY_STATE, reduce, type UiState } from '../../../cli/ui/reduce.ts';
import { type Line, lineWidth } from '../../../cli/ui/screen/line.ts';
import { medianTable } from '../../../cli/ui/screen/medians.ts';
import { millisecondsLeft } from '../../../cli/ui/screen/running.ts';
import { sampleLines } from '../../../cli/ui/screen/samples.ts';
import { liveLines } from '../../../cli/ui/screen/screen.ts';
import { FIRST_VIEW, type View } from '../../../cli/ui/view.ts';
import type { Block, DynoEvent } from '../../../models/contracts/index.ts';
import { fixture } from '../../support/paths.ts';

const at = '2026-11-21T12:00:00.000Z';
const second = (n: number): string => new Date(Date.parse(at) + 1000 * n).toISOString();
const recorded = readFileSync(fixture('events/run.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as DynoEvent);
const text = (lines: readonly Line[]): string => lines.map((line) => line.map((span) => span.text).join('').trimEnd()).join('\n');
const full: View = { ...FIRST_VIEW, full: true };
const draw = (state: UiState, columns: number, rows: number, view: View = full): Line[] =>
  liveLines(state, { columns, rows, now: Date.parse(state.at ?? at), frame: 0, stopping: false }, view, 'a model → htp:SM8550');
const midway = (): UiState => recorded.slice(0, recorded.findLastIndex(({ type }) => type === 'block') + 1).reduce(reduce, EMPTY_STATE);
const typed = (state: UiState, ...keys: string[]): View => keys.reduce((view, key) => press(view, state, key).view, full);

const VIEWS: readonly (readonly string[])[] = [[], ['tab'], ['tab', 'end'], ['l'], ['l', 'tab', 'tab'], ['?'], ['s'], ['a'], ['l', 'd', 'page-up'], ['f', 'l'], ['f', 'tab']];

test.each([[200, 60], [120, 40], [80, 24], [100, 14], [60, 10], [40, 12], [40, 8], [24, 6], [20, 4]])('on %i × %i every view fits at every moment', (columns, rows) => {
  let state = EMPTY_STATE;
  const asking: DynoEvent = { type: 'question', at, id: 'report', message: 'the disk is full and the folder that it was to go to does not exist any more'.repeat(4), hint: 'Make room.', choices: ['retry', 'abort'] };
  for (const [i, event] of [...recorded.slice(0, -1), asking].entries()) {
    state = reduce(state, event);
    if (i % 40 !== 0 && event !== asking) continue;
    for (const keys of VIEWS) {
      const view = typed(state, ...keys);
      const lines = draw(state, columns, rows, view);
      expect(lines.length).toBeLessThan(Math.max(rows, 5));
      if (view.full) expect(lines).toHaveLength(Math.max(4, rows - 1));
      for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
    }
  }
});

test('on a wide terminal steps and work stand side by side, on a narrow one above each other', () => {
  const wide = text(draw(midway(), 200, 60));
  expect(wide).toMatch(/✓ Read ultramini-x2 +4 ms {2}⠋ Time 5 variants of ultramini-x2 on host .* 59\/60 /);
  expect(wide).toMatch(/median +cpu:1 +cpu:all/);
  expect(wide).toMatch(/last block: \S+ on cpu:1 {2}3 samples/);
  const narrow = text(draw(midway(), 80, 24));
  expect(narrow).toContain('⠋ Time 5 variants of ultramini-x2 on host');
  expect(narrow).toMatch(/· Score 5 variants of ultramini-x2$/m);
  expect(narrow).toContain('… 6 steps above');
});

test('warnings are one line a kind with their number, and counted in the footer', () => {
  const screen = text(draw(midway(), 200, 60));
  expect(screen).toMatch(/! 6× Round 1 of \S+ on cpu:1 /);
  expect(screen).toMatch(/ {2}! 7 warnings /);
});

test('the log shows what programs said, of one device where that is chosen, and goes back', () => {
  const said = (i: number, device: string): DynoEvent => ({ type: 'log', at: second(i), id: 'b', line: { source: 'adb', level: i === 7 ? 'warn' : 'info', text: `line ${i} \x1b[31mred\x1b[0m\tend`, device } });
  const state = Array.from({ length: 60 }, (_, i) => said(i, i % 2 === 0 ? 'R5' : 'R6')).reduce(reduce, midway());
  const log = typed(state, 'l');
  expect(text(draw(state, 100, 30, log))).toMatch(/^12:00:59 {3}adb {4}R6: line 59 red end$/m);
  const own = text(draw(state, 100, 30, { ...log, device: 'R5' }));
  expect(own).toContain('─ log of R5');
  expect(own).toContain('line 58 ');
  expect(own).not.toContain('line 59 ');
  const back = text(draw(state, 100, 30, { ...log, back: 50, focus: 'log' }));
  expect(back).toContain('! adb    R6: line 7 ');
  expect(back).toContain('50 lines below');
  expect(back).not.toContain('line 59 ');
});

test('a phone shows its heat and its charge, and where they go', () => {
  const block = (n: number, thermal: string): DynoEvent => ({
    type: 'block', at: second(n), id: 'b', device: 'android:R5', variant: 'v', unit: 'htp',
    block: { samples: [1, 2, 3], loadMs: 1, firstMs: 1, warmup: { runs: 1, stable: true }, startedAt: at, order: n, thermal } satisfies Block,
  });
  const start: DynoEvent[] = [{ type: 'run-started', at, directory: null, steps: [{ id: 'b', kind: 'bench', title: 'Time it' }] }, { type: 'step-started', at, id: 'b' }];
  const readings = ['status 0, skin 31 °C, battery 29 °C, charge 80 %', 'status 0, skin 31 °C, battery 29 °C, charge 80 % → status 1, skin 34.5 °C, battery 30 °C, charge 79 %', 'status 1, skin 36 °C, battery 31 °C, charge 78 %'];
  const state = [...start, ...readings.map((reading, n) => block(n, reading))].reduce(reduce, EMPTY_STATE);
  expect(state.health).toMatchObject([{ celsius: [31, 34.5, 36], chargePercent: [80, 79, 78] }]);
  expect(text(draw(state, 100, 30))).toContain('status 1, skin 36 °C, battery 31 °C, charge 78 % ▁▆█  heat ↗, charge ↘');
  expect(text(draw(state, 50, 30))).toContain('  36 °C ↗, charge 78 % ↘ ▁▆█');
});

test('samples are drawn from the fastest to the slowest, and no outlier is lost among many', () => {
  const block = { step: 'b', device: 'host', variant: 'v', unit: 'cpu:1', count: 4, samples: [1, 2, 3, 9] };
  const [head, ...rows] = text(sampleLines(block, 80, 2)).split('\n');
  expect(head).toBe('  last block: v on cpu:1  4 samples, 1.00 ms to 9.00 ms, median 2.50 ms');
  expect(rows).toEqual(['           ███', '  ▁▁▁▃▃▃▅▅▅███']);
  const many = Array.from({ length: 500 }, (_, i) => (i === 321 ? 50 : 1));
  const [, line = ''] = text(sampleLines({ ...block, samples: many, count: 700 }, 54, 1)).split('\n');
  expect(line.trim()).toMatch(/^▁{32}█▁{17}$/);
  expect(text(sampleLines({ ...block, samples: many, count: 700 }, 90, 1))).toContain('last 500 of 700 samples');
  expect(sampleLines({ ...block, samples: [Number.NaN, 1] }, 80, 2)).toEqual([]);
});

test('the table of medians tells how many times the fastest each takes; what does not fit is counted', () => {
  const series = (['a', 'b'] as const).flatMap((variant, v) => ['cpu', 'htp'].map((unit, u) => ({ step: 'b', device: 'phone', variant, unit, medians: [(v + 1) * 10 ** u, 100] }))).slice(0, 3);
  expect(text(medianTable(series.map((s) => ({ ...s, medians: s.medians.slice(0, 1) })), 60, 5)).split('\n')).toEqual(['  median            cpu      htp', '  a       1.00 ms        10.0 ms', '  b       2.00 ms 2.00×        –']);
  const wide = Array.from({ length: 9 }, (_, i) => ({ step: 'b', device: 'phone', variant: 'a', unit: `unit-${i}`, medians: [1] }));
  expect(text(medianTable(wide, 40, 5))).toContain('… 7 more');
});

test('time left goes by what was done since the first progress, and is not guessed early', () => {
  const progress = (n: number, done: number): DynoEvent => ({ type: 'step-progress', at: second(n), id: 'a', done, total: 100, note: null });
  const step = (...events: DynoEvent[]) => [{ type: 'step-started', at, id: 'a' } as DynoEvent, ...events].reduce(reduce, EMPTY_STATE).steps[0] as UiState['steps'][number];
  // A resumed step: 60 of its parts were there before it began.
  const resumed = step(progress(0, 60), progress(10, 70));
  expect(millisecondsLeft(resumed, Date.parse(second(10)))).toBe(30_000);
  expect(millisecondsLeft(resumed, Date.parse(second(14)))).toBe(26_000);
  expect(millisecondsLeft(resumed, Date.parse(second(90)))).toBe(0);
  expect(millisecondsLeft(step(progress(0, 0), progress(2, 50)), Date.parse(second(2)))).toBeNull();
  expect(millisecondsLeft(step(progress(0, 5), progress(9, 5)), Date.parse(second(9)))).toBeNull();
});

test('a step that fails is asked about, one that is being left out says so', () => {
  const failed = reduce(midway(), { type: 'question', at, id: 'bench:ultramini-x2', message: 'the phone is gone', hint: 'Plug it in.', choices: ['retry', 'skip', 'abort'] });
  expect(text(draw(failed, 80, 24))).toMatch(/✗ Time 5 variants of ultramini-x2 on host failed\n {2}the phone is gone\n {2}→ Plug it in\.\nWhat now\? {2}r try again {2}s leave out {2}a end run\n/);
  const leaving = reduce(midway(), { type: 'step-skipped', at, id: 'bench:ultramini-x2', by: 'user', reason: 'left out by hand' });
  expect(text(draw(leaving, 80, 24))).toContain('» Time 5 variants');
  expect(text(draw(leaving, 80, 24))).toContain('left out by hand; it comes to rest');
});

test('however many events come, the state stays as small', () => {
  const start: DynoEvent[] = [{ type: 'run-started', at, directory: null, steps: [{ id: 'b', kind: 'bench', title: 'Time it' }] }, { type: 'step-started', at, id: 'b' }];
  let state = start.reduce(reduce, EMPTY_STATE);
  const size = (count: number): number => {
    for (let i = 0; i < count; i++) {
      const block: Block = { samples: Array.from({ length: 600 }, (_, n) => n), loadMs: 1, firstMs: 1, warmup: { runs: 1, stable: true }, startedAt: at, order: 0, thermal: `skin ${30 + (i % 7)} °C` };
      state = reduce(state, { type: 'block', at, id: 'b', device: 'phone', variant: 'v', unit: 'htp', block });
      state = reduce(state, { type: 'warning', at, id: 'b', code: 'disturbed', text: 'disturbed', hint: null });
      state = reduce(state, { type: 'log', at, id: 'b', line: { source: 'adb', level: 'info', text: 'a line', device: null } });
      state = reduce(state, { type: 'candidate', at, id: 'b', candidate: { name: `way ${i}`, bytes: i, spillBytes: 0, limitBytes: 1, reason: null } });
      state = reduce(state, { type: 'step-progress', at, id: 'b', done: i, total: null, note: null });
    }
    return JSON.stringify({ ...state, logDropped: 0, steps: [], warnings: [], warned: null }).length;
  };
  const once = size(1200);
  expect(Math.abs(size(1200) - once)).toBeLessThan(once * 0.01);
  expect(state.warnings).toMatchObject([{ count: 2400 }]);
});
