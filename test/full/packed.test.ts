import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repoRoot } from '../support/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-packed-'));
const project = join(folder, 'project');
const environment = { ...process.env, DYNO_NO_PYTHON: '1', NO_COLOR: '1' };

interface PackedFile {
  readonly path: string;
}

let packed: readonly PackedFile[] = [];

/** What `npm pack` ships, installed where nothing of the project is. */
beforeAll(() => {
  const [archive] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: repoRoot, encoding: 'utf8' })) as [{ filename: string; files: PackedFile[] }];
  packed = archive.files;
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "app", "private": true, "type": "module" }');
  execFileSync('npm', ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', join(folder, archive.filename)], { cwd: project, encoding: 'utf8', stdio: 'pipe' });
  copyFileSync(join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx'), join(project, 'mini.onnx'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function dyno(...args: readonly string[]) {
  return spawnSync(join(project, 'node_modules/.bin/dyno'), args, { cwd: project, encoding: 'utf8', env: environment });
}

describe('the packed tarball', () => {
  test('publint finds nothing', () => {
    const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'publint', '--strict'], { cwd: repoRoot, encoding: 'utf8' });
    expect(stdout + stderr).toContain('All good!');
    expect(status).toBe(0);
  });

  test('holds no sources, tests, pictures of others or build leftovers', () => {
    const strange = packed.filter(({ path }) => /(?<!\.d)\.tsx?$|^test\/(?!fixtures\/coreml-witnesses\/)|\.map$|node_modules|^\.|\.tmp$/.test(path) && !path.startsWith('device-harness/apps/'));
    expect(strange.map(({ path }) => path)).toEqual([]);
    for (const needed of ['dist/bin/dyno.js', 'cli/config/schema.json', 'reports/report.schema.json', 'LICENSE', 'README.md']) expect(packed.map(({ path }) => path)).toContain(needed);
  });
});

describe('installed in an empty folder', () => {
  test('version and help', () => {
    const { version } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as { version: string };
    expect(dyno('--version').stdout.trim()).toBe(version);
    expect(dyno('--help').stdout).toMatch(/^Usage: dyno/);
  });

  test('check, rewrite, zoo, doctor', () => {
    expect(dyno('check', 'mini.onnx', '--target', 'ane:A15').status).toBe(1);
    expect(dyno('rewrite', 'mini.onnx', '-o', 'mini.ane.onnx', '--target', 'ane:A15').status).toBe(0);
    expect(dyno('check', 'mini.ane.onnx', '--target', 'ane:A15').status).toBe(0);
    expect(dyno('zoo', 'make', 'quicksrnet-small', '-o', 'small.onnx').status).toBe(0);
    expect([0, 1]).toContain(dyno('doctor').status);
  });

  test('a whole run with pictures, from a written config', () => {
    expect(dyno('init', 'mini.onnx', '--target', 'ane:A15', '--data', 'node_modules/npu-dyno/models/zoo/samples').status).toBe(0);
    const { status, stdout, stderr } = dyno('run', '--on', 'none', '--method', 'minmax', '--json');
    expect([status, stderr]).toEqual([0, expect.not.stringMatching(/^error/m)]);
    const report = JSON.parse(stdout) as { quality: readonly { variant: string; mean: number }[] };
    expect(report.quality.find(({ variant }) => variant === 'original-fp32')?.mean).toBeGreaterThan(20);
    const [run] = readdirSync(join(project, '.dyno/runs')).filter((name) => name !== 'last');
    expect(readdirSync(join(project, '.dyno/runs', run as string))).toEqual(expect.arrayContaining(['report.html', 'report.json']));
  });

  test('the modules that package.json exports', () => {
    const script = "const names = ['models', 'converters', 'device-harness', 'reports', 'config']; for (const name of names) console.log(name, Object.keys(await import(`npu-dyno/${name}`)).length > 0);";
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: project, encoding: 'utf8', env: environment }).trim().split('\n')).toEqual(['models true', 'converters true', 'device-harness true', 'reports true', 'config true']);
  });
});
