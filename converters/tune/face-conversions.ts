import { dtypeBytes } from '../../models/contracts/index.ts';
import { type Graph, staticShape, type Value } from '../../models/graph/index.ts';

/** Conversions at the face of a graph, by label: the bytes that each reads and writes. The provider may leave them on the CPU. */
export function faceConversions(graph: Graph): Map<string, number> {
  const conversions = new Map<string, number>();
  for (const node of graph.nodes()) {
    const [input, output] = [node.input(0), node.output()];
    if (!node.is('QuantizeLinear', 'DequantizeLinear') || !input || !output) continue;
    if (input.isGraphInput || output.isGraphOutput) conversions.set(node.label, bytesOf(input) + bytesOf(output));
  }
  return conversions;
}

function bytesOf({ type }: Value): number {
  const elements = staticShape(type)?.reduce((a, b) => a * b, 1) ?? 0;
  return type.dtype === null ? 0 : (dtypeBytes(type.dtype, elements) ?? 0);
}
