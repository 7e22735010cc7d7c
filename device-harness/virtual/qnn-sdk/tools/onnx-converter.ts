import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { encodeModel } from '../../../../models/onnx/index.ts';
import { macsOf } from '../../../../models/graph/index.ts';
import { readEncodings } from '../../../../converters/encodings/index.ts';
import { type Carrier, writeCarrier } from '../carrier.ts';
import { type Arguments, oneValue } from './arguments.ts';
import { ONNX_CONVERTER_FLAGS } from './converter-flags.ts';
import { documentedTool, ToolFailure } from './documented-tool.ts';
import { readInputList } from './input-list.ts';
import { FALLBACK } from './misbehaviour.ts';
import { nativeFaces } from './native-faces.ts';
import { netJson } from './net-json.ts';
import { copyOf, quantizeGraph } from './quantize-graph.ts';
import { readTextFile } from './read-text-file.ts';
import { convertSource } from './source-graph.ts';

/** `qnn-onnx-converter`: images in the order of pixels unless told otherwise, quantized where there is an input list. */
export const qnnOnnxConverter = documentedTool({
  name: 'qnn-onnx-converter',
  flags: ONNX_CONVERTER_FLAGS,
  marker: 'INFO_CONVERSION_SUCCESS',
  work: async (args, { cwd, version, misbehaviour, out }) => {
    refuseTogether(args);
    const network = resolve(cwd, oneValue(args, '--input_network') as string);
    const target = resolve(cwd, oneValue(args, '--output_path') ?? network.replace(/\.onnx$/, '.cpp'));
    if (!target.endsWith('.cpp')) throw new ToolFailure(`[Errno 13] Access is denied: '${target}'`);
    const preserved = preservedIo(args);
    const source = convertSource(network, { version, shapes: shapesOf(args, '--input_dim'), spatialFirst: !preserved.layout });
    const [list, overridesPath] = [oneValue(args, '--input_list'), oneValue(args, '--quantization_overrides')];
    const inputs = source.inputs.flatMap(({ name }) => source.model.graph.values.get(name) ?? []);
    const feeds = list === null ? null : readInputList(list, inputs, { cwd, native: args.has('--use_native_input_files') });
    const overrides = overridesPath === null || args.has('--ignore_encodings') ? null : readEncodings(readTextFile(resolve(cwd, overridesPath)));
    const quantizes = feeds !== null || (overrides !== null && args.has('--float_fallback'));
    const request = { activationBits: oneValue(args, '--act_bitwidth') ?? '8', weightBits: oneValue(args, '--weights_bitwidth') ?? '8', feeds, overrides, moved: source.moved };
    const { model, fallback } = quantizes ? await quantizeGraph(source.model, source.onnx, request) : { model: copyOf(source.model), fallback: [] };
    if (fallback.length > 0) out(`${FALLBACK.slice(0, FALLBACK.indexOf(':'))}: ${fallback.join(', ')}`);
    const faces = nativeFaces(model, { ...source, keep: preserved.types, half: oneValue(args, '--float_bitwidth') === '16' });
    const graph = misbehaviour === 'other-graph-name' ? 'renamed_graph' : basename(target, '.cpp');
    const head: Carrier = { kind: 'model-source', tool: 'qnn-onnx-converter', version, graph, arch: null, ...faces };
    const stem = target.slice(0, -'.cpp'.length);
    writeFileSync(target, `// Model source of a stand-in of qnn-onnx-converter ${version}\n// graph: ${graph}\n`);
    writeCarrier(`${stem}.bin`, head, encodeModel(model.toProto()));
    writeFileSync(`${stem}_net.json`, `${JSON.stringify(netJson(graph, model, faces), null, 1)}\n`);
    const macs = [...source.model.graph.nodes()].reduce((sum, node) => sum + (macsOf(node) ?? 0), 0);
    out(`Model CPP saved at: ${target}\nModel BIN saved at: ${stem}.bin\nTotal MACs: ${macs.toLocaleString('en-US')}\nConversion complete!`);
    source.onnx.close();
    return [target, `${stem}.bin`, `${stem}_net.json`];
  },
});

/** Shapes given as `NAME 1,3,224,224`. */
export function shapesOf(args: Arguments, key: string): Map<string, number[]> {
  return new Map((args.get(key) ?? []).map(([name, dims]) => {
    const sizes = (dims as string).split(',').map(Number);
    if (!sizes.every((size) => Number.isInteger(size) && size > 0)) throw new ToolFailure(`Invalid input dimensions ${dims} of ${name}`);
    return [name as string, sizes];
  }));
}

function refuseTogether(args: Arguments): void {
  if (args.has('--float_fallback') && (args.has('--input_list') || args.has('--ignore_encodings'))) throw new ToolFailure('--float_fallback cannot be used with --input_list or --ignore_encodings');
  if (args.has('--ignore_encodings') && args.has('--quantization_overrides')) throw new ToolFailure('--ignore_encodings cannot be used with --quantization_overrides');
  const newer = ['--act_quantizer_calibration', '--act_quantizer_schema', '--param_quantizer_calibration', '--param_quantizer_schema'].some((key) => args.has(key));
  if (newer && (args.has('--act_quantizer') || args.has('--param_quantizer'))) throw new ToolFailure('Legacy quantizer options cannot be mixed with calibration and schema options');
}

/** Bare: layout and types of all; `layout`, `datatype` with or without names. */
function preservedIo(args: Arguments): { readonly layout: boolean; readonly types: 'all' | ReadonlySet<string> } {
  const uses = args.get('--preserve_io') ?? [];
  const bare = uses.some((words) => words.length === 0);
  const types = uses.find(([kind]) => kind === 'datatype');
  return { layout: bare || uses.some(([kind]) => kind === 'layout'), types: bare || types?.length === 1 ? 'all' : new Set(types?.slice(1)) };
}
