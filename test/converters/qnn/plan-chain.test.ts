import { describe, expect, test } from 'vitest';
import type { ChainRequest } from '../../../converters/qnn/chain-request.ts';
import { planChain, toolsOf } from '../../../converters/qnn/plan-chain.ts';
import { findSdk, type QnnSdk } from '../../../converters/qnn/sdk.ts';
import { shellScript } from '../../../converters/qnn/shell-script.ts';
import { toolEnvironment } from '../../../converters/qnn/tool-environment.ts';
import { toolFlags } from '../../../converters/qnn/probe-flags.ts';
import { resolveSoc } from '../../../converters/rules/resolve-target.ts';
import { makeVirtualSdk } from '../../../device-harness/virtual/qnn-sdk/make-sdk.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { standInRunner } from './stand-in-runner.ts';

const temporary = temporaryFolder();

/** A request to an SDK of this version, whose tools were asked for their flags. */
async function request(version: string, more: Partial<ChainRequest> = {}): Promise<ChainRequest> {
  makeVirtualSdk(temporary('sdk'), { version });
  const sdk = findSdk(temporary('sdk'), {}) as QnnSdk;
  const environment = toolEnvironment(sdk, { python: '/venv/bin/python', ndk: null });
  const asked = { chain: 'qnn' as const, form: 'context-binary' as const, precision: 'fp16' as const, ...more };
  const runner = standInRunner(version, {});
  const flags = new Map<string, ReadonlySet<string>>();
  for (const tool of toolsOf(asked)) flags.set(tool, await toolFlags(tool, { sdk, python: 'python3', environment, runner, base: { DYNO_CACHE: temporary('cache') } }));
  return { sdk, python: '/venv/bin/python', environment, flags, model: '/models/net.onnx', graph: 'net', shapes: new Map([['x', [1, 3, 8, 8]]]), inputList: null, nativeInputs: false, overrides: null, preserveIo: false, soc: resolveSoc('SM8650').soc, work: '/work', ...asked };
}

/** Arguments of a step. */
async function args(tool: string, version: string, more: Partial<ChainRequest> = {}): Promise<readonly string[]> {
  const { steps } = planChain(await request(version, more));
  const found = steps.find((step) => step.tool === tool);
  return found?.command.slice(found.command.findIndex((word) => word.endsWith(tool)) + 1) ?? [];
}

describe('flags', () => {
  test('sizes by the name that this version has', async () => {
    expect((await args('qairt-converter', '2.25.0.1', { chain: 'qairt' })).join(' ')).toContain('--desired_input_shape x 1,3,8,8');
    expect((await args('qairt-converter', '2.40.0.1', { chain: 'qairt' })).join(' ')).toContain('--source_model_input_shape x 1,3,8,8');
    expect((await args('qnn-onnx-converter', '2.25.0.1')).join(' ')).toBe('--input_network /models/net.onnx --output_path net.cpp --input_dim x 1,3,8,8 --float_bitwidth 16');
  });

  test.each([['w8a8', '8', '8'], ['w8a16', '16', '8'], ['w4a8', '8', '4']] as const)('%s: bits, grain, 32-bit biases', async (precision, activations, weights) => {
    const words = (await args('qnn-onnx-converter', '2.40.0.1', { precision, inputList: 'input_list.txt' })).join(' ');
    expect(words).toContain(`--input_list input_list.txt --act_bitwidth ${activations} --weights_bitwidth ${weights} --bias_bitwidth 32 --use_per_channel_quantization`);
    expect(words).not.toContain('--float_');
    expect((await args('qairt-quantizer', '2.40.0.1', { chain: 'qairt', precision, inputList: 'input_list.txt' })).join(' ')).toContain(`--input_dlc float/net.dlc --output_dlc net.dlc --input_list input_list.txt --act_bitwidth ${activations}`);
  });

  test('encodings beside a list, or alone with a fallback to float; names are not simplified away', async () => {
    const both = (await args('qnn-onnx-converter', '2.40.0.1', { precision: 'w8a8', inputList: 'l.txt', overrides: 'e.json', nativeInputs: true })).join(' ');
    expect(both).toContain('--quantization_overrides e.json --no_simplification');
    expect(both).toContain('--use_native_input_files');
    const alone = (await args('qnn-onnx-converter', '2.40.0.1', { precision: 'w8a8', overrides: 'e.json' })).join(' ');
    expect(alone).toContain('--float_fallback');
    expect(alone).not.toContain('--input_list');
  });

  test('faces stay as they are', async () => {
    expect((await args('qnn-onnx-converter', '2.40.0.1', { preserveIo: true })).at(-1)).toBe('--preserve_io');
    expect(await args('qairt-converter', '2.40.0.1', { chain: 'qairt', preserveIo: true })).toContain('--preserve_io_datatype');
  });

  test('are asked once per build of the SDK', async () => {
    const { sdk, environment } = await request('2.40.0.1');
    const runner = standInRunner('2.40.0.1', {});
    const probe = { sdk, python: 'python3', environment, runner, base: { DYNO_CACHE: temporary('other') } };
    const first = await toolFlags('qnn-onnx-converter', probe);
    expect([await toolFlags('qnn-onnx-converter', probe), runner.calls.length]).toEqual([first, 1]);
    expect(first.has('--act_bw') && first.has('-d') && !first.has('--source_model_input_shape')).toBe(true);
  });
});

describe('the plan', () => {
  test('weights and context binary never meet; the context is called without .bin; its config names graph and chip', async () => {
    const { steps, files, shipped } = planChain(await request('2.40.0.1'));
    const context = steps.find(({ tool }) => tool === 'qnn-context-binary-generator');
    expect(context?.command.join(' ')).toContain('--binary_file net.context --output_dir context --config_file htp-backend.json');
    expect([shipped, steps[0]?.produces]).toEqual(['context/net.context.bin', ['net.cpp', 'net.bin', 'net_net.json']]);
    const [level1, level2] = files.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    expect(level1).toEqual({ backend_extensions: { shared_library_path: temporary('sdk/lib/x86_64-linux-clang/libQnnHtpNetRunExtensions.so'), config_file_path: 'htp.json' } });
    expect(level2).toEqual({ graphs: [{ graph_names: ['net'], vtcm_mb: 0, O: 3 }], devices: [{ soc_model: 57, dsp_arch: 'v75' }] });
  });

  test('scripts run in the SDK’s Python, programs by themselves', async () => {
    const { steps } = planChain(await request('2.40.0.1', { chain: 'qairt', precision: 'w8a8', inputList: 'l' }));
    expect(steps.map(({ tool, command }) => [tool, command[0] === '/venv/bin/python'])).toEqual([['qairt-converter', true], ['qairt-quantizer', true], ['qnn-context-binary-generator', false], ['qnn-context-binary-utility', false]]);
    expect(steps[2]?.command.join(' ')).toMatch(/--model \S+\/libQnnModelDlc\.so --dlc_path net\.dlc --backend \S+\/libQnnHtp\.so/);
  });

  test('a script holds its words together', async () => {
    const plan = planChain(await request('2.40.0.1', { model: "/my models/it's $HOME.onnx" }));
    const script = shellScript({ plan, title: 't', graph: 'net', files: [{ path: 'encodings.json', text: '{\n}\nEND\n' }], raws: { paths: ['raw/0-x.raw'], how: ['as float32'] } });
    expect(script).toContain(`--input_network '/my models/it'\\''s $HOME.onnx'`);
    expect(script).toContain("cat > encodings.json <<'END_'\n{\n}\nEND\nEND_");
    const called = script.split('\n').filter((line) => !line.startsWith('#')).join('\n').replaceAll(temporary(), '/tmp');
    expect(called).not.toMatch(/dyno/);
  });
});
