import { type Graph, type Model, type Node, Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Loss } from '../encoding.ts';
import { decodeValues, encodeValues, type Grid } from './codes.ts';
import { readGrid } from './read-grid.ts';

/** Constant codes behind a DequantizeLinear. */
export interface Weight {
  readonly node: Node;
  readonly codes: Tensor;
  readonly grid: Grid;
}

/** Those whose grid an encoding can say; the others stay, with a note. */
export function findWeights(graph: Graph, notes: string[]): Weight[] {
  return [...graph.nodes()].flatMap((node) => {
    const codes = node.is('DequantizeLinear') ? node.input(0)?.constant : null;
    if (!codes) return [];
    const grid = readGrid(node, codes.dims.length);
    if (typeof grid !== 'string') return [{ node, codes, grid }];
    notes.push(`${node.label} stays: ${grid}.`);
    return [];
  });
}

/** A float constant in the place of codes and DequantizeLinear; its name. */
export function unquantizeWeight({ graph, opset }: Model, { node, codes, grid }: Weight, losses: Loss[]): string {
  const output = node.output() as Value;
  const numbers = codes.numbers();
  const values = decodeValues(numbers, codes.dims, grid);
  const again = encodeValues(values, codes.dims, grid);
  const wanted = nameOf((node.input(0) as Value).name, output.name, (name) => graph.values.has(name));
  const lost = numbers.reduce((count, q, i) => count + (q === again[i] ? 0 : 1), 0);
  if (lost > 0)
    losses.push({ tensor: wanted, what: `${lost} of its ${numbers.length} codes, which float32 cannot hold or the strict grid has not` });
  const patch = new Patch(graph, opset);
  const constant = patch.constant(Tensor.of('float32', codes.dims, values), wanted);
  patch.replace(output, constant).remove(node).apply();
  if (constant.name !== wanted && !graph.values.has(wanted)) graph.rename(constant, wanted);
  return constant.name;
}

/** "w" for the codes "w_quantized" (ONNX Runtime, dyno) or "w_q" (AIMET); else the name that layers read it by. */
function nameOf(codes: string, output: string, isTaken: (name: string) => boolean): string {
  const stem = codes.replace(/_(quantized|q)(_\d+)?$/, '');
  return stem !== '' && stem !== codes && (stem === output || !isTaken(stem)) ? stem : output;
}
