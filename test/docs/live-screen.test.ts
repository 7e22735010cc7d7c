import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EMPTY_STATE, reduce } from '../../cli/ui/reduce.ts';
import { helpLines } from '../../cli/ui/screen/help.ts';
import type { Line } from '../../cli/ui/screen/line.ts';
import { liveLines } from '../../cli/ui/screen/screen.ts';
import { FIRST_VIEW } from '../../cli/ui/view.ts';
import type { DynoEvent } from '../../models/contracts/index.ts';
import { fixture, repoRoot } from '../support/paths.ts';

const page = readFileSync(join(repoRoot, 'docs/live-screen.md'), 'utf8');
const text = (lines: readonly Line[]): string => lines.map((line) => line.map((span) => span.text).join('').trimEnd()).join('\n');

test('the picture of the screen is what the recorded run draws', () => {
  const events = readFileSync(fixture('events/run.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as DynoEvent);
  const blocks = events.flatMap(({ type }, i) => (type === 'block' ? [i] : []));
  const state = events.slice(0, (blocks[11] as number) + 1).reduce(reduce, EMPTY_STATE);
  const screen = { columns: 80, rows: 24, now: Date.parse(state.at ?? ''), frame: 0, stopping: false };
  const drawn = text(liveLines(state, screen, { ...FIRST_VIEW, full: true }, 'ultramini-x2 → ane:A15, htp:SM8550'));
  const [, shown] = /```text\n([\s\S]*?)\n```/.exec(page) as RegExpExecArray;
  expect(shown).toBe(drawn);
});

test('every key of the help is in the table of keys', () => {
  const [, table] = /## Keys\n([\s\S]*?)\n## /.exec(page) as RegExpExecArray;
  const keys = helpLines(80, 40).slice(1).map(([key]) => key?.text.trim() as string);
  expect(keys.length).toBeGreaterThan(8);
  for (const key of keys.flatMap((name) => name.split(' '))) expect(table, key).toContain(key);
});
