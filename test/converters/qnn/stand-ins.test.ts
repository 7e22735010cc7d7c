import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../models/onnx/index.ts';
import { makeVirtualSdk } from '../../../device-harness/virtual/qnn-sdk/make-sdk.ts';
import { readCarrier } from '../../../device-harness/virtual/qnn-sdk/carrier.ts';
import { loadTool } from '../../../device-harness/virtual/qnn-sdk/tools/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

interface Said {
  readonly code: number;
  readonly text: string;
}

/** Calls a stand-in as the SDK of a version would have it. */
async function call(tool: string, args: readonly string[], { version = '2.40.0.250724', environment = {} }: { version?: string; environment?: Record<string, string> } = {}): Promise<Said> {
  let text = '';
  const say = (line: string): void => {
    text += `${line}\n`;
  };
  const code = await (await loadTool(tool)).run(args, { cwd: temporary(), environment, version, out: say, err: say });
  return { code, text };
}

function written(more: Partial<ModelSpec> = {}): void {
  const image = ['float32', [1, 2, 4, 6]] as const;
  writeFileSync(temporary('m.onnx'), toBytes(buildModel({ inputs: { x: image }, outputs: { y: image }, nodes: [['Relu', ['x'], ['y'], {}, { name: 'relu' }]], ...more })));
}

const convert = (...args: string[]): Promise<Said> => call('qnn-onnx-converter', ['-i', 'm.onnx', '-o', 'm.cpp', ...args]);

describe('stand-ins take what the documentation of their version lists', () => {
  test.each<[string, string, string[], RegExp]>([
    ['qnn-onnx-converter', '2.40', ['-i', 'm.onnx', '--source_model_input_shape', 'x', '1'], /unrecognized arguments: --source_model_input_shape/],
    ['qairt-converter', '2.25', ['-i', 'm.onnx', '--source_model_input_shape', 'x', '1'], /unrecognized arguments/], ['qairt-converter', '2.40', ['-i', 'm.onnx', '--desired_input_shape', 'x', '1'], /unrecognized arguments/],
    ['qnn-context-binary-generator', '2.25', ['--model', 'm', '--backend', 'b', '--binary_file', 'f', '--soc_model', '57'], /unrecognized arguments: --soc_model/],
    ['qnn-onnx-converter', '2.40', ['-o', 'm.cpp'], /arguments are required: --input_network\/-i/], ['qnn-onnx-converter', '2.40', ['-i', 'm.onnx', '--act_bw', '4'], /invalid choice: '4'/],
    ['qnn-onnx-converter', '2.40', ['-i', 'm.onnx', '-d', 'x'], /expected 2 arguments/],
  ])('%s of %s refuses %j', async (tool, version, args, message) => {
    const { code, text } = await call(tool, args, { version });
    expect([code, message.test(text)]).toEqual([2, true]);
  });

  test('--help lists the flags of that version', async () => {
    const [older, newer] = [await call('qairt-converter', ['--help'], { version: '2.25' }), await call('qairt-converter', ['--help'], { version: '2.40' })];
    expect([older.text.includes('--desired_input_shape'), older.text.includes('--source_model_input_shape')]).toEqual([true, false]);
    expect([newer.text.includes('--desired_input_shape'), newer.text.includes('--source_model_input_shape')]).toEqual([false, true]);
  });
});

describe('and look at their inputs', () => {
  test.each<[string, () => void, string[], RegExp]>([
    ['no ONNX', () => writeFileSync(temporary('m.onnx'), 'text'), [], /Failed to load ONNX model/],
    ['a newer opset', () => written({ opset: 23 }), [], /Unsupported ONNX opset version: 23/],
    ['open sizes', () => written({ inputs: { x: ['float32', [1, 2, 'H', 6]] } }), [], /Missing command line inputs for dynamic inputs \['x'\] in the model\./],
    ['an input list that is not there', () => written(), ['--input_list', 'l.txt'], /Could not open input list file: l\.txt/],
    ['a raw file of another size', () => { written(); writeFileSync(temporary('a.raw'), new Uint8Array(191)); writeFileSync(temporary('l.txt'), 'a.raw\n'); }, ['--input_list', 'l.txt'], /a\.raw has 191 bytes; input x needs 192/],
    ['encodings of another model', () => { written(); writeFileSync(temporary('e.json'), JSON.stringify({ version: '0.6.1', activation_encodings: { nowhere: [{ bitwidth: 8, dtype: 'int', is_symmetric: 'False', min: 0, max: 1, offset: 0, scale: 1 / 255 }] }, param_encodings: {} })); }, ['--quantization_overrides', 'e.json', '--float_fallback'], /map::at: key not found/],
    ['flags that exclude each other', () => written(), ['--float_fallback', '--input_list', 'l.txt'], /cannot be used with --input_list/],
  ])('%s', async (_, make, args, message) => {
    make();
    const { code, text } = await convert(...args);
    expect(code, text).toBe(1);
    expect(text).toMatch(message);
    expect(existsSync(temporary('m.cpp'))).toBe(false);
  });

  test('a folder in the place of the source', async () => {
    written();
    expect((await call('qnn-onnx-converter', ['-i', 'm.onnx', '-o', 'out'])).text).toMatch(/Access is denied/);
  });

  test('the library generator: source, weights, targets, NDK; leaves its object files', async () => {
    written();
    await convert();
    const generate = (...args: string[]): Promise<Said> => call('qnn-model-lib-generator', args, args.includes('ndk') ? {} : { environment: { ANDROID_NDK_ROOT: '/ndk' } });
    expect((await generate('-c', 'm', '-b', 'm.bin')).text).toMatch(/m is not a cpp model file/);
    expect((await generate('-c', 'other.cpp', '-b', 'm.bin')).text).toMatch(/Unable to find the model source file, invalid path/);
    expect((await call('qnn-model-lib-generator', ['-c', 'm.cpp', '-b', 'm.bin'])).text).toMatch(/ANDROID_NDK_ROOT is not set/);
    expect((await generate('-c', 'm.cpp', '-b', 'm.bin', '-t', 'aarch64-oe-linux-gcc11.2')).text).toMatch(/Could not find compiler: \$\{TARGET_PREFIX\}g\+\+/);
    expect((await generate('-c', 'm.cpp', '-b', 'm.bin', '-o', 'libs')).code).toBe(0);
    expect(['aarch64-android', 'x86_64-linux-clang'].map((target) => readCarrier(temporary(`libs/${target}/libm.so`)).head.arch)).toEqual(['aarch64-android', 'x86_64-linux-clang']);
    expect(existsSync(temporary(`tmp_${process.pid}`))).toBe(true);
  });

  test('the context generator: libraries of another machine, a back end that is not there, a level 2 file in the place of level 1', async () => {
    written();
    await convert();
    makeVirtualSdk(temporary('sdk'), { version: '2.40.0.1' });
    await call('qnn-model-lib-generator', ['-c', 'm.cpp', '-b', 'm.bin', '-o', 'libs'], { environment: { ANDROID_NDK_ROOT: '/ndk' } });
    const backend = temporary('sdk/lib/x86_64-linux-clang/libQnnHtp.so');
    const generate = (model: string, ...more: string[]): Promise<Said> => call('qnn-context-binary-generator', ['--model', model, '--binary_file', 'c', ...more]);
    expect((await generate('libs/aarch64-android/libm.so', '--backend', backend)).text).toMatch(/wrong ELF class/);
    expect((await generate('libs/x86_64-linux-clang/libm.so', '--backend', 'libQnnHtp.so')).text).toMatch(/Unable to load backend/);
    writeFileSync(temporary('htp.json'), JSON.stringify({ graphs: [], devices: [{ soc_model: 57 }] }));
    expect((await generate('libs/x86_64-linux-clang/libm.so', '--backend', backend, '--config_file', 'htp.json')).text).toMatch(/backend_extensions is required/);
    writeFileSync(temporary('l1.json'), JSON.stringify({ backend_extensions: { shared_library_path: '/nowhere/lib.so', config_file_path: 'htp.json' } }));
    expect((await generate('libs/x86_64-linux-clang/libm.so', '--backend', backend, '--config_file', 'l1.json')).text).toMatch(/Unable to load backend extensions/);
    expect((await generate('libs/x86_64-linux-clang/libm.so', '--backend', backend, '--dlc_path', 'm.bin')).text).toMatch(/needs --model libQnnModelDlc\.so/);
  });
});

describe('and do the work', () => {
  test('_net.json: documented keys, codes of types, multiply-accumulates', async () => {
    written({ inputs: { x: ['float32', [1, 2, 4, 6]] }, outputs: { y: ['float32', [1, 3, 4, 6]] }, initializers: { w: Tensor.of('float32', [3, 2, 1, 1], [1, 2, 3, 4, 5, 6]) }, nodes: [['Conv', ['x', 'w'], ['y'], {}, { name: 'conv' }]] });
    const { text } = await convert('--float_bitwidth', '16');
    const net = JSON.parse(readFileSync(temporary('m_net.json'), 'utf8')) as { 'Total MACs per inference': string; 'Total parameters': string; graph: { tensors: Record<string, object> } };
    expect([net['Total MACs per inference'], net['Total parameters']]).toEqual([String(3 * 2 * 4 * 6), '6']);
    expect(net.graph.tensors['x']).toMatchObject({ type: 0, data_type: 0x216, current_dims: [1, 4, 6, 2] });
    expect(net.graph.tensors['y']).toMatchObject({ type: 1, data_type: 0x216, current_dims: [1, 4, 6, 3] });
    expect(text).toContain('INFO_CONVERSION_SUCCESS');
  });

  test('a DLC keeps the axes; the quantizer takes raw files in them', async () => {
    written();
    await call('qairt-converter', ['-i', 'm.onnx', '-o', 'm.dlc']);
    expect((await call('qairt-dlc-info', ['-i', 'm.dlc'])).text).toMatch(/input {2}x {2}float32 {2}1,2,4,6/);
    mkdirSync(temporary('raw'));
    writeFileSync(temporary('raw/a.raw'), Float32Array.from({ length: 48 }, (_, i) => i / 47));
    writeFileSync(temporary('l.txt'), '# y\nx:=raw/a.raw\n');
    expect((await call('qairt-quantizer', ['--input_dlc', 'm.dlc', '--output_dlc', 'q.dlc', '--input_list', 'l.txt'])).code).toBe(0);
    expect(readCarrier(temporary('q.dlc')).head.inputs).toMatchObject([{ name: 'x', type: 'ufixed-8', dims: [1, 2, 4, 6], axes: null, scale: expect.closeTo(1 / 255, 8), offset: expect.closeTo(0) }]);
  });
});
