import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { findEnvironment } from '../../converters/toolchain/index.ts';
import { findAdb } from '../../converters/toolchain/find-adb.ts';
import { findDriverPackages } from '../../device-harness/appium/driver-packages.ts';
import type { DynoEvent } from '../../models/contracts/index.ts';
import { parseReport } from '../../reports/model/parse-report.ts';
import { fixture, repoRoot } from '../support/paths.ts';
import { hasTmux, times, TmuxTerminal } from '../support/tmux.ts';

let terminal: TmuxTerminal;
afterEach(() => terminal?.close());

const MODEL = join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx');
const PICTURES = join(repoRoot, 'models/zoo/samples');

/** A folder with a config for the bundled model, and pictures of which one is none. */
function prepare(): { config: string; broken: string; good: string } {
  const pictures = join(terminal.folder, 'pictures');
  mkdirSync(pictures);
  const [good] = readdirSync(PICTURES).filter((name) => name.endsWith('.png'));
  copyFileSync(join(PICTURES, good as string), join(pictures, 'good.png'));
  const broken = join(pictures, 'broken.png');
  writeFileSync(broken, 'this is no picture');
  const config = join(terminal.folder, 'dyno.config.json');
  writeFileSync(config, JSON.stringify({
    models: { ultramini: MODEL }, targets: ['ane:A17Pro'], images: pictures, runs: join(terminal.folder, 'runs'), convert: { coreml: false },
    quantize: { methods: ['minmax'] }, bench: { units: ['cpu:1'], rounds: [2, 2], wait: 0, profile: 'quick' }, quality: { metrics: ['psnr:y:crop2:matlab'] },
    gate: { gates: [{ quality: { min: '10 dB' } }] },
  }));
  return { config, broken, good: join(pictures, 'good.png') };
}

const runFolder = (): string => join(terminal.folder, 'runs', readdirSync(join(terminal.folder, 'runs'))[0] as string);
const eventsOf = (folder: string): DynoEvent[] => readFileSync(join(folder, 'events.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as DynoEvent);

test.skipIf(!hasTmux)('a real run: a step fails, is tried again by a key, another one is left out, and the verdict says so', async () => {
  terminal = await TmuxTerminal.open(110, 36);
  const { config, broken, good } = prepare();
  terminal.run('cli/bin.ts', 'run', '-c', config);
  await terminal.until((screen) => /✗ Quantize .* failed/.test(screen) && screen.includes('r try again'));
  copyFileSync(good, broken);
  terminal.press('r');
  await terminal.until((screen) => /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Time /.test(screen));
  terminal.press('Tab', 'Down');
  await terminal.until((screen) => /›· Score/.test(screen));
  terminal.press('s');
  await terminal.until((screen) => screen.includes('Leave out “Score'));
  terminal.press('y');
  const { history, code } = await terminal.ended();
  expect(code).toBe(0);
  expect(times(history, '✓ Quantize ')).toBe(1);
  expect(times(history, '– Score ')).toBe(1);
  expect(history).toMatch(/~ \d of \d gates? inconclusive/);
  expect(history).toContain('left out by hand');
  expect(times(history, 'Report: ')).toBe(1);
  expect(history).not.toMatch(/Ctrl-C stops|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  const folder = runFolder();
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as { verdict: { status: string }; omissions: { kind: string; by: string }[]; quality: unknown[] };
  expect(report.verdict.status).toBe('inconclusive');
  expect(report.omissions).toMatchObject([{ kind: 'quality', by: 'user' }]);
  expect(report.quality).toEqual([]);
  expect(eventsOf(folder).map(({ type }) => type)).toEqual(expect.arrayContaining(['question', 'step-retried', 'step-skipped']));

  terminal.type('clear');
  await terminal.until((screen) => screen.trim() === '$');
  terminal.run('cli/bin.ts', 'run', '-c', config, '--resume');
  await terminal.until((screen) => /^rc=0$/m.test(screen));
  const resumed = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as { verdict: { status: string }; omissions?: unknown; quality: unknown[] };
  expect(resumed.omissions).toBeUndefined();
  expect(resumed.quality.length).toBeGreaterThan(0);
  expect(resumed.verdict.status).toBe('ok');
});

test.skipIf(!hasTmux)('a real run is stopped by Ctrl-C in the middle of timing, and goes on with --resume', async () => {
  terminal = await TmuxTerminal.open(80, 24);
  const { config, broken } = prepare();
  rmSync(broken);
  terminal.run('cli/bin.ts', 'run', '-c', config);
  await terminal.until((screen) => screen.includes('round 1: '));
  terminal.press('C-c');
  const { history, code } = await terminal.ended();
  expect(code).toBe(130);
  expect(history).toMatch(/■ Time .*\n(?:.*\n)*Finished steps are kept\. Go on with: dyno run --resume /);
  expect(existsSync(join(runFolder(), 'lock'))).toBe(false);
  terminal.type('clear');
  await terminal.until((screen) => screen.trim() === '$');
  terminal.run('cli/bin.ts', 'run', '-c', config, '--resume');
  await terminal.until((screen) => /^rc=0$/m.test(screen));
  expect(eventsOf(runFolder()).filter((event) => event.type === 'step-finished' && event.outcome === 'cached').length).toBeGreaterThan(2);
});

test.skipIf(!hasTmux)('for screen readers a real run speaks in lines, asks in words, and is answered by words', async () => {
  terminal = await TmuxTerminal.open(80, 24, 'DYNO_SCREEN_READER=1');
  const { config } = prepare();
  terminal.run('cli/bin.ts', 'run', '-c', config);
  await terminal.until((screen) => screen.includes('What now? Type retry to try again'));
  terminal.type('skip');
  await terminal.until((screen) => times(screen, 'What now? Type retry') === 2);
  terminal.type('stop');
  const { history, code } = await terminal.ended();
  expect(code).toBe(2);
  expect(history).toMatch(/skipped {2}left out after it failed: .*broken\.png cannot be read/);
  expect(history).toContain('Type a word and Enter: status, skip, retry');
  expect(terminal.raw()).not.toMatch(/\x1b\[\?(?:25|1049|2026)/);
});

const hasPhones = process.platform === 'linux' && findDriverPackages() !== null && findAdb() !== null && findEnvironment() !== null;

test.skipIf(!hasTmux || !hasPhones)('a phone is taken out by a key, the other goes on, and a resumed run goes on with its next block (needs dyno setup python, dyno setup phones, Linux)', async () => {
  terminal = await TmuxTerminal.open(130, 40);
  const config = join(terminal.folder, 'dyno.config.json');
  const [out, other] = ['virtual:SM8650', 'virtual:SM8550'];
  writeFileSync(config, JSON.stringify({
    models: { net: MODEL }, targets: ['htp:SM8550'], bench: { on: [other, out], units: ['htp'], rounds: [4, 4], wait: 0, profile: 'quick', size: 64 }, runs: join(terminal.folder, 'runs'),
  }));
  terminal.run('cli/bin.ts', 'run', '-c', config);
  await terminal.until((screen) => /virtual:SM8650 {2}Virtual/.test(screen) && times(screen, 'last block: ') === 2);
  terminal.press('a');
  const asked = await terminal.until((screen) => /Stop what\? .*\d virtual:SM8650/.test(screen));
  terminal.press(/(\d) virtual:SM8650/.exec(asked)?.[1] as string);
  const { history, code } = await terminal.ended();
  expect(code).toBe(0);
  expect(history).toContain('virtual:SM8650 taken out by hand');
  const folder = runFolder();
  const first = parseReport(readFileSync(join(folder, 'report.json'), 'utf8'), 'report.json');
  expect(first.omissions).toMatchObject([{ kind: 'bench', device: out, by: 'user' }]);
  expect([...new Set(first.measurements.map(({ device }) => device))]).toEqual([other]);
  const startsOf = (device: string): string[] => eventsOf(folder).flatMap((event) => (event.type === 'block' && event.device === device ? [event.block.startedAt] : []));
  const before = startsOf(out);
  expect(before.length).toBeGreaterThan(0);

  terminal.type('clear');
  await terminal.until((screen) => screen.trim() === '$');
  terminal.run('cli/bin.ts', 'run', '-c', config, '--resume');
  await terminal.until((screen) => /^rc=0$/m.test(screen));
  const second = parseReport(readFileSync(join(folder, 'report.json'), 'utf8'), 'report.json');
  expect(second.omissions).toBeUndefined();
  const used = second.measurements.filter(({ device }) => device === out).flatMap(({ blocks }) => blocks.map(({ startedAt }) => startedAt));
  expect(used.length).toBeGreaterThan(before.length);
  expect(used).toEqual(expect.arrayContaining(before));
});

test.skipIf(!hasTmux)('a second Ctrl-C ends what does not come to rest, and gives the terminal back', async () => {
  terminal = await TmuxTerminal.open(80, 24);
  terminal.run('test/support/steered-run.ts', join(terminal.folder, 'run'), fixture('events/run.jsonl'), 'deaf');
  await terminal.until((screen) => screen.includes('until somebody stops it'));
  terminal.press('C-c');
  await terminal.until((screen) => screen.includes('Ctrl-C again ends it at once'));
  terminal.press('C-c');
  await terminal.until((screen) => screen.trimEnd().endsWith('$'));
  expect(terminal.mode()).toEqual({ second: false, cursor: true });
  // The shell drops the rest of a line whose program was ended by a signal.
  terminal.type('echo "rc=$?"');
  const { history, code } = await terminal.ended();
  expect(code).toBe(130);
  expect(times(history, '✓ Do second')).toBe(1);
  expect(history).not.toContain('Ctrl-C again');
});

test.skipIf(!hasTmux).each([[200, 60], [40, 12]])('the recorded run at %i × %i', async (columns, rows) => {
  terminal = await TmuxTerminal.open(columns, rows);
  terminal.run('test/support/replay-events.ts', fixture('events/run.jsonl'), '5');
  const { history, code } = await terminal.ended();
  expect(code).toBe(0);
  for (const title of ['Read ultramini-x2', 'Score 5 variants', 'Write the report']) expect(times(history, `✓ ${title}`)).toBe(1);
  expect(history).toContain('older line 1\n');
  expect(history).not.toMatch(/to come|\? help|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  expect(terminal.raw()).not.toMatch(/\x1b\[[23]J/);
});
