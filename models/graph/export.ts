import { cloneMessage } from '../onnx/message.ts';
import type { GraphProto, NodeProto, TensorProto, ValueInfoProto } from '../onnx/proto.ts';
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';
import { readType, writeType } from './type-proto.ts';
import { UNKNOWN_TYPE, type ValueType } from './types.ts';
import type { Value } from './value.ts';

/**
 * The graph as a message. Nodes, tensors and value infos that no patch touched are the objects that were read. Inputs and outputs keep
 * their order; a value info is written anew only where what is stated about the value has changed.
 */
export function exportGraph(graph: Graph): GraphProto {
  if (graph.revision === 0) return graph.proto;
  graph.sort();
  return cloneMessage(graph.proto, {
    node: [...graph.nodes()].map(exportNode),
    initializer: exportInitializers(graph),
    input: exportFace(graph.inputs, graph.proto.input),
    output: exportFace(graph.outputs, graph.proto.output),
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

function exportFace(values: readonly Value[], infos: readonly ValueInfoProto[] | null | undefined): ValueInfoProto[] {
  const known = new Map((infos ?? []).map((info) => [info.name ?? '', info]));
  return values.map((value) => restate(known.get(value.name) ?? { name: value.name }, value.stated));
}

/** Value infos of values that are gone go too, and those of names that a value of another type took over. */
function exportValueInfo(graph: Graph): ValueInfoProto[] {
  return (graph.proto.valueInfo ?? []).flatMap((info) => {
    const value = graph.values.get(info.name ?? '');
    if (!value || value.isGraphInput || value.isGraphOutput || value.stated === UNKNOWN_TYPE) return [];
    return [restate(info, value.stated)];
  });
}

/** The info itself where it says the same already. */
function restate(info: ValueInfoProto, stated: ValueType): ValueInfoProto {
  const before = readType(info);
  const unchanged = before.kind !== 'tensor' || (before.dtype === stated.dtype && same(before.shape, stated.shape));
  return unchanged ? info : cloneMessage(info, { type: writeType(stated) });
}

function same<T>(a: readonly T[] | null | undefined, b: readonly T[] | null | undefined): boolean {
  return a === b || ((a?.length ?? 0) === (b?.length ?? 0) && (a ?? []).every((item, i) => item === b?.[i]));
}
