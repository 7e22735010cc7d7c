import type { Graph, Node } from '../../models/graph/index.ts';

/** Operators that move or relabel values and round nothing. */
const EXACT = new Set([
  'Constant', 'Identity', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Concat', 'Split', 'Gather', 'Pad', 'DepthToSpace',
  'SpaceToDepth', 'Expand', 'Tile', 'QuantizeLinear', 'DequantizeLinear', 'Shape', 'Relu', 'MaxPool', 'Max', 'Min',
]);

/**
 * Operators that HTP approximates more coarsely than by rounding, as so many rounded ones: errors add in power. Seen in the emulator, dB: Softplus 41
 * to 52, Mish 43, Tan 50, GRU and LSTM 56.
 */
const APPROXIMATED: Readonly<Record<string, number>> = { Softplus: 100, Mish: 100, Tan: 16, GRU: 4, LSTM: 4 };

/** How many rounding operators lie on the longest way to each node, itself included. */
export function roundingDepths(graph: Graph): ReadonlyMap<Node, number> {
  const depths = new Map<Node, number>();
  for (const node of graph.nodes()) {
    const before = node.inputs.reduce((most, value) => Math.max(most, value?.producer ? (depths.get(value.producer) ?? 0) : 0), 0);
    depths.set(node, before + (EXACT.has(node.opType) ? 0 : (APPROXIMATED[node.opType] ?? 1)));
  }
  return depths;
}
