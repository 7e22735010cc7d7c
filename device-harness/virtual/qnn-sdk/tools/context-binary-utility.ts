import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { QnnTensor } from '../../../../converters/qnn/artifact.ts';
import { dataTypeName } from '../../../../converters/qnn/data-types.ts';
import { contextHead } from '../context-head.ts';
import { oneValue } from './arguments.ts';
import { documentedTool, ToolFailure } from './documented-tool.ts';

/** `qnn-context-binary-utility`: what is in a context binary, as JSON. */
export const qnnContextBinaryUtility = documentedTool({
  name: 'qnn-context-binary-utility',
  flags: [{ names: ['--context_binary'], values: 1, required: true }, { names: ['--json_file'], values: 1, required: true }],
  work: async (args, { cwd, environment }) => {
    const binary = resolve(cwd, oneValue(args, '--context_binary') as string);
    if (!existsSync(binary)) throw new ToolFailure(`Failed to open context binary ${binary}`);
    const head = contextHead(binary, environment);
    if (!head) throw new ToolFailure(`Failed to get context binary info of ${binary}`);
    const json = resolve(cwd, oneValue(args, '--json_file') as string);
    const { graph, build, socModel, inputs, outputs } = head;
    const info = { backendId: 6, buildId: build, socModel, graphs: [{ info: { graphName: graph, graphInputs: inputs.map(tensorJson), graphOutputs: outputs.map(tensorJson) } }] };
    writeFileSync(json, `${JSON.stringify({ info }, null, 1)}\n`);
    return [json];
  },
});

function tensorJson({ name, type, dims, scale, offset }: QnnTensor, id: number): object {
  const defined = scale !== null && offset !== null;
  return {
    info: {
      id, name, dimensions: dims, dataType: dataTypeName(type), rank: dims.length, dataFormat: 'QNN_TENSOR_DATA_FORMAT_FLAT_BUFFER',
      quantizeParams: defined ? { definition: 'QNN_DEFINITION_DEFINED', quantizationEncoding: 'QNN_QUANTIZATION_ENCODING_SCALE_OFFSET', scaleOffset: { scale, offset } } : { definition: 'QNN_DEFINITION_UNDEFINED' },
    },
  };
}
