import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LineLog } from '../../../cli/ui/lines.ts';
import { createStyle } from '../../../cli/ui/style.ts';
import type { DynoEvent } from '../../../models/contracts/index.ts';
import { fixture } from '../../support/paths.ts';

const recorded = (): DynoEvent[] =>
  readFileSync(fixture('events/run.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as DynoEvent);

function say(events: readonly DynoEvent[], color = false): string[] {
  const log = new LineLog(createStyle(color));
  return events.flatMap((event) => log.lines(event));
}

test('a recorded run reads as it should', async () => {
  await expect(`${say(recorded()).join('\n')}\n`).toMatchFileSnapshot(fixture('events/run.txt'));
});

test('without colours no escape sequence is printed, with colours the words are the same', () => {
  const [plain, colored] = [say(recorded()), say(recorded(), true)];
  expect(plain.join('')).not.toContain('\x1b');
  expect(colored.join('')).toContain('\x1b[32mok\x1b[39m');
  expect(colored.map((line) => line.replace(/\x1b\[\d+m/g, ''))).toEqual(plain);
});

test('progress is a sign of life after five silent seconds, not a line an event', () => {
  const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  const progress = (second: number): DynoEvent => ({ type: 'step-progress', at: at(second), id: 'a', done: second, total: 60, note: null });
  const lines = say([
    { type: 'run-started', at: at(0), directory: null, steps: [{ id: 'a', kind: 'bench', title: 'Bench' }] },
    { type: 'step-started', at: at(0), id: 'a' },
    ...Array.from({ length: 20 }, (_, i) => progress(i + 1)),
  ]);
  expect(lines).toEqual(['1 step', '[1/1] Bench', '      5 of 60', '      10 of 60', '      15 of 60', '      20 of 60']);
});

test('a failed step says so and a cached one where it is from', () => {
  const at = '2026-11-21T12:00:00.000Z';
  const lines = say([
    {
      type: 'run-started',
      at,
      directory: null,
      steps: [
        { id: 'a', kind: 'x', title: 'A' },
        { id: 'b', kind: 'x', title: 'B' },
      ],
    },
    { type: 'step-finished', at, id: 'a', outcome: 'cached', summary: 'fine', ms: 1 },
    { type: 'step-finished', at, id: 'b', outcome: 'failed', summary: '', ms: 1500 },
  ]);
  expect(lines.slice(1)).toEqual(['      ok, from last time  fine', '      failed (1.5 s)']);
});
