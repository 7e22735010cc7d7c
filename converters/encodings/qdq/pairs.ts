import type { Graph, Node, Value } from '../../../models/graph/index.ts';
import type { Loss } from '../encoding.ts';
import type { Grid } from './codes.ts';
import { rankOf, readGrid, sameGrid } from './read-grid.ts';

/** A float tensor and everything that quantizes it and brings it back, on one grid. */
export interface Pair {
  readonly source: Value;
  readonly grid: Grid;
  readonly quantize: readonly Node[];
  readonly dequantized: readonly Node[];
}

/**
 * Tensors that are quantized and dequantized at once. What is quantized for good (integer operators follow) stays, with a note; a tensor
 * that is quantized in two ways, twice in a row, or read unquantized too is more than one encoding can say.
 */
export function findPairs(graph: Graph, notes: string[], losses: Loss[]): Pair[] {
  const bySource = new Map<Value, Pair[]>();
  for (const node of graph.nodes()) {
    if (!node.is('QuantizeLinear')) continue;
    const source = node.input(0) as Value;
    const pair = readPair(node, source);
    if (typeof pair === 'string') notes.push(`${node.label} stays: ${pair}.`);
    else bySource.set(source, [...(bySource.get(source) ?? []), pair]);
  }
  return [...bySource].map(([source, pairs]) => {
    const [first] = pairs as [Pair];
    const what = (text: string): void => void losses.push({ tensor: source.name, what: text });
    if (!pairs.every(({ grid }) => sameGrid(grid, first.grid))) what('it is quantized in two ways');
    const quantize = pairs.flatMap((pair) => pair.quantize);
    const others = [...source.uses].filter(({ node }) => !quantize.includes(node));
    if (others[0]) what(`${others[0].node.label} reads it unquantized`);
    if (source.isGraphOutput) what('it is a graph output that is not quantized');
    if (source.producer?.is('DequantizeLinear')) what('it was quantized just before');
    return { source, grid: first.grid, quantize, dequantized: pairs.flatMap((pair) => pair.dequantized) };
  });
}

function readPair(node: Node, source: Value): Pair | string {
  const [grid, codes] = [readGrid(node, rankOf(source)), node.output()];
  if (typeof grid === 'string') return grid;
  if (source.type.dtype !== 'float32') return `its input is ${source.type.dtype ?? 'of an unknown type'}`;
  if (!codes || codes.isGraphOutput || codes.isCaptured) return 'its codes are an output';
  const dequantized = codes.consumers;
  const odd = dequantized.find((reader) => !reader.is('DequantizeLinear') || reader.input(0) !== codes);
  if (dequantized.length === 0 || odd) return odd ? `${odd.label} reads its codes` : 'nothing reads its codes';
  for (const reader of dequantized) {
    const back = readGrid(reader, rankOf(codes));
    if (typeof back === 'string' || !sameGrid(back, grid)) return `${reader.label} has another scale or zero point`;
  }
  return { source, grid, quantize: [node], dequantized };
}
