import { cloneMessage } from '../onnx/message.ts';
import type { GraphProto, NodeProto, TensorProto, ValueInfoProto } from '../onnx/proto.ts';
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';

/** The graph as a message. Nodes, tensors and value infos that no patch touched are the objects that were read; inputs, outputs and their order never change. */
export function exportGraph(graph: Graph): GraphProto {
  if (graph.revision === 0) return graph.proto;
  return cloneMessage(graph.proto, {
    node: [...graph.nodes()].map(exportNode),
    initializer: exportInitializers(graph),
    valueInfo: exportValueInfo(graph),
  });
}

function exportNode(node: Node): NodeProto {
  const input = node.inputs.map((value) => value?.name ?? '');
  const output = node.outputs.map((value) => value?.name ?? '');
  if (same(input, node.proto.input) && same(output, node.proto.output)) return node.proto;
  return cloneMessage(node.proto, { input, output });
}

function exportInitializers(graph: Graph): TensorProto[] {
  return [...graph.initializers].flatMap((value) => (value.initializer ? [value.initializer.toProto(value.name)] : []));
}

function exportValueInfo(graph: Graph): ValueInfoProto[] {
  return (graph.proto.valueInfo ?? []).filter((info) => {
    const value = graph.values.get(info.name ?? '');
    return value !== undefined && !value.isGraphInput && !value.isGraphOutput;
  });
}

function same(a: readonly string[], b: readonly string[] | null | undefined): boolean {
  return a.length === (b?.length ?? 0) && a.every((name, i) => name === b?.[i]);
}
