import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { fixture } from '../../support/paths.ts';
import { hasTmux, times, TmuxTerminal } from '../../support/tmux.ts';

let terminal: TmuxTerminal;
afterEach(() => terminal?.close());

const RECORDED = fixture('events/run.jsonl');
const TITLES = ['Read ultramini-x2', 'Check ultramini-x2 for ane:A15', 'Score 5 variants of ultramini-x2', 'Write the report'];

/** Nothing was erased that was there before, each step stays once, and nothing of a frame is left. */
function expectSound(history: string): void {
  expect(history).not.toMatch(/to come|Ctrl-C stops|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  for (const line of ['older line 1\n', 'older line 40\n']) expect(history).toContain(line);
  for (const title of TITLES) expect(times(history, `✓ ${title}`), title).toBe(1);
  expect(times(history, 'dyno  ultramini-x2 → ane:A15, htp:SM8550')).toBe(1);
  expect(history).toContain('… and 5 warnings more of the same kind');
}

/** No sequence erases the terminal or its scrollback, and what was changed is given back. */
function expectGivenBack(raw: string): void {
  expect(raw).not.toMatch(/\x1b\[[23]J/);
  expect(raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(raw.lastIndexOf('\x1b[?25l'));
  expect(raw.lastIndexOf('\x1b[?1049l')).toBeGreaterThanOrEqual(raw.lastIndexOf('\x1b[?1049h'));
}

test.skipIf(!hasTmux)('a run takes the whole terminal, is drawn anew when that changes, and leaves its steps in the scrollback', async () => {
  terminal = await TmuxTerminal.open(80, 24);
  const go = join(terminal.folder, 'go');
  terminal.run('test/support/replay-events.ts', RECORDED, '0', '150', go);
  const first = await terminal.until((screen) => screen.includes('Time 5 variants of ultramini-x2 on host') && screen.includes('8 of 12 steps'));
  expect(first.split('\n')[0]).toMatch(/^dyno {2}ultramini-x2 → ane:A15, htp:SM8550$/);
  terminal.resize(130, 40);
  await terminal.until((screen) => /✓ Read ultramini-x2 .* Time 5 variants .*━/.test(screen));
  terminal.resize(50, 14);
  const small = await terminal.until((screen) => screen.split('\n').length === 15 && screen.includes('? help  Ctrl-C stops'));
  expect(times(small, 'Ctrl-C stops')).toBe(1);
  terminal.press('l');
  await terminal.until((screen) => screen.includes('─ log'));
  terminal.resize(80, 24);
  await terminal.until((screen) => screen.split('\n').length === 25 && screen.includes('─ log'));
  writeFileSync(go, '');
  const { history, code } = await terminal.ended();
  expect(code).toBe(0);
  expectSound(history);
  expectGivenBack(terminal.raw());
});

test.skipIf(!hasTmux)('drawn in place it changes below what stands there, also when the terminal becomes narrower', async () => {
  terminal = await TmuxTerminal.open(100, 40);
  const go = join(terminal.folder, 'go');
  terminal.run('test/support/replay-events.ts', RECORDED, '0', '150', go);
  await terminal.until((screen) => screen.includes('8 of 12 steps'));
  terminal.press('f');
  await terminal.until((screen) => screen.includes('✓ Read ultramini-x2') && screen.includes('8 of 12 steps'));
  terminal.resize(60, 40);
  await terminal.until((screen) => /Time 5 variants of ultramini-?x?2?….*━/.test(screen));
  writeFileSync(go, '');
  const { history, code } = await terminal.ended();
  expect(code).toBe(0);
  expectSound(history);
  expectGivenBack(terminal.raw());
});

test.skipIf(!hasTmux)('Ctrl-C in raw mode stops the run with 130 and gives the terminal back', async () => {
  terminal = await TmuxTerminal.open(80, 24);
  terminal.run('test/support/replay-events.ts', RECORDED, '0', '150', join(terminal.folder, 'never'));
  await terminal.until((screen) => screen.includes('8 of 12 steps'));
  terminal.press('C-c');
  const { history, code } = await terminal.ended();
  expect(code).toBe(130);
  expect(times(history, '✓ Read ultramini-x2')).toBe(1);
  expectGivenBack(terminal.raw());
});

test.skipIf(!hasTmux)('a step that fails asks; keys try it again, leave the next one out, and without colours none is sent', async () => {
  terminal = await TmuxTerminal.open(80, 24, 'NO_COLOR=1');
  const file = join(terminal.folder, 'file');
  terminal.run('test/support/steered-run.ts', join(terminal.folder, 'run'), file);
  await terminal.until((screen) => screen.includes('the file is not there') && screen.includes('What now?  r try again  s leave out  a end run'));
  writeFileSync(file, '');
  terminal.press('r');
  await terminal.until((screen) => screen.includes('until somebody stops it'));
  terminal.press('s');
  await terminal.until((screen) => screen.includes('Leave out “Do third”, and what cannot do without it?'));
  terminal.press('y');
  const { history, code } = await terminal.ended();
  expect(code).toBe(0);
  expect(history).toContain('first done, second done, third skipped, last done');
  for (const line of ['! Do second failed: the file is not there', '✓ Do second', '– Do third', '✓ Do last']) expect(times(history, line), line).toBe(1);
  expect(terminal.raw()).not.toMatch(/\x1b\[[\d;]*m/);
  expectGivenBack(terminal.raw());
});
