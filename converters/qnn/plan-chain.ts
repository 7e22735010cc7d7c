import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { bitsOf, type ChainPlan, type ChainRequest, flagOf, optional, type Step } from './chain-request.ts';
import { htpSettings, LEVEL1 } from './htp-settings.ts';
import { ANDROID, toolPath } from './sdk.ts';
import { SCRIPTS } from './sdk-python.ts';

const CONTEXT_JSON = 'context.json';

/**
 * The calls that make what is asked for. Flags that this build of a tool does not have are said in their older form or left out where nothing
 * depends on them. Throws UserError for what a chain cannot make and for tools and libraries that the SDK lacks.
 */
export function planChain(request: ChainRequest): ChainPlan {
  const { chain, form, graph, sdk, soc, precision } = request;
  if (sdk.host !== null && !sdk.host.includes('linux')) throw new UserError(`The SDK's tools are driven on Linux only; this one has programs for ${sdk.host}.`, ['Convert there, e.g. in WSL. dyno compile makes context binaries here.']);
  if (chain === 'qnn' && form === 'dlc') throw new UserError('The older chain makes no DLC.', ['Take the newer one: --chain qairt.']);
  if (chain === 'qairt' && form === 'model-library') throw new UserError('The newer chain makes no model library.', ['Take the older one: --chain qnn. A DLC does the same work: --form dlc.']);
  const made = chain === 'qnn' ? modelSource(request) : dlc(request);
  if (form === 'model-library') {
    return { ...made, steps: [...made.steps, library(request, ANDROID)], files: [], shipped: `libs/${ANDROID}/lib${graph}.so`, faces: { kind: 'net-json', path: `${graph}_net.json` } };
  }
  const loaded = chain === 'qnn' ? [library(request, sdk.host ?? '')] : [];
  const steps = [...made.steps, ...loaded, context(request), describe(request)];
  const files = htpSettings(graph, soc, precision, hostLibrary(request, 'libQnnHtpNetRunExtensions.so'));
  return { ...made, steps, files, shipped: form === 'dlc' ? `${graph}.dlc` : contextPath(graph), faces: { kind: 'context-json', path: CONTEXT_JSON } };
}

type Begun = Pick<ChainPlan, 'steps' | 'folders'>;

/** `qnn-onnx-converter`: C++ source, weights, and the graph as JSON. */
function modelSource(request: ChainRequest): Begun {
  const tool = 'qnn-onnx-converter';
  const { graph, model, precision, preserveIo } = request;
  const flag = (...names: string[]): string => flagOf(request, tool, ...names);
  const args = [
    flag('--input_network', '-i'), model, flag('--output_path', '-o'), `${graph}.cpp`,
    ...[...request.shapes].flatMap(([name, dims]) => [flag('--input_dim', '-d'), name, dims.join(',')]),
    ...(precision === 'fp16' ? [flag('--float_bitwidth', '--float_bw'), '16'] : []),
    ...quantization(request, tool), ...overrides(request, tool, '--quantization_overrides', '--no_simplification'),
    ...(preserveIo ? [flag('--preserve_io')] : []),
  ];
  return { folders: ['libs', 'context'], steps: [step(request, tool, 'convert the model', args, [`${graph}.cpp`, `${graph}.bin`, `${graph}_net.json`])] };
}

/** `qairt-converter`, and the quantizer where numbers are to be integers. */
function dlc(request: ChainRequest): Begun {
  const tool = 'qairt-converter';
  const { graph, model, precision, preserveIo } = request;
  const flag = (...names: string[]): string => flagOf(request, tool, ...names);
  const quantized = bitsOf(precision) !== null;
  const made = quantized ? `float/${graph}.dlc` : `${graph}.dlc`;
  const args = [
    flag('--input_network', '-i'), model, flag('--output_path', '-o'), made,
    ...[...request.shapes].flatMap(([name, dims]) => [flag('--source_model_input_shape', '--desired_input_shape'), name, dims.join(',')]),
    ...(precision === 'fp16' ? [flag('--float_bitwidth'), '16'] : []), ...overrides(request, tool, '--quantization_overrides', '--onnx_skip_simplification'),
    ...(preserveIo ? [flag('--preserve_io_datatype')] : []),
  ];
  const convert = step(request, tool, 'convert the model', args, [made]);
  if (!quantized) return { folders: ['context'], steps: [convert] };
  const quantizer = 'qairt-quantizer';
  const words = [
    flagOf(request, quantizer, '--input_dlc'), made, flagOf(request, quantizer, '--output_dlc'), `${graph}.dlc`, ...quantization(request, quantizer), ...(preserveIo ? optional(request, quantizer, '--preserve_io_datatype') : []),
  ];
  return { folders: ['float', 'context'], steps: [convert, step(request, quantizer, 'quantize', words, [`${graph}.dlc`])] };
}

/** Bits, grain and the input list; without a list only encodings make integers, and the rest stays float. */
function quantization(request: ChainRequest, tool: string): string[] {
  const bits = bitsOf(request.precision);
  if (!bits) return [];
  const flag = (...names: string[]): string => flagOf(request, tool, ...names);
  return [
    ...(request.inputList === null ? [flag('--float_fallback')] : [flag('--input_list'), request.inputList]),
    ...(request.inputList !== null && request.nativeInputs ? [flag('--use_native_input_files')] : []),
    flag('--act_bitwidth', '--act_bw'), String(bits.activations), flag('--weights_bitwidth', '--weight_bw'), String(bits.weights), flag('--bias_bitwidth', '--bias_bw'), '32',
    flag('--use_per_channel_quantization'), ...optional(request, tool, '--use_per_row_quantization'),
    ...optional(request, tool, '--param_quantizer_schema', 'symmetric'), ...optional(request, tool, '--act_quantizer_schema', 'asymmetric'),
  ];
}

/** Encodings name tensors of the file as it is: nothing is simplified before they are looked up. */
function overrides(request: ChainRequest, tool: string, name: string, asItIs: string): string[] {
  return request.overrides === null ? [] : [flagOf(request, tool, name), request.overrides, ...optional(request, tool, asItIs)];
}

function library(request: ChainRequest, target: string): Step {
  const tool = 'qnn-model-lib-generator';
  const { graph } = request;
  const flag = (...names: string[]): string => flagOf(request, tool, ...names);
  const args = [flag('--cpp', '-c'), `${graph}.cpp`, flag('--bin', '-b'), `${graph}.bin`, flag('--lib_targets', '-t'), target, flag('--lib_name', '-l'), graph, flag('--output_dir', '-o'), 'libs'];
  return step(request, tool, `build the model library for ${target}`, args, [`libs/${target}/lib${graph}.so`]);
}

function context(request: ChainRequest): Step {
  const tool = 'qnn-context-binary-generator';
  const { graph, chain, sdk, soc } = request;
  const flag = (name: string): string => flagOf(request, tool, name);
  const model = chain === 'qnn' ? ['--model', `libs/${sdk.host}/lib${graph}.so`] : ['--model', hostLibrary(request, 'libQnnModelDlc.so'), flag('--dlc_path'), `${graph}.dlc`];
  const args = [...model, flag('--backend'), hostLibrary(request, 'libQnnHtp.so'), flag('--binary_file'), contextName(graph), flag('--output_dir'), 'context', flag('--config_file'), LEVEL1];
  return step(request, tool, `compile for ${soc.chip}`, args, [contextPath(graph)]);
}

/** Its JSON says what the graph is called and what its faces are. */
function describe(request: ChainRequest): Step {
  const tool = 'qnn-context-binary-utility';
  return step(request, tool, 'read what was compiled', [flagOf(request, tool, '--context_binary'), contextPath(request.graph), flagOf(request, tool, '--json_file'), CONTEXT_JSON], [CONTEXT_JSON]);
}

function step({ sdk, python, environment, work }: ChainRequest, tool: string, title: string, args: readonly string[], produces: readonly string[]): Step {
  const path = toolPath(sdk, tool);
  return { tool, title, command: [...(SCRIPTS.has(tool) ? [python] : []), path, ...args], env: environment, cwd: work, produces };
}

function hostLibrary({ sdk }: ChainRequest, name: string): string {
  const path = join(sdk.root, 'lib', sdk.host ?? '', name);
  if (existsSync(path)) return path;
  throw new UserError(`The SDK in ${sdk.root} lacks lib/${sdk.host}/${name}.`, ['Install the whole SDK. dyno doctor qnn lists what is there.']);
}

/** The tool appends `.bin`; the folder keeps it apart from the weights, which are a `.bin` as well. */
function contextName(graph: string): string {
  return `${graph}.context`;
}

function contextPath(graph: string): string {
  return `context/${contextName(graph)}.bin`;
}

/** Tools that a plan calls, of which flags have to be known. */
export function toolsOf({ chain, form, precision }: Pick<ChainRequest, 'chain' | 'form' | 'precision'>): readonly string[] {
  const first = chain === 'qnn' ? ['qnn-onnx-converter', 'qnn-model-lib-generator'] : ['qairt-converter', ...(bitsOf(precision) ? ['qairt-quantizer'] : [])];
  return form === 'model-library' ? first : [...first, 'qnn-context-binary-generator', 'qnn-context-binary-utility'];
}
