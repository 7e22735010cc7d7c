import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { resolveConfig } from '../../../cli/config/resolve.ts';
import type { Io } from '../../../cli/io.ts';
import { main } from '../../../cli/main.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const folder = temporaryFolder();

/** Runs `dyno init` in this process in the test's folder. With answers somebody sits at a terminal and gives them one after the other. */
async function run(args: readonly string[], answers: readonly string[] | null): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const isTTY = answers !== null;
  const [stdin, stdout, stderr] = [Object.assign(new PassThrough(), { isTTY }), new PassThrough(), Object.assign(new PassThrough(), { isTTY })];
  const host = { stdin, stdout, stderr, env: {}, cwd: () => folder(), exitCode: undefined } as unknown as Io & { exitCode?: number };
  for (const answer of answers ?? []) stdin.write(`${answer}\n`);
  await main(['init', ...args], host);
  return { code: host.exitCode, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

const init = (...args: string[]) => run(args, null);
const config = async () => (await resolveConfig({ cwd: folder(), env: {}, flags: {} })).config;

function put(path: string): void {
  mkdirSync(folder(path, '..'), { recursive: true });
  writeFileSync(folder(path), 'x');
}

test('models of this folder, else of those below, and the folder with the most pictures; another run refuses', async () => {
  for (const path of ['nets/a.onnx', 'nets/deep/a.onnx', 'few/1.png', ...[1, 2, 3, 4].map((i) => `photos/${i}.png`)]) put(path);
  const { code, stdout } = await init();
  expect(code).toBe(0);
  expect(stdout).toBe('dyno.config.json written for 2 models, ane:A15, htp:SM8550, pictures of photos.\nNext: dyno check, then dyno run\n');
  expect(await config()).toMatchObject({ models: { a: { path: folder('nets/a.onnx') }, 'a-2': { path: folder('nets/deep/a.onnx') } }, images: folder('photos') });
  expect(JSON.parse(readFileSync(folder('dyno.config.json'), 'utf8'))).toHaveProperty('$schema', './node_modules/npu-dyno/cli/config/schema.json');
  const before = readFileSync(folder('dyno.config.json'), 'utf8');
  put('own.onnx');
  const again = await init();
  expect(again).toMatchObject({ code: 2 });
  expect(again.stderr).toContain('--force');
  expect(readFileSync(folder('dyno.config.json'), 'utf8')).toBe(before);
  expect((await init('--force', '--target', 'htp:v75', '--data', 'none')).code).toBe(0);
  expect(await config()).toMatchObject({ models: { own: { path: folder('own.onnx') } }, targets: ['htp:v75'], images: null });
});

test('a config as a program has a remark for each setting and says the same; a target that is none is refused before anything is written', async () => {
  put('net.onnx');
  expect(await init('--target', 'ane:A99')).toMatchObject({ code: 2 });
  expect(existsSync(folder('dyno.config.json'))).toBe(false);
  expect((await init('--type', 'ts', '--target', 'ane:"iPhone 13 Pro"')).code).toBe(0);
  const text = readFileSync(folder('dyno.config.ts'), 'utf8');
  expect(text.match(/^ {2}\/\/ /gm)?.length).toBeGreaterThanOrEqual(4);
  expect(text).toContain(`targets: [\n    "ane:\\"iPhone 13 Pro\\""\n  ]`);
  writeFileSync(folder('dyno.config.mjs'), text.replace("import { defineConfig } from 'npu-dyno/config';", 'const defineConfig = (value) => value;'));
  const { config: read } = await resolveConfig({ cwd: folder(), env: {}, flags: { config: 'dyno.config.mjs' } });
  expect(read).toMatchObject({ models: { net: { path: folder('net.onnx') } }, targets: ['ane:"iPhone 13 Pro"'] });
});

test('--ci writes a workflow beside a new config or one that is there, and never over another', async () => {
  put('net.onnx');
  expect((await init('--ci', 'github')).stdout).toContain('.github/workflows/dyno.yml written');
  const workflow = readFileSync(folder('.github/workflows/dyno.yml'), 'utf8');
  expect(workflow).toContain('npm ci');
  expect(workflow).toContain('npx dyno run --on none');
  expect(workflow).not.toContain('\t');
  expect((await init('--ci', 'github')).stderr).toContain('.github/workflows/dyno.yml is there already');
  writeFileSync(folder('.github/workflows/dyno.yml'), 'mine');
  expect((await init('--ci', 'github', '--force')).code).toBe(0);
  expect(readFileSync(folder('.github/workflows/dyno.yml'), 'utf8')).toBe(workflow);
});

test('with a config that is there, --ci writes the workflow alone', async () => {
  put('net.onnx');
  writeFileSync(folder('dyno.config.json'), '{ "models": { "net": "net.onnx" } }');
  expect(await init('--ci', 'github')).toMatchObject({ code: 0 });
  expect(readFileSync(folder('dyno.config.json'), 'utf8')).toBe('{ "models": { "net": "net.onnx" } }');
  expect(existsSync(folder('.github/workflows/dyno.yml'))).toBe(true);
});

test('without models, or with more than anybody means, it says what to do', async () => {
  expect((await init()).stderr).toContain('dyno zoo make');
  for (let i = 0; i < 21; i++) put(`many/${i}.onnx`);
  expect((await init()).stderr).toContain('There are 21 models below');
});

test('at a terminal it asks about what no argument says, and Enter takes what it found', async () => {
  put('one.onnx');
  put('two.onnx');
  const { code, stderr } = await run([], ['two.onnx', '', '']);
  expect(code).toBe(0);
  expect(stderr).toBe('Models, with commas between [one.onnx,two.onnx]: Targets: ane[:CHIP], htp[:CHIP], host [ane:A15,htp:SM8550]: Folder of pictures for calibration and quality, or none [none]: ');
  expect(await config()).toMatchObject({ models: { two: { path: folder('two.onnx') } }, targets: ['ane:A15', 'htp:SM8550'], images: null });
  expect((await run(['--force', '--target', 'host', 'one.onnx', '--data', 'none'], [])).stderr).toBe('');
  expect((await run(['--force', '--no-input'], [])).stderr).toBe('');
  expect(Object.keys((await config()).models)).toEqual(['one', 'two']);
});

test('a model that was typed and is not there is told, and nothing is written', async () => {
  put('one.onnx');
  expect((await run([], ['none.onnx', '', ''])).stderr).toContain('There is no file none.onnx.');
  expect(existsSync(folder('dyno.config.json'))).toBe(false);
});
