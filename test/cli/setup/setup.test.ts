import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
// @ts-expect-error set-up scripts are plain JavaScript
import { requireNode, satisfies } from '../../../cli/setup/node-version.mjs';
// @ts-expect-error set-up scripts are plain JavaScript
import { packagesInstalled } from '../../../cli/setup/packages.mjs';
// @ts-expect-error set-up scripts are plain JavaScript
import { sourceHash } from '../../../cli/setup/sources.mjs';
import { repoRoot } from '../../support/paths.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dyno-setup-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const manifest = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as { engines: { node: string } };

test.each([
  ['20.19.0', true],
  ['20.18.3', false],
  ['21.7.0', false],
  ['22.11.0', false],
  ['22.12.0', true],
  ['23.5.0', false],
  ['24.0.0', true],
  ['25.1.0-nightly', true],
  ['18.20.0', false],
])('Node %s is %s for the range that package.json states', (version, fits) => {
  expect(satisfies(manifest.engines.node, version)).toBe(fits);
});

test('a Node that is too old is told what is needed', () => {
  expect(() => requireNode(manifest.engines.node, '18.0.0')).toThrow('Node 18.0.0 does not run dyno: it needs ^20.19.0');
});

test('packages count as installed when npm finished with exactly what the lock file asks for', () => {
  const entry = (version: string) => ({ version, integrity: `sha512-${version}` });
  const lock = (file: string, packages: object): void => writeFileSync(join(root, file), JSON.stringify({ packages }));
  mkdirSync(join(root, 'node_modules'));
  lock('package-lock.json', { '': {}, 'node_modules/a': entry('1.0.0'), 'node_modules/b': { ...entry('2.0.0'), optional: true } });
  expect(packagesInstalled(root)).toBe(false);
  lock('node_modules/.package-lock.json', { 'node_modules/a': entry('1.0.0') });
  expect(packagesInstalled(root)).toBe(true);
  lock('node_modules/.package-lock.json', { 'node_modules/a': entry('1.0.1') });
  expect(packagesInstalled(root)).toBe(false);
  lock('node_modules/.package-lock.json', { 'node_modules/a': entry('1.0.0'), 'node_modules/b': entry('1.9.0') });
  expect(packagesInstalled(root)).toBe(false);
  writeFileSync(join(root, 'node_modules/.package-lock.json'), '{"packages": {');
  expect(packagesInstalled(root)).toBe(false);
});

test('a changed, new or renamed source changes what the build was made from; a sample picture does not', () => {
  for (const name of ['models', 'converters', 'device-harness', 'reports', 'cli/setup', 'models/zoo/samples'])
    mkdirSync(join(root, name), { recursive: true });
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json']) writeFileSync(join(root, name), '{}');
  for (const name of ['build.mjs', 'sources.mjs', 'bundle.mjs']) cpSync(join(repoRoot, 'cli/setup', name), join(root, 'cli/setup', name));
  const hashes = new Set<string>([sourceHash(root)]);
  writeFileSync(join(root, 'models/zoo/samples/x.png'), 'x');
  expect(sourceHash(root)).toBe([...hashes][0]);
  for (const [name, text] of [
    ['models/a.ts', 'a'],
    ['models/a.ts', 'b'],
    ['models/b.ts', 'b'],
    ['tsconfig.json', '{ }'],
  ] as const) {
    writeFileSync(join(root, name), text);
    hashes.add(sourceHash(root));
  }
  expect(hashes.size).toBe(5);
});

test('a failing npm is reported with its own words and what to do', () => {
  mkdirSync(join(root, 'cli'));
  cpSync(join(repoRoot, 'cli/setup'), join(root, 'cli/setup'), { recursive: true });
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(root, 'package-lock.json'),
    JSON.stringify({ packages: { '': {}, 'node_modules/x': { version: '1.0.0', integrity: 'sha512-x' } } }),
  );
  const npm = join(root, 'npm.js');
  writeFileSync(npm, 'console.error("npm error code E404"); process.exit(7);');
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'cli/setup/prepare.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, npm_execpath: npm },
  });
  expect(status).toBe(2);
  expect(stderr).toMatch(/Installing 1 Node packages .*Set-up failed: npm ci ended with 7:\nnpm error code E404\n {2}→ Check the network/s);
});
