import type { Graph, Node } from '../../models/graph/index.ts';

/** Operators that move or relabel values and round nothing. */
const EXACT = new Set([
  'Constant', 'Identity', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Concat', 'Split', 'Gather', 'Pad', 'DepthToSpace',
  'SpaceToDepth', 'Expand', 'Tile', 'QuantizeLinear', 'DequantizeLinear', 'Shape', 'Relu', 'MaxPool', 'Max', 'Min',
]);

/** How many rounding operators lie on the longest way to each node, itself included. */
export function roundingDepths(graph: Graph): ReadonlyMap<Node, number> {
  const depths = new Map<Node, number>();
  for (const node of graph.nodes()) {
    const before = node.inputs.reduce((most, value) => Math.max(most, value?.producer ? (depths.get(value.producer) ?? 0) : 0), 0);
    depths.set(node, before + (EXACT.has(node.opType) ? 0 : 1));
  }
  return depths;
}
