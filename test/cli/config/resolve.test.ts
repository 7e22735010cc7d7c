import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULTS } from '../../../cli/config/defaults.ts';
import { type Resolved, resolveConfig } from '../../../cli/config/resolve.ts';
import { UserError } from '../../../models/contracts/index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dyno-config-'));
  mkdirSync(join(root, '.git'));
  mkdirSync(join(root, 'a/b'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (name: string, content: unknown): void =>
  writeFileSync(join(root, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
const resolve = (flags: Record<string, unknown> = {}, env: Record<string, string> = {}, cwd = root): Promise<Resolved> =>
  resolveConfig({ cwd, env, flags });
const message = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof UserError ? error.message : `not a UserError: ${String(error)}`),
  );

test('without anything the defaults hold', async () => {
  const { config, file, origins } = await resolve();
  expect(file).toBeNull();
  expect(config).toEqual({ ...DEFAULTS, runs: join(root, DEFAULTS.runs) });
  expect(new Set(origins.values())).toEqual(new Set(['default']));
});

test('a flag goes before the environment, that before the file, that before the default', async () => {
  put('dyno.config.json', { targets: ['host'], seed: 5, bench: { units: ['cpu:2'] }, quantize: { images: 3 } });
  const { config, origins } = await resolve({ target: 'ane:A17' }, { DYNO_TARGETS: 'htp:v75', DYNO_SEED: '7' });
  expect(config.targets).toEqual(['ane:A17']);
  expect(config.seed).toBe(7);
  expect(config.bench).toEqual({ ...DEFAULTS.bench, units: ['cpu:2'] });
  expect(config.quantize.images).toBe(3);
  expect(['targets', 'seed', 'bench.units', 'bench.on'].map((path) => origins.get(path))).toEqual([
    '--target',
    'DYNO_SEED',
    join(root, 'dyno.config.json'),
    'default',
  ]);
});

test('the file is found upward to the root of the repository and no further', async () => {
  put('dyno.config.json', { seed: 9 });
  expect((await resolve({}, {}, join(root, 'a/b'))).config.seed).toBe(9);
  mkdirSync(join(root, 'a/.git'));
  expect((await resolve({}, {}, join(root, 'a/b'))).file).toBeNull();
});

test('paths of a file are relative to it, paths of flags to where one stands', async () => {
  put('dyno.config.json', {
    models: { m: 'm.onnx', n: { path: 'x/n.onnx' } },
    images: 'pictures',
    base: 'base.json',
    outputs: { html: 'out/r.html' },
    runs: 'runs',
  });
  const { config } = await resolve({}, {}, join(root, 'a'));
  expect(config.models).toEqual({ m: { path: join(root, 'm.onnx') }, n: { path: join(root, 'x/n.onnx') } });
  expect([config.images, config.base, config.outputs.html, config.runs]).toEqual(
    ['pictures', 'base.json', 'out/r.html', 'runs'].map((path) => join(root, path)),
  );
  expect((await resolve({ data: 'mine' }, {}, join(root, 'a'))).config.images).toBe(join(root, 'a/mine'));
});

test('TypeScript, and everything that JavaScript can compute', async () => {
  put('dyno.config.ts', 'const targets: string[] = ["ane:A16"];\nexport default { targets, seed: 6 * 7 };\n');
  const { config } = await resolve();
  expect([config.targets, config.seed]).toEqual([['ane:A16'], 42]);
});

test('a misspelt key, a wrong type and a wrong value are named with line and column', async () => {
  put(
    'dyno.config.json',
    '{\n  "target": ["ane"],\n  "bench": {\n    "units": "cpu:1",\n    "profile": "fast"\n  },\n  "gate": { "gates": [{ "latency": { "max": "16 parsecs" } }] }\n}\n',
  );
  const text = await message(resolve());
  expect(text).toContain('line 2, column 3: target: there is no such setting');
  expect(text).toMatch(/line 4, column 5: bench\.units: .*array/);
  expect(text).toMatch(/line 5, column 5: bench\.profile: .*"quick"/);
  expect(text).toMatch(/line 7, column \d+: gate\.gates\[0\]\.latency\.max/);
});

test('broken JSON is pointed at', async () => {
  put('dyno.config.json', '{\n  "seed": 1,\n}\n');
  expect(await message(resolve())).toMatch(/dyno\.config\.json:3:1 is not JSON/);
  put('dyno.config.json', '{ "seed": 1');
  expect(await message(resolve())).toMatch(/dyno\.config\.json:1:\d+ is not JSON/);
});

test('a wrong flag or variable is named as it was given', async () => {
  expect(await message(resolve({ scheme: 'w9' }))).toContain('--scheme: ');
  expect(await message(resolve({}, { DYNO_SEED: 'many' }))).toContain('DYNO_SEED: ');
  expect(await message(resolve({ rounds: 'x' }))).toContain('--rounds: ');
});

test('two config files, a missing one, one that throws: one clear message each', async () => {
  put('dyno.config.json', {});
  put('dyno.config.mjs', 'export default {};');
  expect(await message(resolve())).toContain('Two config files lie side by side');
  expect(await message(resolve({ config: 'other.json' }))).toBe('There is no config file other.json.');
  rmSync(join(root, 'dyno.config.json'));
  put('dyno.config.mjs', 'throw new Error("kaputt");');
  expect(await message(resolve())).toMatch(/dyno\.config\.mjs cannot be loaded: kaputt/);
});

test('rounds: one number, or fewest and most', async () => {
  expect((await resolve({ rounds: '4' })).config.bench.rounds).toEqual([4, 4]);
  expect((await resolve({ rounds: '5-12' })).config.bench.rounds).toEqual([5, 12]);
});
