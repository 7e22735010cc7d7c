import type { GraphProto } from '../onnx/proto.ts';
import type { Node } from './node.ts';

/** Outer names that the subgraphs of a node (If, Loop, Scan) use without defining them, nested subgraphs included. */
export function capturedNames(node: Node): ReadonlySet<string> {
  const graphs = node.attributes.graphs();
  if (graphs.length === 0) return NONE;
  const captured = new Set<string>();
  for (const graph of graphs) collect(graph, captured, NONE);
  return captured;
}

const NONE: ReadonlySet<string> = new Set();

function collect(graph: GraphProto, captured: Set<string>, outer: ReadonlySet<string>): void {
  const defined = new Set(outer);
  for (const value of graph.input ?? []) defined.add(value.name ?? '');
  for (const tensor of graph.initializer ?? []) defined.add(tensor.name ?? '');
  for (const sparse of graph.sparseInitializer ?? []) defined.add(sparse.values?.name ?? '');
  for (const node of graph.node ?? []) for (const name of node.output ?? []) defined.add(name);
  const use = (name: string): void => {
    if (name !== '' && !defined.has(name)) captured.add(name);
  };
  for (const node of graph.node ?? []) {
    for (const name of node.input ?? []) use(name);
    for (const attribute of node.attribute ?? []) {
      for (const inner of [...(attribute.g ? [attribute.g] : []), ...(attribute.graphs ?? [])]) collect(inner, captured, defined);
    }
  }
  for (const value of graph.output ?? []) use(value.name ?? '');
}
