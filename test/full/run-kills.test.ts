import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Prng } from '../../models/run/prng.ts';
import { parseReport } from '../../reports/model/parse-report.ts';
import type { Report } from '../../reports/model/report.ts';
import { repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-kills-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = (runs: string): string => {
  const path = join(folder, `${runs}.json`);
  writeFileSync(path, JSON.stringify({
    models: { net: join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx') }, targets: ['ane:A15', 'htp:SM8550'], images: join(repoRoot, 'models/zoo/samples'),
    quantize: { images: 2 }, bench: { units: ['cpu:1'], rounds: [2, 2], wait: 0 }, quality: { metrics: ['psnr:y'] }, runs: join(folder, runs),
  }));
  return path;
};

/** What must not depend on when a run was killed. */
const facts = ({ variants, quality, rewrites, checks }: Report): unknown => ({
  variants, checks, quality: quality.map(({ variant, perImage }) => [variant, perImage]), rewrites: rewrites.map(({ variant, log }) => [variant, log.records.length, log.whole]),
});

const reportOf = (runs: string): Report => {
  const [run] = readdirSync(join(folder, runs));
  const path = join(folder, runs, run as string, 'report.json');
  return parseReport(readFileSync(path, 'utf8'), path);
};

test('the real run, killed at twelve seeded moments, ends with the same models, values and findings as one that was left alone', async () => {
  const random = new Prng(7);
  expect((await runCli(['run', '-c', config('reference')])).code).toBe(0);
  let attempts = 0;
  for (; attempts < 12; attempts++) {
    const began = existsSync(join(folder, 'killed'));
    if (await killedAfter(['run', '-c', config('killed'), ...(began ? ['--resume'] : [])], 300 + Math.floor(random.uniform() * 4000))) break;
  }
  const { code, stderr } = await runCli(['run', '-c', config('killed'), '--resume']);
  expect(code).toBe(0);
  expect(stderr).toContain('from last time');
  expect(readdirSync(join(folder, 'killed'))).toHaveLength(1);
  expect(facts(reportOf('killed'))).toEqual(facts(reportOf('reference')));
  expect(reportOf('killed').measurements.map(({ blocks }) => blocks.length)).toEqual(reportOf('reference').measurements.map(({ blocks }) => blocks.length));
});

/** Kills the run, with everything that it started, after so many milliseconds; true where it ended by itself. */
function killedAfter(args: readonly string[], ms: number): Promise<boolean> {
  const tsx = join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs');
  const child = spawn(process.execPath, ['--import', tsx, join(repoRoot, 'cli/bin.ts'), ...args], { stdio: 'ignore', detached: true });
  const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), ms);
  return new Promise((resolve) => child.on('exit', (code) => {
    clearTimeout(timer);
    resolve(code === 0);
  }));
}
