/**
 * What the command line costs before it does anything: `dyno --help`, a cold `dyno check` of a small network, and a second one for a
 * Snapdragon, whose compiled and emulated answers are known by then, beside `node -e 0`, taking turns. Targets: 2.5, 5 and 6 times.
 *
 *     npx tsx test/bench/start-up.ts [--runs 21] [--dyno dist/bin/dyno.js]
 *
 * Build first (`npm run build`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { repoRoot } from '../support/paths.ts';
import { markdownTable } from './markdown-table.ts';
import { htpToolchain } from '../support/htp.ts';
import { type Contestant, interleaved, type ProcessRun, runProcess, summarize } from './process-times.ts';

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '21' }, dyno: { type: 'string', default: join(repoRoot, 'dist/bin/dyno.js') } },
});

const model = join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx');
const FLOOR = 'node -e 0';
const ASKED_AGAIN = 'dyno check, compiled before';
const TARGETS: Readonly<Record<string, number>> = { 'dyno --help': 2.5, 'dyno check': 5, [ASKED_AGAIN]: 6 };
const quietly = ['--fail-on', 'none', '--quiet', '--format', 'plain'];

/** Without a config above it. */
const elsewhere = mkdtempSync(join(tmpdir(), 'dyno-start-'));
try {
  const asked = dyno(ASKED_AGAIN, ['check', model, '--target', 'htp:SM8550', ...quietly]);
  if (htpToolchain) runProcess(asked.command, asked.args, elsewhere);
  const results = interleaved(
    [
      { name: FLOOR, command: process.execPath, args: ['-e', '0'] },
      dyno('dyno --help', ['--help']),
      dyno('dyno check', ['check', model, '--target', 'ane:A15', ...quietly]),
      ...(htpToolchain ? [asked] : []),
    ],
    Number(options.runs),
  );
  console.log(markdownTable(['process', 'min s', 'median s', 'CPU s', 'MiB', 'min / node', 'CPU / node', 'target'], rows(results)));
} finally {
  rmSync(elsewhere, { recursive: true });
}

function dyno(name: string, args: readonly string[]): Contestant {
  return { name, command: process.execPath, args: [resolve(options.dyno), ...args], cwd: elsewhere };
}

function rows(results: ReadonlyMap<string, ProcessRun[] | string>): string[][] {
  const floor = summarize(results.get(FLOOR) as ProcessRun[]);
  return [...results].map(([name, runs]) => {
    if (typeof runs === 'string') throw new Error(runs);
    const { min, median, cpu, mebibytes } = summarize(runs);
    const ratios = [min / floor.min, cpu / floor.cpu].map((ratio) => ratio.toFixed(2));
    return [name, min.toFixed(3), median.toFixed(3), cpu.toFixed(2), mebibytes.toFixed(0), ...ratios, TARGETS[name] === undefined ? '' : `≤ ${TARGETS[name]}`];
  });
}
