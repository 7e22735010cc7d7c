import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Baseline } from '../../../reports/gate/index.ts';
import type { Report } from '../../../reports/model/index.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { repoRoot } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-htp-run-'));
const temporary = (...path: string[]): string => join(folder, ...path);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const config = (): string => {
  const path = temporary('dyno.config.json');
  writeFileSync(path, JSON.stringify({
    models: { net: join(repoRoot, 'models/zoo/weights/ultramini-x2-dynamic.onnx') }, targets: ['htp:SM8550'], images: temporary('pictures'),
    quantize: { images: 1 }, bench: { units: ['cpu:1'], rounds: [1, 1], wait: 0, size: 64 },
    quality: { metrics: ['psnr:y'], on: ['host', 'emulator:SM8550'], tile: 64 },
    gate: { gates: [{ target: 'htp:*', variant: 'htp-*-fp32', cpuNodes: { max: 0 }, segments: { max: 1 }, spill: { max: '0 B' } }] }, runs: 'runs',
  }));
  return path;
};
const env = { ...(process.env['DYNO_PYTHON_ENV'] ? { DYNO_PYTHON_ENV: process.env['DYNO_PYTHON_ENV'] } : {}) };
const dyno = (args: readonly string[], more: Record<string, string> = env) => runCli([...args, '-c', temporary('dyno.config.json')], { cwd: temporary(), env: more });
const report = (): { path: string; report: Report } => {
  const path = join(temporary('runs'), readdirSync(temporary('runs')).sort().at(-1) as string, 'report.json');
  return { path, report: JSON.parse(readFileSync(path, 'utf8')) as Report };
};

beforeAll(async () => {
  mkdirSync(temporary('pictures'));
  const pixels = Uint8Array.from({ length: 96 * 80 * 3 }, (_, i) => (i * 37 + Math.floor(i / 288) * 11) % 256);
  await sharp(pixels, { raw: { width: 96, height: 80, channels: 3 } }).blur(1).png().toFile(join(temporary('pictures'), 'a.png'));
  config();
});

test('without the compiler a run ends well, says once what is missing, and judges nothing by it', async () => {
  const { code, stdout, stderr } = await dyno(['run'], { DYNO_CACHE: temporary('empty') });
  expect(stderr.split('dyno setup python'), stderr).toHaveLength(2);
  expect(stderr).toMatch(/skipped\s+not compiled/);
  expect([code, stdout.includes('Nothing was compiled')]).toEqual([2, true]);
  expect(report().report.gates.map(({ status }) => status)).toEqual(['missing', 'missing', 'missing']);
  expect(report().report.quality.every(({ executor }) => executor === 'host')).toBe(true);
}, 240_000);

describe.skipIf(!htpToolchain)(`with Qualcomm's compiler${htpMissing}`, () => {
  test('compiled before and after, emulated from saved contexts, shown and kept; a second time nothing is done again', async () => {
    const { code, stdout } = await dyno(['run']);
    const { path, report: { compiled = [], quality, artifacts } } = report();
    expect(code).toBe(0);
    expect(stdout).toContain('Compiled for htp:SM8550');
    expect(compiled.map(({ variant, segments, cpuNodes }) => [variant, segments, cpuNodes])).toEqual([['original-fp32', 2, 3], ['htp-sm8550-fp32', 1, 0], ['htp-sm8550-w8a8-minmax', 1, 2]]);
    const emulated = quality.filter(({ executor }) => executor === 'emulator:SM8550');
    expect(emulated.map(({ variant, evidence }) => [variant, evidence])).toEqual(compiled.map(({ variant }) => [variant, 'emulated']));
    for (const { variant, mean } of emulated) {
      const host = quality.find((record) => record.variant === variant && record.executor === 'host');
      expect(Math.abs(mean - (host?.mean as number)), variant).toBeLessThan(0.1);
      expect(mean === host?.mean, variant).toBe(false);
    }
    const binaries = artifacts.filter(({ kind }) => kind === 'context-binary');
    expect(binaries.map(({ sha256 }) => sha256).sort()).toEqual(compiled.map(({ context }) => context?.sha256).sort());
    for (const { path: file, bytes } of binaries) expect(readFileSync(join(path, '..', file))).toHaveLength(bytes);
    const again = await dyno(['run', '--resume']);
    expect(again.stderr.split('from last time').length).toBeGreaterThan(7);
  }, 240_000);

  test('the run is held against itself, and against the baseline of another compiler', async () => {
    const base = temporary('baseline.json');
    expect((await dyno(['gate', '--base', base, '--update'])).code).toBe(0);
    const baseline = JSON.parse(readFileSync(base, 'utf8')) as Baseline;
    writeFileSync(base, JSON.stringify({ ...baseline, entries: baseline.entries.filter(({ noisy }) => !noisy).map((entry) => (entry.tools ? { ...entry, tools: { ...entry.tools, qairt: 'v1' } } : entry)) }));
    const { code, stdout } = await dyno(['gate', '--base', base, '--strict']);
    expect([code, stdout.includes('inconclusive')]).toEqual([3, true]);
    const tighter = temporary('budgets.json');
    writeFileSync(tighter, JSON.stringify({ gates: [{ variant: 'original-fp32', target: 'htp:*', ddr: { max: '1 kB' } }] }));
    const failed = await dyno(['gate', '--budgets', tighter]);
    expect([failed.code, /DDR traffic of original-fp32 for SM8550 ≤ 1\.00 kB/.test(failed.stdout)]).toEqual([1, true]);
  }, 480_000);
});
