import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { htpExecutor } from '../../../converters/htp/index.ts';
import type { QnnTensor } from '../../../converters/qnn/artifact.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { leaveSource } from '../../../device-harness/virtual/qnn-sdk/sources.ts';
import { type Carrier, writeCarrier } from '../../../device-harness/virtual/qnn-sdk/carrier.ts';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { PhoneBench } from './phone-bench.ts';
import { bytes, floatTensor, floats, noise, tinyModel } from './tiny-models.ts';

let bench: PhoneBench;
const head = (inputs: readonly QnnTensor[], outputs: readonly QnnTensor[], more: Partial<Carrier> = {}): Carrier =>
  ({ kind: 'dlc', tool: 'test', version: '1', graph: 'tiny', arch: null, inputs, outputs, ...more });
const x = floatTensor('x', [1, 3, 16, 16]);
const y = floatTensor('y', [1, 3, 32, 32]);
const result = (name: string, index = 0): Buffer => readFileSync(join(bench.work, 'output', `Result_${index}`, name));
const CPU = ['--backend', 'libQnnCpu.so', '--input_list', 'list.txt'];
const HTP = ['--backend', 'libQnnHtp.so', '--input_list', 'list.txt'];

/** ONNX Runtime, called by the test itself, is the oracle: an artifact computes what its graph computes. */
describe('qnn-net-run on a DLC or model library', () => {
  beforeAll(async () => {
    bench = await PhoneBench.start('SM8650');
    bench.install('libQnnCpu.so', 'libQnnGpu.so', 'libQnnModelDlc.so', 'libQnnHtp.so', 'libQnnHtpV75Stub.so', 'libQnnHtpV75Skel.so', 'libQnnHtpPrepare.so');
  });
  afterAll(() => bench.close());
  beforeEach(() => writeCarrier(join(bench.work, 'm.dlc'), head([x], [y]), toBytes(tinyModel())));

  test.each(['libQnnCpu.so', 'libQnnGpu.so'])('%s: several inferences, bit for bit, files as documented', async (backend) => {
    const feeds = [noise(10, 768), new Float32Array(768), noise(11, 768, 1e4)];
    feeds.forEach((feed, i) => bench.put(`in${i}.raw`, bytes(feed)));
    bench.put('list.txt', '# y\n%y\nx:=in0.raw\n\nin1.raw\n  x:=./in2.raw  \n');
    const { code, out, err } = await bench.run('qnn-net-run', ['--dlc_path', 'm.dlc', '--model', 'libQnnModelDlc.so', '--backend', backend, '--input_list', 'list.txt']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^qnn-net-run pid:\d+\nqnn-net-run build version: v2\.51\.0\.260929\d+_\d+\nProcessing inference input\(s\):\nExecuting Graphs\nFinished Executing Graphs$/);
    for (const [i, feed] of feeds.entries()) {
      const wanted = (await runOrt(tinyModel(), { x: ndarray('float32', [1, 3, 16, 16], feed) })).get('y') as NdArray;
      expect(result('y.raw', i).equals(bytes(wanted.data)), `inference ${i}`).toBe(true);
    }
    expect(readFileSync(join(bench.work, 'output', 'execution_metadata.yaml'), 'utf8')).toBe([
      'inferences_completed: 3', 'graph_name: tiny', 'input_tensors:', '  - tensor_name: x', '    datatype: QNN_DATATYPE_FLOAT_32', '    dimensions: [1, 3, 16, 16]', 'output_tensors:',
      '  - tensor_name: y', '    datatype: QNN_DATATYPE_FLOAT_32', '    dimensions: [1, 3, 32, 32]', '',
    ].join('\n'));
  });

  test('inputs by name in any order; integers need their own type: floats are cut off, and bytes of integers are read as floats', async () => {
    const model = buildModel({
      inputs: { a: ['int32', [4]], b: ['float32', [4]] }, outputs: { 'sum/of': ['float32', [4]] },
      nodes: [['Cast', ['a'], ['c'], { to: 1 }], ['Add', ['c', 'b'], ['sum/of']]],
    });
    const face = head([floatTensor('a', [4], { type: 'int32' }), floatTensor('b', [4])], [floatTensor('sum/of', [4])]);
    writeCarrier(join(bench.work, 'two.dlc'), face, toBytes(model));
    bench.put('a.raw', bytes(Int32Array.of(1, -2, 300, 7)));
    bench.put('af.raw', bytes(Float32Array.of(1.9, -2.9, 300, 7)));
    bench.put('b.raw', bytes(Float32Array.of(0.5, 0.5, 0.5, 0.5)));
    const run = async (list: string, ...more: readonly string[]): Promise<number[]> => {
      bench.put('list.txt', list);
      expect((await bench.run('qnn-net-run', ['--dlc_path=two.dlc', ...CPU, ...more])).err).toBe('');
      return [...floats(result(more.includes('--use_native_output_files') ? 'sum_of_native.raw' : 'sum_of.raw'))];
    };
    expect(await run('b:=b.raw a:=a.raw', '--use_native_input_files', '--use_native_output_files')).toEqual([1.5, -1.5, 300.5, 7.5]);
    expect(await run('a:=a.raw b:=b.raw', '--native_input_tensor_names', 'tiny:a')).toEqual([1.5, -1.5, 300.5, 7.5]);
    expect(await run('a:=af.raw b:=b.raw')).toEqual([1.5, -1.5, 300.5, 7.5]);
    expect(await run('a:=a.raw b:=b.raw')).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  test('a DLC of another maker runs by the source that was left for it, with axes and fixed-point faces of its own', async () => {
    const dlc = join(bench.work, 'closed.dlc');
    bench.put('closed.dlc', 'PK a closed file');
    const scale = 0.03;
    const source = join(bench.folder, 'tiny.onnx');
    writeFileSync(source, toBytes(tinyModel(3)));
    const sha256 = createHash('sha256').update(readFileSync(dlc)).digest('hex');
    bench.put('list.txt', 'input:=nhwc.raw\n');
    const values = Float32Array.from({ length: 768 }, (_, i) => ((i * 7) % 256) - 100);
    bench.put('nhwc.raw', bytes(Uint8Array.from(values, (v) => v + 100)));
    const missing = await bench.run('qnn-net-run', ['--dlc_path', 'closed.dlc', ...CPU]);
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('no source was left')]);
    leaveSource(bench.phone.sources, {
      form: 'dlc', path: dlc, sha256, graph: 'closed', backends: ['cpu'], chip: null, build: null, madeBy: 'test', source: { path: source, sha256: '' },
      inputs: [{ name: 'input', onnxName: 'x', type: 'ufixed-8', dims: [1, 16, 16, 3], axes: [0, 2, 3, 1], scale, offset: -100 }],
      outputs: [{ name: 'output', onnxName: 'y', type: 'float32', dims: [1, 32, 32, 3], axes: [0, 2, 3, 1], scale: null, offset: null }],
    });
    const { err } = await bench.run('qnn-net-run', ['--dlc_path', 'closed.dlc', ...CPU, '--use_native_input_files']);
    expect(err).toBe('');
    const nchw = new Float32Array(768);
    for (let c = 0; c < 3; c++) for (let p = 0; p < 256; p++) nchw[c * 256 + p] = (values[p * 3 + c] as number) * scale;
    const wanted = ((await runOrt(tinyModel(3), { x: ndarray('float32', [1, 3, 16, 16], nchw) })).get('y') as NdArray).data as Float32Array;
    const got = floats(result('output.raw'));
    for (let c = 0; c < 3; c++) for (let p = 0; p < 1024; p++) expect(got[p * 3 + c]).toBe(wanted[c * 1024 + p]);
  });

  test('num_inferences goes through the list again and again, and keeps as many outputs as it is told', async () => {
    bench.put('in0.raw', bytes(noise(1, 768)));
    bench.put('in1.raw', bytes(noise(2, 768)));
    bench.put('list.txt', 'in0.raw\nin1.raw\n');
    const { code } = await bench.run('qnn-net-run', ['--dlc_path', 'm.dlc', ...CPU, '--num_inferences', '7', '--keep_num_outputs=3', '--output_dir', 'kept']);
    expect(code).toBe(0);
    const kept = (i: number): Buffer => readFileSync(join(bench.work, 'kept', `Result_${i}`, 'y.raw'));
    expect([kept(2).equals(kept(0)), kept(1).equals(kept(0))]).toEqual([true, false]);
    expect(() => kept(3)).toThrow('ENOENT');
    expect(readFileSync(join(bench.work, 'kept', 'execution_metadata.yaml'), 'utf8')).toContain('inferences_completed: 7');
  });

  test('a model library for another processor, of another kind, or missing', async () => {
    bench.put('in0.raw', bytes(noise(1, 768)));
    bench.put('list.txt', 'in0.raw\n');
    writeCarrier(join(bench.work, 'libx86.so'), head([x], [y], { kind: 'model-library', arch: 'x86_64-linux-clang' }), toBytes(tinyModel()));
    writeCarrier(join(bench.work, 'libtiny.so'), head([x], [y], { kind: 'model-library', arch: 'aarch64-android' }), toBytes(tinyModel()));
    expect((await bench.run('qnn-net-run', ['--model', 'libtiny.so', ...CPU])).code).toBe(0);
    expect((await bench.run('qnn-net-run', ['--model', 'libx86.so', ...CPU])).err).toContain('is for EM_X86_64 (62) instead of EM_AARCH64 (183)');
    expect((await bench.run('qnn-net-run', ['--model', 'libnone.so', ...CPU])).err).toContain('dlopen failed: library "libnone.so" not found');
    expect((await bench.run('qnn-net-run', ['--model', 'm.dlc', ...CPU])).err).toContain('is no model library');
  });

  test.skipIf(!htpToolchain)(`prepared on the phone for HTP: the emulator's arithmetic, and the stages as proof${htpMissing}`, async () => {
    const feed = noise(4, 768);
    bench.put('in0.raw', bytes(feed));
    bench.put('list.txt', 'in0.raw\n');
    const { code, out, err } = await bench.run('qnn-net-run', ['--dlc_path', 'm.dlc', ...HTP]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/Starting stage: Graph Preparation Initializing\n[\s\S]*Starting stage: VTCM Allocation\nCompleted stage: VTCM Allocation \(\d+ us\)/);
    const path = join(bench.folder, 'same.onnx');
    writeFileSync(path, toBytes(tinyModel()));
    const toolchain = htpToolchain as NonNullable<typeof htpToolchain>;
    const [wanted] = await htpExecutor(toolchain, resolveSoc('SM8650').soc).run(path, [new Map([['x', ndarray('float32', [1, 3, 16, 16], feed)]])]);
    await toolchain.close();
    expect(result('y.raw').equals(bytes(((wanted as NamedArrays).get('y') as NdArray).data))).toBe(true);
    const cpu = ((await runOrt(tinyModel(), { x: ndarray('float32', [1, 3, 16, 16], feed) })).get('y') as NdArray).data;
    expect(result('y.raw').equals(bytes(cpu))).toBe(false);
  });
});
