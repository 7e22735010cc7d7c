import { type Graph, type Node, Patch, PatchRefused, type Value } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import type { Encoding } from './encoding.ts';
import { onGrid, type Widths } from './precisions.ts';
import type { Grid } from './scheme.ts';

/**
 * Puts QuantizeLinear and DequantizeLinear behind a value, and a second pair before readers of another width; leaves a value whose name may not
 * move (an input that is an output, too).
 */
export function quantizeActivation(graph: Graph, opset: number, value: Value, encoding: Encoding, widths: Widths): void {
  const grid = widths.ofValue(value);
  if (!grid) return;
  const readers = [...value.uses].flatMap(({ node, index }) => (index >= 0 ? [{ node, index, grid: widths.ofNode(node) }] : []));
  const patch = new Patch(graph, opset);
  const back = roundTrip(patch, value, onGrid(encoding, grid), grid, value.name);
  try {
    patch.replace(value, back).apply();
  } catch (error) {
    if (error instanceof PatchRefused) return;
    throw error;
  }
  const others = readers.filter((reader) => reader.grid && reader.grid.bits !== grid.bits && reader.node.attached);
  const [first] = others;
  if (first?.grid) convert(graph, opset, back, { encoding, grid: first.grid, readers: others });
}

interface Conversion {
  readonly encoding: Encoding;
  readonly grid: Grid;
  readonly readers: readonly { readonly node: Node; readonly index: number }[];
}

/** One pair for all readers of the other width; each becomes a copy that reads it. */
function convert(graph: Graph, opset: number, value: Value, { encoding, grid, readers }: Conversion): void {
  let converted: Value | null = null;
  for (const node of new Set(readers.map((reader) => reader.node))) {
    const patch = new Patch(graph, opset);
    const other: Value = converted ?? roundTrip(patch, value, onGrid(encoding, grid), grid, `${value.name}_${grid.dtype}`);
    const outputs = patch.copy(node, node.inputs.map((input) => (input === value ? other : input)));
    node.outputs.forEach((old, i) => { if (old && outputs[i]) patch.replace(old, outputs[i] as Value); });
    patch.remove(node).apply();
    converted = other;
  }
}

function roundTrip(patch: Patch, value: Value, encoding: Encoding, { dtype }: Grid, name: string): Value {
  const scale = patch.constant(Tensor.of('float32', [], encoding.scale), `${name}_scale`);
  const zeroPoint = patch.constant(Tensor.of(dtype, [], encoding.zeroPoint), `${name}_zero_point`);
  const quantized = patch.node('QuantizeLinear', [value, scale, zeroPoint], { name: `${name}_QuantizeLinear` });
  return patch.node('DequantizeLinear', [quantized, scale, zeroPoint], { name: `${name}_DequantizeLinear` });
}
