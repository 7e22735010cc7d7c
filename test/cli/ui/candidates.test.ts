import { expect, test } from 'vitest';
import { LineLog } from '../../../cli/ui/lines.ts';
import { EMPTY_STATE, reduce } from '../../../cli/ui/reduce.ts';
import { candidateLines, candidateText } from '../../../cli/ui/screen/candidates.ts';
import { createStyle } from '../../../cli/ui/style.ts';
import { KEPT, type TriedCandidate } from '../../../cli/ui/ui-state.ts';
import type { DynoEvent } from '../../../models/contracts/events.ts';

const tried = (name: string, bytes: number | null, spillBytes: number | null = 0, reason: string | null = null): TriedCandidate => ({ step: 'tune', name, bytes, spillBytes, limitBytes: 8e6, reason });
const text = (lines: ReturnType<typeof candidateLines>): string[] => lines.map((line) => line.map((span) => span.text).join(''));

test('the best first, what failed only counted, never more lines than there is room', () => {
  const sound = [tried('b', 20e6, 5e6), tried('a', 8.4e6), tried('c', 90e6)];
  expect(text(candidateLines(sound, 4, 10))).toEqual(['   8.40 MB    1.05×  no spills        a', '   20.0 MB    2.50×  5.00 MB spilled  b', '   90.0 MB   11.25×  no spills        c', '  1 more tried']);
  expect(text(candidateLines(sound, 4, 2))).toEqual(['   8.40 MB    1.05×  no spills        a', '  3 more tried']);
  expect(candidateLines(sound, 4, 1)).toEqual([]);
  expect(candidateLines([], 0, 5)).toEqual([]);
});

test('a value that nobody knows is a dash', () => {
  expect(candidateText(tried('x', null, null)).trim()).toBe('–');
});

const at = (second: number): string => new Date(second * 1000).toISOString();
const event = (second: number, name: string, bytes: number | null, reason: string | null = null): DynoEvent => ({
  type: 'candidate', at: at(second), id: 'tune', candidate: { name, bytes, spillBytes: bytes === null ? null : 0, limitBytes: 8e6, reason },
});

test('the log has a line for each that is better than all before it, and for no other', () => {
  const log = new LineLog(createStyle(false));
  log.lines({ type: 'run-started', at: at(0), directory: null, steps: [{ id: 'tune', kind: 'tune', title: 'Tune' }] });
  const said = [event(1, 'first', 50e6), event(2, 'worse', 60e6), event(3, 'broken', 1e6, 'falls apart'), event(4, 'better', 9e6), event(5, 'as good', 9e6)].map((each) => log.lines(each).join());
  expect(said.map((line) => line.trim().split(/ {2,}/).at(-1))).toEqual(['first', '', '', 'better', '']);
});

test('the state keeps them by step, in the order in which they came', () => {
  const state = [event(1, 'x', 5), event(2, 'y', 4)].reduce(reduce, EMPTY_STATE);
  expect(state.candidates.map(({ step, name }) => [step, name])).toEqual([['tune', 'x'], ['tune', 'y']]);
});

test('of thousands the best are kept, whatever their order, and all are counted', () => {
  const order = Array.from({ length: 3000 }, (_, i) => (i * 1009) % 3000);
  const state = order.map((bytes) => event(1, `way ${bytes}`, bytes + 1)).reduce(reduce, EMPTY_STATE);
  expect(state.candidates.map(({ bytes }) => bytes).sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: KEPT.candidates }, (_, i) => i + 1));
  expect(state.steps[0]?.tried).toBe(3000);
});
