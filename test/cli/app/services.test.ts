import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { completePath } from '../../../cli/app/services/complete-path.ts';
import { findFiles, modelAt } from '../../../cli/app/services/find-files.ts';
import { listRuns } from '../../../cli/app/services/list-runs.ts';
import { openPage } from '../../../cli/app/services/open-page.ts';
import { saveConfig, saveTargetOf } from '../../../cli/app/services/save-config.ts';
import { watchDevices } from '../../../cli/app/services/watch-devices.ts';
import type { FoundDevice, FoundFiles } from '../../../cli/app/state/found.ts';
import { whichFace } from '../../../cli/app/which-face.ts';
import { DEFAULTS } from '../../../cli/config/defaults.ts';
import { loadConfigFile } from '../../../cli/config/load-file.ts';
import { resolveConfig } from '../../../cli/config/resolve.ts';
import { writePlan } from '../../../cli/pipeline/run-directory.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { after, FILES, sampleState } from './sample-state.ts';

const folder = temporaryFolder();
const never = new AbortController().signal;

function put(path: string, content = 'x'): void {
  mkdirSync(folder(path, '..'), { recursive: true });
  writeFileSync(folder(path), content);
}

function plan(id: string, models: Record<string, string>): void {
  mkdirSync(folder('.dyno/runs', id), { recursive: true });
  writePlan(folder('.dyno/runs', id), { id, dyno: '0', createdAt: `${id.slice(0, 10)}T00:00:00.000Z`, command: 'dyno run', models: Object.entries(models).map(([name, path]) => ({ id: name, path })), config: { ...DEFAULTS, targets: ['ane:A15'] } });
}

test('models and pictures are found from here down, each once, by who names them first', async () => {
  put('a.onnx');
  put('deep/er/b.ONNX');
  put('deep/c.mlpackage/Manifest.json');
  for (const name of ['node_modules/x.onnx', '.git/y.onnx', 'dist/z.onnx']) put(name);
  for (const name of ['photos/1.png', 'photos/2.jpg', 'photos/notes.txt', 'deep/one.webp']) put(name);
  symlinkSync(folder(), folder('deep', 'loop'));
  put('elsewhere.onnx');
  plan('2026-11-20-00-00-00-a', { a: folder('a.onnx'), gone: folder('gone.onnx') });
  const first: FoundFiles[] = [];
  const config = { ...DEFAULTS, runs: folder('.dyno/runs'), models: { net: { path: folder('elsewhere.onnx') }, lost: { path: folder('lost.onnx') } } };
  const found = await findFiles(config, folder(), (value) => void first.push(value), never);
  expect(found.models.filter(({ origin }) => origin !== 'zoo' && origin !== 'bundled').map(({ id, kind, origin }) => [id, kind, origin])).toEqual([
    ['net', 'onnx', 'config'], ['lost', 'onnx', 'config'], ['a.onnx', 'onnx', 'here'], ['deep/c.mlpackage', 'package', 'here'], ['deep/er/b.ONNX', 'onnx', 'here'],
  ]);
  expect(found.models.find(({ id }) => id === 'lost')?.note).toContain('missing');
  expect(found.pictures.map(({ shown, count }) => [shown, count]).filter(([shown]) => !String(shown).includes('samples'))).toEqual([['photos', 2], ['deep', 1]]);
  expect(found.truncated).toBe(false);
  expect(first[0]?.models.map(({ origin }) => origin)).toEqual(expect.arrayContaining(['config', 'bundled', 'zoo']));
});

test('a model of a past run elsewhere is known', async () => {
  put('work/.keep');
  put('models/far.onnx');
  plan('2026-11-20-00-00-00-far', { far: folder('models/far.onnx') });
  const found = await findFiles({ ...DEFAULTS, runs: folder('.dyno/runs') }, folder('work'), () => undefined, never);
  expect(found.models.filter(({ origin }) => origin === 'recent').map(({ path }) => path)).toEqual([folder('models/far.onnx')]);
});

test('a search that is given up ends with the reason', async () => {
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await expect(findFiles(DEFAULTS, folder(), () => undefined, controller.signal)).rejects.toThrow('enough');
});

test('paths are completed folder by folder', async () => {
  for (const name of ['models/one.onnx', 'models/two.mlpackage/Manifest.json', 'models/notes.txt', 'models/.hidden/x.onnx', 'more/x.onnx']) put(name);
  expect(await completePath('mo', folder())).toEqual(['models/', 'more/']);
  expect(await completePath('models/', folder())).toEqual(['models/one.onnx', 'models/two.mlpackage']);
  expect(await completePath('models/o', folder())).toEqual(['models/one.onnx']);
  expect(await completePath('models/.h', folder())).toEqual(['models/.hidden/']);
  expect(await completePath('nowhere/', folder())).toEqual([]);
  expect(await completePath(folder('models/o'), '/')).toEqual([folder('models/one.onnx')]);
});

test('a typed path leads to a model, or says why not', () => {
  put('models/one.onnx', '12345');
  put('models/notes.txt');
  expect(modelAt('models/one.onnx', folder())).toMatchObject({ id: 'models/one.onnx', path: folder('models/one.onnx'), kind: 'onnx', bytes: 5 });
  expect(() => modelAt('models/two.onnx', folder())).toThrow('There is no models/two.onnx.');
  expect(() => modelAt('models/notes.txt', folder())).toThrow('is no .onnx file');
});

test('runs are listed from the latest on, with verdicts where they finished; broken ones are left out', async () => {
  plan('2026-11-20-00-00-00-a', { a: '/a.onnx' });
  plan('2026-11-21-00-00-00-b', { b: '/b.onnx' });
  put('.dyno/runs/2026-11-21-00-00-00-b/report.json', JSON.stringify({ verdict: { status: 'failed', sentence: '1 gate failed.', exitCode: 1 } }));
  put('.dyno/runs/2026-11-22-broken/plan.json', '{');
  expect((await listRuns(folder('.dyno/runs'), never)).map(({ id, models, verdict }) => [id, models, verdict?.exitCode ?? null])).toEqual([['2026-11-21-00-00-00-b', ['b'], 1], ['2026-11-20-00-00-00-a', ['a'], null]]);
  expect(await listRuns(folder('none'), never)).toEqual([]);
});

test('a config is written with its schema, and says for a run what was chosen', async () => {
  for (const name of ['nets/edsr.onnx', 'photos/1.png']) put(name);
  const base = { ...sampleState({ runs: folder('.dyno/runs') }), cwd: folder() };
  const files: FoundFiles = { ...FILES, models: FILES.models.map((model) => ({ ...model, path: folder(model.path.slice('/work/'.length)) })), pictures: [{ path: folder('photos'), shown: 'photos', count: 1, note: null }] };
  const state = after({ ...base, loads: { ...base.loads, files: { key: '', status: 'ready', value: files, note: null, problem: null } } }, { type: 'toggled', id: 'nets/edsr.onnx' }, { type: 'went', to: 'devices' }, { type: 'toggled', id: `pictures ${folder('photos')}` });
  expect(saveConfig(state)).toBe('dyno.config.json');
  const text = readFileSync(folder('dyno.config.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ $schema: './node_modules/npu-dyno/cli/config/schema.json', models: { edsr: 'nets/edsr.onnx' }, images: 'photos' });
  expect(text.endsWith('}\n')).toBe(true);
  const { config } = await resolveConfig({ cwd: folder(), env: {}, flags: {} });
  expect(config).toMatchObject({ models: { edsr: { path: folder('nets/edsr.onnx') } }, images: folder('photos'), bench: { on: ['host'], profile: 'quick' } });
});

test('a config that is there keeps what was not chosen here', async () => {
  put('old.onnx');
  put('dyno.config.json', JSON.stringify({ models: { old: 'old.onnx' }, gate: { gates: [{ variant: '*', findings: { atLeast: 'slow' } }] }, bench: { wait: 5 }, quantize: { images: 4 } }));
  const { config, file } = await resolveConfig({ cwd: folder(), env: {}, flags: {} });
  const target = saveTargetOf(file, folder());
  expect(target).toEqual({ name: 'dyno.config.json', exists: true });
  const state = after({ ...sampleState(config), cwd: folder(), saveTarget: target }, { type: 'toggled', id: 'nets/edsr.onnx' }, { type: 'went', to: 'targets' }, { type: 'toggled', id: 'precision w8a16' });
  saveConfig(state);
  const saved = await loadConfigFile(folder('dyno.config.json'));
  expect(saved).toMatchObject({ gate: { gates: [{ variant: '*' }] }, bench: { wait: 5, on: ['host'] }, quantize: { images: 4, scheme: 'w8a16' } });
  expect(Object.keys(saved.models ?? {})).toEqual(['old', 'edsr']);
});

test('a config that is a program is left alone', () => {
  expect(saveTargetOf(null, folder())).toEqual({ name: 'dyno.config.json', exists: false });
  expect(saveTargetOf(folder('dyno.config.ts'), folder())).toEqual({ name: 'dyno.app.json', exists: false });
});

test('without adb, drivers and phones the list says what can be used and what is missing, until it is given up', async () => {
  const controller = new AbortController();
  const told: (readonly FoundDevice[])[] = [];
  const watch = watchDevices({ ...DEFAULTS, farms: { lab: { url: 'https://lab.example/wd/hub', platform: 'android', flags: { shell: false } } } }, { HOME: folder(), DYNO_CACHE: folder('cache'), USBMUXD_SOCKET_ADDRESS: folder('none.sock') }, ['htp:SM8650', 'ane:"A17 Pro"'], (value) => {
    told.push(value);
    if (told.length === 2) controller.abort(new Error('enough'));
  }, controller.signal);
  await expect(watch).rejects.toThrow();
  const by = new Map(told.at(-1)?.map((device) => [device.selector, device]));
  expect(by.get('host')?.blocked).toBeNull();
  expect(by.get('farm:lab')?.blocked?.message).toContain('no mobile: shell');
  expect(by.get('virtual:SM8650')?.blocked?.nextSteps).toEqual(['dyno setup phones']);
  expect(by.get('virtual:A17')?.units).toContain('ane');
});

test('a page that is not there, or a browser that does not start, is said', async () => {
  await expect(openPage(folder('report.html'), {})).rejects.toThrow('There is no');
  put('report.html');
  await expect(openPage(folder('report.html'), { BROWSER: '/nowhere/browser' })).rejects.toThrow('does not start');
});

test.each([
  [[], {}, 'screen'], [[], { DYNO_SCREEN_READER: '1' }, 'lines'], [[], { INK_SCREEN_READER: 'true' }, 'lines'], [['--screen-reader'], {}, 'lines'], [['--screen-reader'], { CI: 'true' }, 'lines'], [[], { CI: 'true' }, null], [[], { TERM: 'dumb' }, null],
  [['check'], {}, null], [['--no-input'], {}, null], [[], { DYNO_FORMAT: 'json' }, null],
] as const)('%j with %j opens %s', (args, env, face) => {
  const terminal = { isTTY: true } as never;
  expect(whichFace(args, { stdin: terminal, stderr: terminal, env })).toBe(face);
});

test('where nobody sits at a terminal only an explicit wish opens it', () => {
  const [terminal, pipe] = [{ isTTY: true } as never, {} as never];
  expect(whichFace([], { stdin: pipe, stderr: terminal, env: {} })).toBeNull();
  expect(whichFace([], { stdin: terminal, stderr: pipe, env: {} })).toBeNull();
  expect(whichFace(['--screen-reader'], { stdin: pipe, stderr: pipe, env: {} })).toBe('lines');
});
