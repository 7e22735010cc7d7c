import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ContextFaces, ContextTensor } from '../../../../converters/htp/inspect/context-faces.ts';
import { rawType } from '../../../../converters/qnn/data-types.ts';
import { attributeProtos } from '../../../../models/graph/index.ts';
import { writeType } from '../../../../models/graph/type-proto.ts';
import { type ModelProto, type ValueInfoProto, writeModel } from '../../../../models/onnx/index.ts';

/**
 * Writes the ONNX model that stands for a context binary, so that the emulator runs it: one EPContext node with the graph's own inputs and
 * outputs, in their own types. Resolves to its path in `folder`.
 */
export async function writeContextModel(binary: string, { build, graphs }: ContextFaces, folder: string): Promise<string> {
  const [graph] = graphs;
  const { name, inputs, outputs } = graph as NonNullable<typeof graph>;
  const file = 'context_qnn.bin';
  symlinkSync(binary, join(folder, file));
  const attribute = attributeProtos({ ep_cache_context: file, embed_mode: 0, main_context: 1, source: 'QNNExecutionProvider', partition_name: name, ep_sdk_version: build, max_size: 0, is_multi_soc_ep_context: 0 });
  const node = { name, opType: 'EPContext', domain: 'com.microsoft', input: inputs.map((tensor) => tensor.name), output: outputs.map((tensor) => tensor.name), attribute };
  const proto: ModelProto = {
    irVersion: 10, opsetImport: [{ domain: '', version: 17 }, { domain: 'com.microsoft', version: 1 }],
    graph: { name: 'context', node: [node], input: inputs.map(valueInfo), output: outputs.map(valueInfo) },
  };
  const path = join(folder, 'context_ctx.onnx');
  await writeModel(proto, path);
  return path;
}

function valueInfo({ name, type, dims }: ContextTensor): ValueInfoProto {
  return { name, type: writeType({ kind: 'tensor', dtype: rawType(type), shape: [...dims] }) };
}
