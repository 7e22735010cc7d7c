import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { htpExecutor, type HtpToolchain, type SavedContext, savedContext } from '../../../converters/htp/index.ts';
import { readContextFaces } from '../../../converters/htp/inspect/context-faces.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { findAdb } from '../../../converters/toolchain/find-adb.ts';
import { Adb } from '../../../device-harness/adb/adb.ts';
import { freePort } from '../../../device-harness/adb/free-port.ts';
import type { NdArray } from '../../../models/contracts/index.ts';
import type { ModelProto } from '../../../models/onnx/index.ts';
import { toBytes } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { ndarray } from '../../support/ort.ts';
import { PhoneBench, type Ran } from './phone-bench.ts';
import { bytes, floats, noise, tinyModel, tinyQuantized } from './tiny-models.ts';

const program = findAdb();
const ARGS = ['--backend', 'libQnnHtp.so', '--retrieve_context', 'm.bin', '--input_list', 'list.txt'];
const LIBRARIES = ['libQnnHtp.so', 'libQnnHtpV75Stub.so', 'libQnnHtpV75Skel.so'];

/** Oracle: the session that made the context, and the emulator that runs the file beside it. */
describe.skipIf(!htpToolchain)(`qnn-net-run on context binaries${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  let bench: PhoneBench;
  beforeAll(async () => {
    bench = await PhoneBench.start('SM8650');
  });
  afterAll(async () => {
    await bench.close();
    await toolchain.close();
  });

  const compiled = async (name: string, model: ModelProto, chip = 'SM8650'): Promise<SavedContext> => {
    const path = join(bench.folder, `${name}.onnx`);
    writeFileSync(path, toBytes(model));
    const { context } = await savedContext(toolchain, { modelPath: path, soc: resolveSoc(chip).soc }, join(bench.folder, 'cache'));
    return context as SavedContext;
  };
  const emulated = async ({ modelPath }: SavedContext, feed: Float32Array): Promise<Float32Array> => {
    const [outputs] = await htpExecutor(toolchain, resolveSoc('SM8650').soc).run(modelPath, [new Map([['x', ndarray('float32', [1, 3, 16, 16], feed)]])]);
    return (outputs?.get('y') as NdArray).data as Float32Array;
  };
  const binaryOf = ({ binaries }: SavedContext): string => (binaries[0] as { path: string }).path;

  test.skipIf(program === null)('pushed and started by the real adb: bit for bit the saved context in the emulator (needs adb: dyno setup python)', async () => {
    const context = await compiled('float', tinyModel());
    const feed = noise(20, 768);
    writeFileSync(join(bench.folder, 'in.raw'), bytes(feed));
    writeFileSync(join(bench.folder, 'list.txt'), 'x:=in.raw\n');
    const adb = new Adb({ program: program as string, environment: { ...process.env, ANDROID_ADB_SERVER_PORT: String(await freePort()) } });
    const { serial } = bench.phone;
    const D = '/data/local/tmp/by-adb';
    try {
      await adb.connect(serial);
      const sdk = ['bin/aarch64-android/qnn-net-run', 'lib/aarch64-android/libQnnHtp.so', 'lib/aarch64-android/libQnnHtpV75Stub.so', 'lib/hexagon-v75/unsigned/libQnnHtpV75Skel.so'].map((name) => join(bench.sdk, name));
      for (const file of [...sdk, join(bench.folder, 'in.raw'), join(bench.folder, 'list.txt')]) await adb.push(serial, file, `${D}/${file.split('/').at(-1)}`);
      await adb.push(serial, binaryOf(context), `${D}/m.bin`);
      const command = `cd ${D} && export LD_LIBRARY_PATH=${D} && export ADSP_LIBRARY_PATH="${D};/vendor/dsp/cdsp" && ./qnn-net-run ${ARGS.join(' ')} --log_level=info`;
      const { code, stdout, stderr } = await adb.shell(serial, command, { timeoutMs: 120_000 });
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/log level is : QNN_LOG_LEVEL_INFO\nProcessing inference input\(s\):\nCreating context from binary file: m\.bin\nExecuting Graphs\nFinished Executing Graphs\n$/);
      await adb.pull(serial, `${D}/output/Result_0/y.raw`, join(bench.folder, 'y.raw'));
    } finally {
      await adb.killServer();
    }
    expect(readFileSync(join(bench.folder, 'y.raw')).equals(bytes(await emulated(context, feed)))).toBe(true);
  });

  test('fixed-point faces: integers as they are, or floats by scale and offset, both what the session gives', async () => {
    const context = await compiled('quantized', tinyQuantized());
    const feed = noise(21, 768);
    const wanted = await emulated(context, feed);
    bench.install(...LIBRARIES);
    copyFileSync(binaryOf(context), join(bench.work, 'm.bin'));
    const faces = readContextFaces(join(bench.work, 'm.bin'));
    const [input, output] = [faces?.graphs[0]?.inputs[0], faces?.graphs[0]?.outputs[0]];
    expect([input, output]).toMatchObject([{ type: 'ufixed-8', dims: [1, 3, 16, 16], offset: -128 }, { type: 'ufixed-8', dims: [1, 8, 16, 16], offset: -121 }]);
    expect([input?.scale, output?.scale].map((scale) => scale?.toFixed(6))).toEqual(['0.020000', '0.050000']);
    bench.put('list.txt', `${input?.name}:=in.raw\n`);
    bench.put('in.raw', bytes(feed));
    expect(await bench.run('qnn-net-run', ARGS)).toMatchObject({ code: 0, err: '' });
    const file = (name: string): Buffer => readFileSync(join(bench.work, 'output', 'Result_0', name));
    const name = output?.name.replace(/\W/g, '_');
    expect(floats(file(`${name}.raw`))).toEqual(wanted);
    bench.put('in.raw', Uint8Array.from(feed, (v) => Math.min(255, Math.max(0, roundEven(Math.fround(v / Math.fround(0.02))) + 128))));
    expect(await bench.run('qnn-net-run', [...ARGS, '--use_native_input_files', '--use_native_output_files'])).toMatchObject({ code: 0, err: '' });
    expect(Float32Array.from(file(`${name}_native.raw`), (q) => (q - 121) * Math.fround(0.05))).toEqual(wanted);
    expect(readFileSync(join(bench.work, 'output', 'execution_metadata.yaml'), 'utf8')).toContain('datatype: QNN_DATATYPE_UFIXED_POINT_8\n    dimensions: [1, 8, 16, 16]');
  });

  test('what is refused, in the words of the real one', async () => {
    const float = await compiled('float', tinyModel());
    const other = await compiled('float', tinyModel(), 'SM8550');
    bench.install(...LIBRARIES, 'libQnnCpu.so');
    bench.put('in.raw', bytes(noise(1, 768)));
    bench.put('list.txt', 'in.raw\n');
    const run = (more: readonly string[] = [], environment = {}, version?: string): Promise<Ran> => bench.run('qnn-net-run', [...ARGS, ...more], environment, version);
    copyFileSync(binaryOf(other), join(bench.work, 'm.bin'));
    expect(await run()).toMatchObject({ code: 1, err: expect.stringMatching(/arch with value 73 unsupported\n[\s\S]*error code 5005[\s\S]*Create From Binary failure/) as string });
    bench.put('m.bin', 'no context');
    expect(await run()).toMatchObject({ code: 1, err: expect.stringContaining('Create From Binary failure') as string });
    copyFileSync(binaryOf(float), join(bench.work, 'm.bin'));
    expect(await run()).toMatchObject({ code: 0 });
    for (const name of LIBRARIES) bench.put(name, `npu-dyno stand-in\n${JSON.stringify({ version: '2.50.0.260801' })}\n`);
    expect(await run([], {}, '2.50.0.260801')).toMatchObject({ code: 1, err: expect.stringMatching(/newer than this library[\s\S]*Create From Binary failure/) as string });
    bench.install(...LIBRARIES);
    expect(await bench.run('qnn-net-run', ['--backend', 'libQnnCpu.so', ...ARGS.slice(2)])).toMatchObject({ code: 1, err: expect.stringContaining('Create From Binary failure') as string });
  });
});

function roundEven(value: number): number {
  const near = Math.round(value);
  return near - value === 0.5 && near % 2 !== 0 ? near - 1 : near;
}
