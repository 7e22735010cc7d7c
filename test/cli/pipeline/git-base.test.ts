import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gitBase } from '../../../cli/work/git-base.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Report } from '../../../reports/model/index.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { runCli } from '../../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-git-base-'));
const repository = join(folder, 'repository');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args], { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Convolutions one after the other on an image; each costs the same. */
function network(layers: number): Uint8Array {
  const names = Array.from({ length: layers }, (_, i) => i);
  const weights = Tensor.of('float32', [3, 3, 3, 3], Array.from({ length: 81 }, (_, i) => ((i % 7) - 3) / 20));
  return toBytes(buildModel({
    inputs: { input: ['float32', [1, 3, 96, 96]] }, outputs: { output: ['float32', [1, 3, 96, 96]] }, initializers: { w: weights },
    nodes: names.flatMap((i) => [
      ['Conv', [i === 0 ? 'input' : `r${i - 1}`, 'w'], [`c${i}`], { pads: [1, 1, 1, 1] }, { name: `conv${i}` }],
      ['Relu', [`c${i}`], [i === layers - 1 ? 'output' : `r${i}`], {}, { name: `relu${i}` }],
    ] as const),
  }));
}

beforeAll(() => {
  mkdirSync(join(repository, 'nets'), { recursive: true });
  git('init');
  writeFileSync(join(repository, 'nets', 'net.onnx'), network(2));
  writeFileSync(join(repository, 'nets', 'same.onnx'), network(2));
  writeFileSync(join(repository, 'dyno.config.json'), JSON.stringify({
    models: { net: 'nets/net.onnx', same: 'nets/same.onnx' }, targets: ['ane:A15'], convert: { coreml: false }, bench: { units: ['cpu:1'], rounds: [3, 4], wait: 0 }, runs: '../runs',
    gate: { gates: [{ variant: '*original-fp32', latency: { maxIncrease: '20%' } }, { variant: '*original-fp32', nodes: { maxIncrease: '0%' }, level: 'warn' }] },
  }));
  git('add', '.');
  git('commit', '-m', 'before');
  writeFileSync(join(repository, 'nets', 'net.onnx'), network(6));
});

describe('a run against a commit', () => {
  test('what changed is made and measured as it was, in turn with what it is; what did not change passes', async () => {
    const { code, stdout, stderr } = await runCli(['run', '--base', 'git:HEAD'], { cwd: repository });
    const [latest = ''] = readdirSync(join(folder, 'runs')).sort().reverse();
    const report = JSON.parse(readFileSync(join(folder, 'runs', latest, 'report.json'), 'utf8')) as Report;
    expect(report.variants.map(({ id, nodes }) => [id, nodes])).toEqual(expect.arrayContaining([['net/original-fp32', 12], ['base/net/original-fp32', 4], ['base/net/ane-a15-fp32', 4], ['same/original-fp32', 4]]));
    expect(report.variants.some(({ id }) => id.startsWith('base/same'))).toBe(false);
    const pairs = ['net/original-fp32', 'base/net/original-fp32'].map((variant) => report.measurements.find((m) => m.variant === variant)?.blocks.map(({ round }) => round));
    expect(pairs[0]).toEqual(pairs[1]);
    const verdict = (metric: string, variant: string) => report.gates.find((gate) => gate.metric === metric && gate.subject.variant === variant);
    expect(verdict('latency', 'net/original-fp32')).toMatchObject({ status: 'failed', title: expect.stringContaining('against') });
    expect(verdict('nodes', 'net/original-fp32')).toMatchObject({ status: 'warn', base: 4, value: 12 });
    expect(verdict('latency', 'same/original-fp32')).toMatchObject({ status: 'ok', message: expect.stringContaining('is unchanged since HEAD') });
    expect(verdict('size', 'net/ane-a15-fp32')).toMatchObject({ status: 'failed' });
    expect(report.gates.some(({ subject }) => subject.variant?.startsWith('base/'))).toBe(false);
    expect(code, stderr).toBe(1);
    expect(stdout).toContain('failed');
  }, 240_000);

  test('a finished run cannot be held against a commit, and says what can', async () => {
    const { code, stderr } = await runCli(['gate', '--base', 'git:HEAD'], { cwd: repository });
    expect(code).toBe(2);
    expect(stderr).toContain('dyno run --base git:REF');
  });

  test.each([['git:nowhere', /has no commit "nowhere"/], ['git:--all', /has no commit/]])('%s: exit 2, and nothing is left', async (base, text) => {
    const runs = join(folder, 'runs');
    const before = readdirSync(runs).length;
    const { code, stderr } = await runCli(['run', '--base', base], { cwd: repository });
    expect(code).toBe(2);
    expect(stderr).toMatch(text);
    expect(readdirSync(runs)).toHaveLength(before);
  }, 60_000);
});

describe('models of a commit', () => {
  const at = (name: string): string => join(repository, 'nets', name);

  test('a new model has none, and one outside of every repository is refused', () => {
    writeFileSync(at('new.onnx'), network(1));
    const base = gitBase('git:HEAD', [{ id: 'new', path: at('new.onnx') }, { id: 'net', path: at('net.onnx') }], join(folder, 'out-1'));
    expect(base.left['new']).toMatch(/does not exist at HEAD \([0-9a-f]{12}\)/);
    expect([...base.models].map(([id, { id: named }]) => [id, named])).toEqual([['net', 'net@base']]);
    expect(readFileSync(base.models.get('net')?.path ?? '')).toEqual(Buffer.from(network(2)));
    const stray = join(folder, 'stray.onnx');
    writeFileSync(stray, network(1));
    expect(() => gitBase('git:HEAD', [{ id: 'stray', path: stray }], join(folder, 'out-2'))).toThrow(/is in no Git repository/);
  });

  test('the commit of the first time stays, although the branch moves on', () => {
    const out = join(folder, 'out-3');
    const first = gitBase('git:main', [{ id: 'net', path: at('net.onnx') }], out).commit;
    writeFileSync(at('net.onnx'), network(3));
    git('commit', '-am', 'after');
    expect(gitBase('git:main', [{ id: 'net', path: at('net.onnx') }], out).commit).toBe(first);
    expect(gitBase('git:main', [{ id: 'net', path: at('net.onnx') }], join(folder, 'out-4')).left['net']).toMatch(/is unchanged since main/);
  });

  test('files that a model names beside itself come along', () => {
    const big = toBytes(buildModel({ inputs: { x: ['float32', [1]] }, outputs: { y: ['float32', [1]] }, nodes: [['Identity', ['x'], ['y'], {}, { name: 'weights.bin' }]] }));
    writeFileSync(at('big.onnx'), big);
    writeFileSync(at('weights.bin'), 'before');
    git('add', '.');
    git('commit', '-m', 'external');
    writeFileSync(at('weights.bin'), 'after');
    const { models } = gitBase('git:HEAD', [{ id: 'big', path: at('big.onnx') }], join(folder, 'out-5'));
    expect(readFileSync(join(models.get('big')?.path ?? '', '..', 'weights.bin'), 'utf8')).toBe('before');
  });
});
