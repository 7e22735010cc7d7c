import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { float } from '../../../models/graph/index.ts';
import { writeNpy } from '../../../models/run/index.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture, repoRoot } from '../../support/paths.ts';
import { ndarray } from '../../support/ort.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');

describe.skipIf(!htpToolchain)(`check and compile on the user's own inputs${htpMissing}`, () => {
  const env = (): Record<string, string> => ({ ...(process.env['DYNO_PYTHON_ENV'] ? { DYNO_PYTHON_ENV: process.env['DYNO_PYTHON_ENV'] } : {}) });
  const dyno = (...args: string[]) => runCli(args, { env: env() });
  /** Right on every input within ±100, which the seeded ones are. */
  const wide = (): string => {
    const path = temporary('wide.onnx');
    writeFileSync(path, toBytes(buildModel({ opset: 10, inputs: { x: ['float32', [1, 4, 8, 8]] }, outputs: { y: ['float32', null] }, nodes: [['Clip', ['x'], ['y'], { min: float(-100), max: float(100) }, { name: 'clip' }]] })));
    return path;
  };
  const large = (): string => {
    writeNpy(temporary('large.npy'), ndarray('float32', [1, 4, 8, 8], Array.from({ length: 256 }, (_, i) => i - 30)));
    return temporary('large.npy');
  };

  test('a wrong result that only they show, with a reproducer of public packages', async () => {
    const folder = temporary('reproducer');
    expect((await dyno('compile', wide(), '-t', 'htp:SM8550')).code).toBe(0);
    const { code, stdout } = await dyno('compile', wide(), '-t', 'htp:SM8550', '--inputs', large(), '--reproducer', folder);
    expect([code, stdout.includes('wrong-result (emulated) at clip Clip'), stdout.includes(folder)]).toEqual([1, true, true]);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['README.md', 'model.onnx', 'show.py']));
    expect(readFileSync(`${folder}/show.py`, 'utf8').trimEnd().split('\n')).toHaveLength(10);
  });

  test('check asks the same of each chip, a folder for each', async () => {
    const folder = temporary('reproducers');
    const { code, stdout } = await dyno('check', wide(), '-t', 'htp:SM8550,htp:SM8650', '--inputs', large(), '--reproducer', folder);
    expect(code).toBe(1);
    expect(stdout).toContain('wrong-result');
    expect(readdirSync(folder).sort()).toEqual(['wide.htp-sm8550', 'wide.htp-sm8650']);
  });

  test('a folder of .npy files, or of pictures under the input contract', async () => {
    mkdirSync(temporary('arrays'));
    copyFileSync(fixture('exports', 'plain_clip_x2_op17.input.npy'), temporary('arrays', 'one.npy'));
    const arrays = await dyno('compile', plain, '-t', 'htp:SM8550', '--data', temporary('arrays'));
    expect([arrays.code, /emulated on 3 inputs/.test(arrays.stdout)]).toEqual([0, true]);
    const pictures = await dyno('compile', plain, '-t', 'htp:SM8550', '--data', `${repoRoot}/models/zoo/samples`);
    expect([pictures.code, /emulated on [4-6] inputs/.test(pictures.stdout)]).toEqual([0, true]);
  });

  test.each([
    ['another shape', ['--inputs', 'PATH'], /float32 \[1, 4, 8, 8\]; input "input" is float32 \[1, 3, 32, 32\]/], ['another name', ['--inputs', 'z=PATH'], /no input "z"/], ['no such folder', ['--data', '/nowhere'], /no folder/], ['no such file', ['--inputs', '/nowhere.npy'], /nowhere\.npy/],
  ])('%s is refused before anything runs', async (_, args, message) => {
    const file = large();
    const { code, stderr } = await dyno('compile', plain, '-t', 'htp:SM8550', ...args.map((arg) => arg.replace('PATH', file)), '--reproducer', temporary('none'));
    expect([code, message.test(stderr) ? 'said' : stderr, existsSync(temporary('none'))]).toEqual([2, 'said', false]);
  });
});
