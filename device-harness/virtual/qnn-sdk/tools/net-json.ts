import { dataTypeCode, type QnnDataType } from '../../../../converters/qnn/data-types.ts';
import type { QnnTensor } from '../../../../converters/qnn/artifact.ts';
import { macsOf, type Model, parametersOf, staticShape } from '../../../../models/graph/index.ts';

/** `<name>_net.json` in the schema of the QNN documentation (converters), whose spelling of `coverter_command` is real. */
export function netJson(name: string, model: Model, faces: { readonly inputs: readonly QnnTensor[]; readonly outputs: readonly QnnTensor[] }): object {
  const nodes = [...model.graph.nodes()];
  const tensors = [...faces.inputs.map((tensor) => [tensor, 0] as const), ...faces.outputs.map((tensor) => [tensor, 1] as const)];
  const inner = nodes.flatMap((node) => node.outputs).flatMap((value) => {
    const dims = value && !value.isGraphOutput ? staticShape(value.type) : null;
    return value && dims ? [[value.name, dims] as const] : [];
  });
  const parameters = new Set(nodes.flatMap(parametersOf));
  return {
    'model.cpp': `${name}.cpp`, 'model.bin': `${name}.bin`, coverter_command: 'qnn-onnx-converter', copyright_str: '', op_types: [...new Set(nodes.map(({ opType }) => opType))],
    'Total parameters': String([...parameters].reduce((sum, { size }) => sum + size, 0)), 'Total MACs per inference': String(nodes.reduce((sum, node) => sum + (macsOf(node) ?? 0), 0)),
    graph: {
      tensors: Object.fromEntries([
        ...tensors.map(([tensor, type], id) => [tensor.name, entry(id, type, tensor.type, tensor.dims, tensor)] as const),
        ...inner.map(([value, dims], at) => [value.replaceAll(/[^A-Za-z0-9_]/g, '_'), entry(tensors.length + at, 3, 'float32', dims, null)] as const),
      ]),
      nodes: Object.fromEntries(nodes.map((node, at) => [node.name || `node_${at}`, {
        package: 'qti.aisw', type: node.opType, tensor_params: {}, scalar_params: {}, input_names: node.inputs.map((value) => value?.name ?? ''), output_names: node.outputs.map((value) => value?.name ?? ''),
        macs_per_inference: String(macsOf(node) ?? 0),
      }])),
    },
  };
}

function entry(id: number, type: number, dataType: QnnDataType, dims: readonly number[], grid: Pick<QnnTensor, 'scale' | 'offset'> | null): object {
  const quantized = grid !== null && grid.scale !== null && grid.offset !== null;
  return {
    id, type, dataFormat: 0, data_type: dataTypeCode(dataType),
    quant_params: quantized ? { definition: 1, encoding: 0, scale_offset: { offset: grid.offset, scale: grid.scale } } : { definition: 0x7fffffff, encoding: 0x7fffffff, scale_offset: { offset: 0, scale: 0 } },
    current_dims: dims, max_dims: dims, dims, params_count: 0,
  };
}
