import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SweepReport } from '../../reports/sweep/sweep-schema.ts';
import { repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { commandsOf, fences, isShown, words } from '../docs/console.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-examples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const readmeOf = (name: string): string => readFileSync(join(repoRoot, 'examples', name, 'README.md'), 'utf8');

describe('QuickSRNet’s export in five steps', () => {
  beforeAll(() => cpSync(join(repoRoot, 'models/zoo/samples'), join(folder, 'samples'), { recursive: true }));

  test.each(commandsOf(fences(readmeOf('export-in-five-steps'), 'console')))('$command', async ({ command, output }) => {
    const { stdout, stderr } = await runCli(words(command).slice(1), { cwd: folder });
    const lines = (stdout === '' ? stderr : stdout).trimEnd().split('\n');
    if (!isShown(output, lines)) expect(lines).toEqual(output);
  });

  test('the encodings that follow the rewrite are those that are permuted by hand', () => {
    expect(readFileSync(join(folder, 'by-hand.encodings'), 'utf8')).toBe(readFileSync(join(folder, 'dcr.encodings'), 'utf8'));
    expect(readFileSync(join(folder, 'dcr.encodings'), 'utf8')).not.toBe(readFileSync(join(folder, 'small.encodings'), 'utf8'));
  });

  test('run.sh has the same commands', () => {
    const script = readFileSync(join(repoRoot, 'examples/export-in-five-steps/run.sh'), 'utf8').replaceAll('"$root/models/zoo/samples"', 'samples');
    const shown = commandsOf(fences(readmeOf('export-in-five-steps'), 'console')).map(({ command }) => command).filter((command) => !command.startsWith('dyno quality'));
    expect(shown.filter((command) => !script.includes(command))).toEqual([]);
  });
});

const set5 = existsSync(join(repoRoot, '../shared/data/images/Set5'));

test.skipIf(!set5)('QuickSRNet-Small on the usual sets, from its config: the dB of the README (skipped without ../shared/data)', async () => {
  const { code, stdout } = await runCli(['sweep', join(repoRoot, 'examples/quicksrnet-sets/sweep.json'), '--dir', join(folder, 'sets'), '--json']);
  const { rows, columns } = JSON.parse(stdout) as SweepReport;
  const shown = readmeOf('quicksrnet-sets').split('\n').filter((line) => /^\| (float|W8A8) /.test(line)).map((line) => line.split('|').map((cell) => cell.trim()));
  expect([code, rows.map(({ label }) => label)]).toEqual([0, ['float', 'W8A8']]);
  for (const [r, { cells }] of rows.entries()) {
    const own = columns.flatMap(({ id, unit }, c) => (unit === 'dB' && cells[id]?.evidence === 'computed' ? [[cells[id]?.value as number, shown[r]?.[c + 2] ?? '']] : [])) as [number, string][];
    expect(own.length).toBeGreaterThanOrEqual(2);
    for (const [value, text] of own) expect(Math.abs(value - Number.parseFloat(text))).toBeLessThan(0.011);
  }
});

test('a network drawn at random has latency, traffic and estimate, and no quality', async () => {
  mkdirSync(join(folder, 'abpn'));
  copyFileSync(join(repoRoot, 'examples/abpn-residual/sweep.json'), join(folder, 'abpn', 'sweep.json'));
  const config = JSON.parse(readFileSync(join(folder, 'abpn', 'sweep.json'), 'utf8')) as { axes: { resolution: string } };
  writeFileSync(join(folder, 'abpn', 'sweep.json'), JSON.stringify({ ...config, axes: { ...config.axes, resolution: '64x64', precision: 'fp32' } }));
  const { code, stdout } = await runCli(['sweep', join(folder, 'abpn', 'sweep.json'), '--dir', join(folder, 'abpn', 'kept'), '--only', 'model=abpn', '--json']);
  const { rows, columns } = JSON.parse(stdout) as SweepReport;
  const cell = (title: string) => rows[0]?.cells[columns.find((column) => column.title === title)?.id as string];
  expect([code, rows.map(({ label }) => label)]).toEqual([0, ['ABPN']]);
  expect(cell('parameters')).toMatchObject({ value: 50652, evidence: 'computed' });
  expect(cell('fp32')).toMatchObject({ evidence: 'measured(host)', value: expect.any(Number) });
  expect(cell('ms')).toMatchObject({ value: 2.17, evidence: null });
});
