import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

test('list: names, counts, readings; a part of a name narrows it', async () => {
  const { code, stdout } = await runCli(['zoo', 'list', 'sesr-m5', '--json']);
  const { networks } = JSON.parse(stdout) as { networks: { name: string; parameters: unknown[]; trained: number[] }[] };
  expect([code, networks.map(({ name }) => name)]).toEqual([0, ['sesr-m5', 'sesr-m5-y']]);
  expect(networks[0]?.parameters).toContainEqual({ scale: 4, export: 343_120, deploy: 32_256 });
  const all = await runCli(['zoo', 'list']);
  expect(all.stdout).toContain('fsrcnn-rgb: The QuickSRNet paper does not publish its FSRCNN');
});

test('make writes the same file twice, and says that it is untrained', async () => {
  const make = (file: string): ReturnType<typeof runCli> => runCli(['zoo', 'make', 'xlsr', '--scale', '3', '--size', '31x17', '--seed', '7', '--opset', '13', '-o', temporary(file), '--json']);
  const [a, b] = [await make('a.onnx'), await make('b.onnx')];
  expect([a.code, b.code]).toEqual([0, 0]);
  expect(JSON.parse(a.stdout)).toMatchObject({ network: 'xlsr', scale: 3, parameters: 21_947, metadata: { 'dyno.weights': 'random seed=7' } });
  expect(readFileSync(temporary('a.onnx')).equals(readFileSync(temporary('b.onnx')))).toBe(true);
});

test('make --trained --dynamic', async () => {
  const { code, stdout } = await runCli(['zoo', 'make', 'ultramini', '--trained', '--dynamic', '-o', temporary('t.onnx')]);
  expect([code, existsSync(temporary('t.onnx'))]).toEqual([0, true]);
  expect(stdout).toContain('trained weights');
});

test.each([
  [['zoo', 'make', 'quicknet'], 'Near: quicksrnet-small'], [['zoo', 'make', 'zzzz'], 'dyno zoo list'], [['zoo', 'list', 'zzzz'], 'dyno zoo list'],
  [['zoo', 'make', 'xlsr', '--size', '12'], 'HEIGHTxWIDTH'], [['zoo', 'make', 'xlsr', '--scale', 'two'], '--scale two is no number'], [['zoo', 'make', 'xlsr', '--batch', '0'], '--batch 0'],
  [['zoo', 'make', 'xlsr', '--seed', '-1'], '--seed -1'], [['zoo', 'make', 'xlsr', '--trained'], 'no trained weights'],
])('%j ends with 2 and leaves nothing', async (args, message) => {
  const { code, stderr } = await runCli([...args, ...(args[1] === 'make' ? ['-o', temporary('out.onnx')] : [])]);
  expect([code, existsSync(temporary('out.onnx'))]).toEqual([2, false]);
  expect(stderr).toContain(message);
});
