import type { Graph, Node, Value } from '../../../models/graph/index.ts';

/** Nodes that depend on constants alone, such as Casts of weights stored in 16 bits: runtimes compute them once, when they load the model. */
export function foldedNodes(graph: Graph): ReadonlySet<Node> {
  const folded = new Set<Node>();
  const isFixed = (value: Value | null): boolean => value === null || value.constant !== null || (value.producer !== null && folded.has(value.producer));
  for (const node of graph.nodes()) {
    if (node.is('Constant') || (node.inputs.length > 0 && !node.hasSubgraph && node.isOnnx && !node.opType.startsWith('Random') && node.inputs.every(isFixed))) folded.add(node);
  }
  return folded;
}
