import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { hasTmux, Terminal } from '../../support/terminal.ts';

const folder = temporaryFolder();
let terminal: Terminal | null = null;
afterEach(() => {
  terminal?.close();
  terminal = null;
});

function putModel(name: string): void {
  const weight = Tensor.of('float32', [3, 3, 1, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  writeFileSync(folder(name), toBytes(buildModel({ inputs: { x: ['float32', [1, 3, 8, 8]] }, outputs: { y: ['float32', [1, 3, 8, 8]] }, initializers: { w: weight }, nodes: [['Conv', ['x', 'w'], ['y'], {}, { name: 'only' }]] })));
}

test.skipIf(!hasTmux)('at a terminal dyno chooses, is resized, asks, saves and says the command; the terminal is as it was', async () => {
  putModel('tiny.onnx');
  terminal = new Terminal(80, 24, folder(), folder('raw'));
  await terminal.ready();
  terminal.dyno();
  await terminal.until(/▸ \[ \] tiny\.onnx/);
  terminal.keys('Space');
  await terminal.until(/▸ \[x\] tiny\.onnx/);
  terminal.keys('Enter');
  await terminal.until(/What shall they run on\?[\s\S]*▸ \[x\] ane:A15/);
  terminal.resize(120, 40);
  await terminal.until((screen) => /▸2 Targets/.test(screen) && screen.split('\n').some((line) => line.length >= 119 && /^─+$/.test(line)));
  terminal.keys('/');
  terminal.line('8 gen 3');
  await terminal.until(/▸ \[ \] htp:SM8650/);
  terminal.keys('Space');
  await terminal.until(/▸ \[x\] htp:SM8650/);
  terminal.keys('q');
  await terminal.until(/Save what was chosen as dyno\.config\.json\?[\s\S]*▸ Save and finish/);
  terminal.keys('Enter');
  await terminal.until(/rc=\d/);
  expect(terminal.screen).toMatch(/Saved as dyno\.config\.json\. The same again, here or in CI:\ndyno run\nrc=0/);
  expect(JSON.parse(readFileSync(folder('dyno.config.json'), 'utf8'))).toMatchObject({ models: { tiny: 'tiny.onnx' }, targets: ['ane:A15', 'htp:SM8550', 'htp:SM8650'] });
  for (const line of ['older line 1\n', 'older line 40\n']) expect(terminal.everything).toContain(line);
  expect(terminal.everything).not.toContain('Which models?');
  expect(terminal.raw).not.toContain('\x1b[3J');
  expect(terminal.raw.lastIndexOf('\x1b[?1049l')).toBeGreaterThan(terminal.raw.lastIndexOf('\x1b[?1049h'));
  expect(terminal.raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(terminal.raw.lastIndexOf('\x1b[?25l'));
});

test('a screen reader hears numbered choices through a pipe, and answers get their replies', async () => {
  putModel('tiny.onnx');
  const child = spawn(process.execPath, ['--import', join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs'), join(repoRoot, 'cli/bin.ts'), '--screen-reader'], { cwd: folder(), env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TSX_TSCONFIG_PATH: join(repoRoot, 'tsconfig.json') } });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let [said, printed] = ['', ''];
  /** The next answer, once what was said asks for it. */
  const answers: [RegExp, string][] = [[/1\. tiny\.onnx/, '1'], [/chosen: tiny\.onnx/, 'n'], [/Step 2 of 6/, 'f a17'], [/\d+\. ane:"A17 Pro"/, '1'], [/chosen: ane:"A17 Pro"/, 'q'], [/2\. Finish without saving/, '2']];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    const next = answers[0];
    if (!next?.[0].test(said)) return;
    answers.shift();
    child.stdin.write(`${next[1]}\n`);
  });
  expect(await ended).toBe(0);
  expect(answers).toEqual([]);
  expect(printed).toBe(`dyno run tiny.onnx --target 'ane:A15,htp:SM8550,ane:"A17 Pro"'\n`);
  expect(said).not.toMatch(/[\x1b─│┌▸]/);
});

test('where nobody sits at a terminal dyno prints its help, as it did', async () => {
  const child = spawn(process.execPath, ['--import', join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs'), join(repoRoot, 'cli/bin.ts')], { cwd: folder(), stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  expect(printed).toContain('Usage: dyno');
});
