import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NdArray } from '../../../models/contracts/index.ts';
import { toBytes } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { PhoneBench, SDK_VERSION } from './phone-bench.ts';
import { bytes, floats, noise, tinyModel } from './tiny-models.ts';

let bench: PhoneBench;
let wanted: Float32Array;
const feed = noise(30, 768);

/** Signal over difference, decibels. */
function decibels(got: Float32Array, reference: Float32Array): number {
  const power = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value * value, 0);
  return 10 * Math.log10(power(reference) / power(reference.map((value, i) => value - (got[i] as number))));
}

function toNhwc(values: Float32Array, channels: number): Float32Array {
  const pixels = values.length / channels;
  return Float32Array.from(values, (_, i) => values[(i % channels) * pixels + Math.floor(i / channels)] as number);
}

/** The stand-ins of the SDK's host programs, and then the phone: what comes out is what ONNX Runtime gives for the model they were told. */
describe('what the chains of the SDK make, on the phone', () => {
  beforeAll(async () => {
    bench = await PhoneBench.start('SM8650');
    bench.install('libQnnCpu.so', 'libQnnModelDlc.so', 'libQnnHtp.so', 'libQnnHtpV75Stub.so', 'libQnnHtpV75Skel.so');
    bench.put('tiny.onnx', toBytes(tinyModel()));
    wanted = ((await runOrt(tinyModel(), { x: ndarray('float32', [1, 3, 16, 16], feed) })).get('y') as NdArray).data as Float32Array;
  });
  afterAll(() => bench.close());

  const host = async (tool: string, ...args: readonly string[]): Promise<void> => {
    const { code, err, out } = await bench.run(tool, args, { QNN_SDK_ROOT: bench.sdk, QAIRT_SDK_ROOT: bench.sdk, ANDROID_NDK_ROOT: bench.sdk, PYTHONPATH: join(bench.sdk, 'lib/python') });
    expect(code, `${tool}: ${out}\n${err}`).toBe(0);
  };
  const phone = async (input: Float32Array, ...args: readonly string[]): Promise<Float32Array> => {
    bench.put('in.raw', bytes(input));
    bench.put('list.txt', 'in.raw\n');
    expect(await bench.run('qnn-net-run', [...args, '--input_list', 'list.txt'])).toMatchObject({ code: 0, err: '' });
    const name = /output_tensors:\n {2}- tensor_name: (\w+)/.exec(readFileSync(join(bench.work, 'output/execution_metadata.yaml'), 'utf8'))?.[1];
    return floats(readFileSync(join(bench.work, 'output', 'Result_0', `${name}.raw`)));
  };

  test('QAIRT: a DLC in the layout of the source, on the CPU', async () => {
    await host('qairt-converter', '--input_network', 'tiny.onnx', '--output_path', 'tiny.dlc');
    expect(decibels(await phone(feed, '--dlc_path', 'tiny.dlc', '--backend', 'libQnnCpu.so'), wanted)).toBeGreaterThan(100);
  });

  test('QNN: a model library whose converter moved channels to the end', async () => {
    await host('qnn-onnx-converter', '--input_network', 'tiny.onnx', '--output_path', 'tiny.cpp');
    await host('qnn-model-lib-generator', '-c', 'tiny.cpp', '-b', 'tiny.bin', '-t', 'aarch64-android x86_64-linux-clang', '-o', 'libs');
    copyFileSync(join(bench.work, 'libs/aarch64-android/libtiny.so'), join(bench.work, 'libtiny.so'));
    const got = await phone(toNhwc(feed, 3), '--model', 'libtiny.so', '--backend', 'libQnnCpu.so');
    expect(decibels(got, toNhwc(wanted, 3))).toBeGreaterThan(100);
    expect(decibels(await phone(feed, '--model', 'libtiny.so', '--backend', 'libQnnCpu.so'), wanted)).toBeLessThan(20);
  });

  test.skipIf(!htpToolchain)(`a context binary for this chip, and not for another; its runtime has to be as new${htpMissing}`, async () => {
    await htpToolchain?.close();
    await host('qairt-converter', '--input_network', 'tiny.onnx', '--output_path', 'tiny.dlc');
    const generate = (soc: string, file: string): Promise<void> =>
      host('qnn-context-binary-generator', '--model', 'libQnnModelDlc.so', '--dlc_path', 'tiny.dlc', '--backend', join(bench.sdk, 'lib/x86_64-linux-clang/libQnnHtp.so'), '--binary_file', file, '--output_dir', '.', '--soc_model', soc);
    await generate('57', 'tiny57');
    const run = ['--backend', 'libQnnHtp.so', '--retrieve_context'];
    const got = decibels(await phone(feed, ...run, 'tiny57.bin'), wanted);
    expect([got > 50, got < 110]).toEqual([true, true]);
    await generate('43', 'tiny43');
    expect(await bench.run('qnn-net-run', [...run, 'tiny43.bin', '--input_list', 'list.txt'])).toMatchObject({ code: 1, err: expect.stringContaining('5005') as string });
    for (const name of ['libQnnHtp.so', 'libQnnHtpV75Stub.so', 'libQnnHtpV75Skel.so']) bench.put(name, `npu-dyno stand-in\n${JSON.stringify({ version: '2.37.0.250724' })}\n`);
    const older = await bench.run('qnn-net-run', [...run, 'tiny57.bin', '--input_list', 'list.txt'], {}, '2.37.0.250724');
    expect(older).toMatchObject({ code: 1, err: expect.stringContaining(`made by v${SDK_VERSION}`) as string });
  });
});
