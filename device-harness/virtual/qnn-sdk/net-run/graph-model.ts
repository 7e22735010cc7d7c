import { inferShapes, macsOf, Model, type Node } from '../../../../models/graph/index.ts';
import { readModel } from '../../../../models/onnx/index.ts';
import type { GraphModel, Operation } from './operation.ts';

const FUSED = new Set(['Relu', 'Clip', 'LeakyRelu', 'PRelu', 'QuantizeLinear', 'DequantizeLinear', 'Identity', 'Constant']);

/** What an ONNX model says of its face and its work. */
export function readGraphModel(path: string): GraphModel {
  const onnx = readModel(path);
  try {
    const model = new Model(onnx.proto);
    inferShapes(model);
    const { inputs, outputs } = model.graph;
    const typed = [...inputs, ...outputs].flatMap(({ name, type }) => (type.kind === 'tensor' && type.dtype !== null ? [[name, type.dtype] as const] : []));
    return { types: new Map(typed), operations: [...model.graph.nodes()].map(operationOf) };
  } finally {
    onnx.close();
  }
}

function operationOf(node: Node): Operation {
  return { name: node.name === '' ? node.label : node.name, macs: macsOf(node) ?? 0, fused: FUSED.has(node.opType) };
}
