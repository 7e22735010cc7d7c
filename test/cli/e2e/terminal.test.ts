import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
import { fixture, repoRoot } from '../../support/paths.ts';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'dyno-tmux-'));
/** A server of its own for every test: one that is going down would take the next session with it. */
let server = 0;
const tmux = (...args: string[]): string => spawnSync('tmux', ['-L', `dyno-test-${process.pid}-${server}`, ...args], { encoding: 'utf8' }).stdout;

afterEach(() => {
  tmux('kill-server');
  server++;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A terminal of a size, in which the recorded run is played; everything that was written to it lands in a file. */
async function play(columns: number, rows: number, pause: number): Promise<{ raw: () => string }> {
  const raw = join(folder, `raw-${columns}x${rows}.txt`);
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), 'sh');
  tmux('set-option', '-g', 'history-limit', '5000');
  tmux('send-keys', "PS1='$ '; unset CI; export TERM=xterm-256color; clear", 'Enter');
  await untilShown((screen) => screen.trim() === '$');
  tmux('send-keys', "seq -f 'older line %g' 1 40", 'Enter');
  await untilShown((screen) => screen.includes('older line 40'));
  tmux('pipe-pane', `cat > ${raw}`);
  const tsx = join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs');
  tmux(
    'send-keys',
    `node --import ${tsx} ${join(repoRoot, 'test/support/replay-events.ts')} ${fixture('events/run.jsonl')} ${pause}; echo "rc=$?"`,
    'Enter',
  );
  return { raw: () => readFileSync(raw, 'utf8') };
}

async function untilShown(is: (screen: string) => boolean): Promise<string> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const screen = tmux('capture-pane', '-p', '-S', '-');
    if (is(screen)) return screen;
    await sleep(50);
  }
  throw new Error(`The terminal never showed it:\n${tmux('capture-pane', '-p', '-S', '-')}`);
}

test.skipIf(!hasTmux).each([
  [80, 14],
  [40, 12],
  [120, 40],
])('in %i × %i a run is drawn, nothing above it is erased, and every step stays readable', async (columns, rows) => {
  const { raw } = await play(columns, rows, 8);
  const screen = await untilShown((text) => /rc=\d/.test(text));
  expect(screen).toContain('rc=0');
  expect(raw()).not.toMatch(/\x1b\[[23]J/);
  for (const line of ['older line 1\n', 'older line 40\n']) expect(screen).toContain(line);
  for (const title of ['Read ultramini-x2', 'Check ultramini-x2 for ane:A15', 'Score 5 variants', 'Write the report'])
    expect(screen.split(`✓ ${title}`)).toHaveLength(2);
  expect(screen).toContain('… and 5 warnings more of the same kind');
  expect(screen).not.toContain('to come');
  expect(raw()).toContain('\x1b[?25h');
});

test.skipIf(!hasTmux)('Ctrl-C in raw mode stops the run with 130 and gives the cursor back', async () => {
  const { raw } = await play(80, 24, 60);
  await untilShown((text) => text.includes('of 12 steps'));
  tmux('send-keys', 'C-c');
  const screen = await untilShown((text) => /rc=\d/.test(text));
  expect(screen).toContain('rc=130');
  expect(raw()).toContain('\x1b[?25h');
});
