import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { inferShapes, Model } from '../../../../models/graph/index.ts';
import { decodeModel, encodeModel } from '../../../../models/onnx/index.ts';
import type { QnnTensor } from '../../../../converters/qnn/artifact.ts';
import { readCarrier, writeCarrier } from '../carrier.ts';
import { oneValue } from './arguments.ts';
import { QAIRT_QUANTIZER_FLAGS } from './converter-flags.ts';
import { encodingsIn, withEncodings } from './dlc-encodings.ts';
import { documentedTool, ToolFailure } from './documented-tool.ts';
import { readInputList } from './input-list.ts';
import { FALLBACK } from './misbehaviour.ts';
import { nativeFaces } from './native-faces.ts';
import { quantizeGraph } from './quantize-graph.ts';
import type { ConvertedFace } from './source-graph.ts';

/** `qairt-quantizer`: a DLC in integers, by an input list, by the encodings in it, or both. */
export const qairtQuantizer = documentedTool({
  name: 'qairt-quantizer',
  flags: QAIRT_QUANTIZER_FLAGS,
  work: async (args, { cwd, version, out }) => {
    const path = resolve(cwd, oneValue(args, '--input_dlc') as string);
    if (!existsSync(path)) throw new ToolFailure(`[Errno 2] No such file or directory: '${path}'`);
    const target = resolve(cwd, oneValue(args, '--output_dlc') ?? path.replace(/\.dlc$/, '_quantized.dlc'));
    const { head, onnx } = readCarrier(path);
    if (head.kind !== 'dlc') throw new ToolFailure(`${path} is no DLC`);
    const { proto } = decodeModel(onnx);
    const overrides = encodingsIn(proto);
    const float = new Model(withEncodings(proto, null));
    inferShapes(float);
    const list = oneValue(args, '--input_list');
    if (list === null && !args.has('--float_fallback')) throw new ToolFailure('Either --input_list or --float_fallback is required');
    if (list !== null && args.has('--float_fallback')) throw new ToolFailure('--float_fallback cannot be used with --input_list');
    const inputs = head.inputs.flatMap(({ name }) => float.graph.values.get(name) ?? []);
    const feeds = list === null ? null : readInputList(list, inputs, { cwd, native: args.has('--use_native_input_files') });
    const { model, fallback } = await quantizeGraph(float, null, { activationBits: oneValue(args, '--act_bitwidth') ?? '8', weightBits: oneValue(args, '--weights_bitwidth') ?? '8', feeds, overrides, moved: new Map() });
    if (fallback.length > 0) out(`${FALLBACK.slice(0, FALLBACK.indexOf(':'))}: ${fallback.join(', ')}`);
    const keep = args.has('--preserve_io_datatype') ? 'all' : new Set<string>();
    const made = nativeFaces(model, { inputs: head.inputs.map(facesOf), outputs: head.outputs.map(facesOf), keep, half: false });
    const named = (tensors: readonly QnnTensor[], before: readonly QnnTensor[]): QnnTensor[] => tensors.map((tensor, i) => ({ ...tensor, onnxName: before[i]?.onnxName ?? tensor.onnxName }));
    writeCarrier(target, { ...head, tool: 'qairt-quantizer', version, inputs: named(made.inputs, head.inputs), outputs: named(made.outputs, head.outputs) }, encodeModel(model.toProto()));
    out(`DLC saved at: ${target}`);
    return [target];
  },
});

function facesOf({ name, axes }: QnnTensor): ConvertedFace {
  return { name, identifier: name, axes };
}
