import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readPackage } from '../../../converters/coreml/index.ts';
import { findEnvironment } from '../../../converters/toolchain/index.ts';
import type { Report } from '../../../reports/model/index.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { repoRoot } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-coreml-run-'));
const temporary = (...path: string[]): string => join(folder, ...path);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const NET = join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx');

async function run(name: string, settings: object, { model = NET, args = [] as string[], env = {} as Record<string, string> } = {}) {
  const config = temporary(`${name}.json`);
  writeFileSync(config, JSON.stringify({ models: { net: model }, targets: ['ane:A15'], bench: { units: ['cpu:1'], rounds: [1, 1], wait: 0, size: 32 }, runs: name, ...settings }));
  const result = await runCli(['run', '-c', config, ...args], { cwd: temporary(), env: { ...(process.env['DYNO_PYTHON_ENV'] ? { DYNO_PYTHON_ENV: process.env['DYNO_PYTHON_ENV'] } : {}), ...env } });
  const [latest] = existsSync(temporary(name)) ? readdirSync(temporary(name)).sort().reverse() : [];
  const path = latest === undefined ? null : temporary(name, latest);
  return { ...result, path, report: path === null ? null : (JSON.parse(readFileSync(join(path, 'report.json'), 'utf8')) as Report) };
}

describe.skipIf(!findEnvironment())('with coremltools', () => {
  test('a run makes a package of what was rewritten, says what it holds and how far it is from its model, and keeps it', async () => {
    const { code, stdout, path, report } = await run('whole', { convert: { coreml: { minIos: 17, weights: 'int8' } } });
    expect(code).toBe(0);
    const [made] = report?.packages ?? [];
    expect(made).toMatchObject({ variant: 'ane-a15-fp32', target: 'ane:A15', system: 'iOS 17', precision: 'fp16', weights: 'int8', islands: 0, verified: { output: 'output', explained: true } });
    expect(made?.operations).toEqual(expect.arrayContaining([{ type: 'conv', count: 4 }, { type: 'pixel_shuffle', count: 1 }]));
    expect(made?.verified?.db).toBeGreaterThan(10);
    expect(stdout).toMatch(/Core ML packages\s+verified\(host\)/);
    const kept = readPackage(join(path ?? '', made?.file ?? ''));
    expect(kept.functions[0]?.inputs[0]?.type).toMatchObject({ kind: 'array', shape: [1, 3, 32, 32] });
    expect(report?.artifacts.filter(({ kind }) => kind === 'mlpackage').map((artifact) => artifact.path)).toEqual([made?.file]);
    const again = await run('whole', { convert: { coreml: { minIos: 17, weights: 'int8' } } }, { args: ['--resume'] });
    expect(again.stderr).toMatch(/\[\d+\/\d+\] Convert[\s\S]*?from last time/);
    expect(again.report?.packages).toEqual(report?.packages);
  }, 480_000);

  test('a model that Core ML has no form of is a warning, and the run goes on', async () => {
    const model = temporary('strange.onnx');
    writeFileSync(model, toBytes(buildModel({ inputs: { x: ['float32', [1, 3, 3]] }, outputs: { y: ['float32', [1]] }, nodes: [['Det', ['x'], ['y']]] })));
    const { code, stderr, report } = await run('strange', {}, { model });
    expect(code, stderr).toBe(0);
    expect(report?.packages).toEqual([]);
    expect(report?.warnings).toEqual(expect.arrayContaining([expect.objectContaining({ code: 'no-coreml', text: expect.stringMatching(/Det .*no form/) })]));
  }, 480_000);

  test('an option that the system does not have ends the run before it begins', async () => {
    const { code, stderr, path } = await run('early', { convert: { coreml: { weights: 'int4' } } });
    expect([code, path]).toEqual([2, null]);
    expect(stderr).toMatch(/weights of 4 bits from iOS 18 on/);
  }, 480_000);
});

test('without coremltools the step is skipped with one sentence; switched off it is not there', async () => {
  const { code, stderr, report } = await run('bare', {}, { env: { DYNO_CACHE: temporary('empty') } });
  expect(code).toBe(0);
  expect(stderr).toMatch(/skipped\s+not converted/);
  expect(report?.warnings.filter(({ code: kind }) => kind === 'no-coreml').map(({ text }) => text)).toEqual(['No Core ML package was made: coremltools is not installed here. Install it: dyno setup python (no account, no Mac).']);
  const off = await run('off', { convert: { coreml: false } });
  expect(off.stderr).not.toMatch(/Core ML/);
  expect(off.report?.packages).toEqual([]);
}, 480_000);
