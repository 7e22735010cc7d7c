import { basename, resolve } from 'node:path';
import { encodeModel } from '../../../../models/onnx/index.ts';
import { readEncodings, requireResolved, writeEncodings, layoutsOf } from '../../../../converters/encodings/index.ts';
import type { Model } from '../../../../models/graph/index.ts';
import { writeCarrier } from '../carrier.ts';
import { oneValue } from './arguments.ts';
import { QAIRT_CONVERTER_FLAGS } from './converter-flags.ts';
import { documentedTool, ToolFailure } from './documented-tool.ts';
import { withEncodings } from './dlc-encodings.ts';
import { nativeFaces } from './native-faces.ts';
import { shapesOf } from './onnx-converter.ts';
import { copyOf } from './quantize-graph.ts';
import { readTextFile } from './read-text-file.ts';
import { type ConvertedGraph, convertSource } from './source-graph.ts';

/** `qairt-converter`: axes as in the source, a DLC. Encodings travel in it to the quantizer. */
export const qairtConverter = documentedTool({
  name: 'qairt-converter',
  flags: QAIRT_CONVERTER_FLAGS,
  marker: 'INFO_CONVERSION_SUCCESS',
  work: async (args, { cwd, version, misbehaviour, out }) => {
    const network = resolve(cwd, oneValue(args, '--input_network') as string);
    const target = resolve(cwd, oneValue(args, '--output_path') ?? network.replace(/\.onnx$/, '.dlc'));
    if (!target.endsWith('.dlc')) throw new ToolFailure(`Output path ${target} is no .dlc file`);
    const shapes = new Map([...shapesOf(args, '--source_model_input_shape'), ...shapesOf(args, '--desired_input_shape')]);
    const source = convertSource(network, { version, shapes, spatialFirst: false });
    const overrides = oneValue(args, '--quantization_overrides');
    const encodings = overrides === null ? null : renamed(source, readTextFile(resolve(cwd, overrides)));
    const model = copyOf(source.model);
    const preserved = args.get('--preserve_io_datatype')?.flat();
    const keep = preserved === undefined ? new Set<string>() : preserved.length === 0 ? 'all' : new Set(preserved);
    const faces = nativeFaces(model, { ...source, keep, half: oneValue(args, '--float_bitwidth') === '16' });
    const graph = misbehaviour === 'other-graph-name' ? 'renamed_graph' : basename(target, '.dlc');
    writeCarrier(target, { kind: 'dlc', tool: 'qairt-converter', version, graph, arch: null, ...faces }, encodeModel(withEncodings(model.toProto(), encodings)));
    source.onnx.close();
    out(`DLC saved at: ${target}\nConversion complete!`);
    return [target];
  },
});

/** The user's encodings under the names that the DLC has, in 1.0.0. */
function renamed({ model, inputs, outputs }: ConvertedGraph, text: string): object {
  const file = read(model, text);
  const names = new Map([...inputs, ...outputs].map(({ name, identifier }) => [name, identifier]));
  const encodings = new Map([...file.encodings.values()].map((encoding) => [names.get(encoding.name) ?? encoding.name, { ...encoding, name: names.get(encoding.name) ?? encoding.name }]));
  return writeEncodings({ ...file, encodings, version: '1.0.0' }, '1.0.0', layoutsOf(model.graph)).json;
}

function read({ graph }: Model, text: string): ReturnType<typeof readEncodings> {
  try {
    return requireResolved(readEncodings(text), graph);
  } catch (error) {
    throw new ToolFailure(`map::at: key not found (${(error as Error).message})`);
  }
}
