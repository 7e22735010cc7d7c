import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeCarrier } from '../../../device-harness/virtual/qnn-sdk/carrier.ts';
import type { NdArray } from '../../../models/contracts/index.ts';
import { toBytes } from '../../support/build-model.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { PhoneBench } from './phone-bench.ts';
import { bytes, floatTensor, noise, tinyModel } from './tiny-models.ts';

let bench: PhoneBench;
const thread = { threadName: 'cpu_thread_1', backend: 'cpu', model: 'tiny', interval: 10_000, loopUnit: 'count', loop: 5 };
const config = {
  backends: [{ backendName: 'cpu', backendPath: 'libQnnCpu.so', perfProfile: 'burst' }],
  models: [{ modelName: 'tiny', modelPath: 'm.dlc', inputPath: 'list.txt', outputPath: 'frames' }],
  testCase: { iteration: 1, threads: [thread] },
};

interface Results {
  readonly threads: readonly { readonly threadName: string; readonly executeTimesUs: readonly number[]; readonly lateUs: readonly number[]; readonly totalTimeUs: number; readonly inferences: number }[];
}

beforeAll(async () => {
  bench = await PhoneBench.start('SM8650', { speed: { scale: 0, scripted: { cpu: [2000, 25_000, 3000] } } });
  bench.install('libQnnCpu.so', 'libQnnModelDlc.so');
  writeCarrier(join(bench.work, 'm.dlc'), { kind: 'dlc', tool: 'test', version: '1', graph: 'tiny', arch: null, inputs: [floatTensor('x', [1, 3, 16, 16])], outputs: [floatTensor('y', [1, 3, 32, 32])] }, toBytes(tinyModel()));
  bench.put('in.raw', bytes(noise(7, 768)));
  bench.put('list.txt', 'x:=in.raw\n');
});
afterAll(() => bench.close());

async function run(changed: object): Promise<{ code: number; err: string; out: string; results: Results | null }> {
  bench.put('config.json', JSON.stringify({ ...config, ...changed }));
  const ran = await bench.run('qnn-throughput-net-run', ['--config', 'config.json', '--output', 'results.json']);
  const file = join(bench.work, 'results.json');
  return { ...ran, results: ran.code === 0 && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : null };
}

test('frames at their interval: what comes late after a slow one, and what is on time again', async () => {
  const { code, err, out, results } = await run({});
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/cpu_thread_1:graphExecute [\d.]+ inf\/sec\nTotalTime \d+/);
  const [only] = results?.threads ?? [];
  expect(only).toMatchObject({ threadName: 'cpu_thread_1', inferences: 5, executeTimesUs: [2000, 25_000, 3000, 2000, 25_000] });
  expect(only?.lateUs).toEqual([0, 0, 15_000, 8000, 0]);
  expect(only?.totalTimeUs).toBe(65_000);
  const wanted = (await runOrt(tinyModel(), { x: ndarray('float32', [1, 3, 16, 16], noise(7, 768)) })).get('y') as NdArray;
  expect(readFileSync(join(bench.work, 'frames', 'Result_0', 'y.raw')).equals(bytes(wanted.data))).toBe(true);
});

test('threads side by side, and for seconds: three take 30 ms, so that the eleventh begins within 100 ms', async () => {
  const { results } = await run({ testCase: { iteration: 1, threads: [{ ...thread, interval: 0, loopUnit: 'second', loop: 0.1 }, { ...thread, threadName: 'second', interval: 0, loop: 2 }] } });
  expect(results?.threads.map(({ threadName, inferences }) => [threadName, inferences])).toEqual([['cpu_thread_1', 11], ['second', 2]]);
});

test.each<[string, object, RegExp]>([
  ['an unknown key', { testCase: { ...config.testCase, threads: [{ ...thread, frames: 3 }] } }, /Unrecognized key/],
  ['a backend that is not listed', { testCase: { ...config.testCase, threads: [{ ...thread, backend: 'htp' }] } }, /there is no backend htp/],
  ['a model that is not listed', { testCase: { ...config.testCase, threads: [{ ...thread, model: 'other' }] } }, /there is no model other/],
  ['a unit that there is none of', { testCase: { ...config.testCase, threads: [{ ...thread, loopUnit: 'minute' }] } }, /loopUnit/],
  ['settings without the library that reads them', { backends: [{ ...config.backends[0], backendExtensions: 'libQnnCpuNetRunExtensions.so' }] }, /libQnnCpuNetRunExtensions\.so" not found/],
  ['a library that is not there', { backends: [{ backendName: 'cpu', backendPath: 'libQnnDsp.so' }] }, /libQnnDsp\.so" not found/],
])('%s', async (_, changed, words) => {
  expect(await run(changed)).toMatchObject({ code: 1, err: expect.stringMatching(words) as string });
});
