import { type Graph, type Model, type Node, Patch, type Value } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import type { Encoding } from './encoding.ts';
import { movesValues } from './operators.ts';
import { cutsWithin, readQuantizedFaces } from './quantized-faces.ts';

/** A grid of whole numbers: real = (q − zeroPoint) · scale. */
interface Grid {
  readonly scale: number;
  readonly zeroPoint: number;
}

const LARGEST = 255;
const INVERSE: Readonly<Record<string, string>> = { Mul: 'Div', Div: 'Mul', Add: 'Sub', Sub: 'Add' };

/**
 * Takes arithmetic by one number at faces of bytes into the faces' own grids, so that it is not a layer of its own: behind a DequantizeLinear and
 * before a QuantizeLinear, data movement between them or not, as long as the zero point stays a whole number from 0 to 255. A Floor before a
 * QuantizeLinear goes with it: levels are then rounded, not cut off, which a note says. What layers read keeps its name. Arithmetic stays behind a
 * Relu or Clip that would cut within the grid: on HTP the layer, the cut and the shuffle become one operator then, 4 levels off on average (emulated with
 * QAIRT 2.51, uint8_io_dynamic_op17: 35.5 dB, and 66.6 dB with the arithmetic).
 */
export function foldFaces({ graph, opset }: Model): string[] {
  const { heads, tails } = readQuantizedFaces(graph);
  for (const head of heads) for (let at: Node | null = head; at; ) at = foldHead(graph, opset, at);
  return tails.flatMap((tail) => {
    const [name, before] = [tail.output()?.name, graph.nodeCount];
    const cutsOff = movedInto(tail)?.producer?.is('Floor') === true;
    for (let at: Node | null = tail; at; ) at = foldTail(graph, opset, at);
    return cutsOff && graph.nodeCount < before ? [`"${name}" is rounded to the nearest level, where the file cuts the fraction off.`] : [];
  });
}

/** The DequantizeLinear that has taken in the arithmetic behind it; null where there is none that fits. */
function foldHead(graph: Graph, opset: number, head: Node): Node | null {
  let value = head.output();
  while (value?.soleConsumer && movesAlone(value.soleConsumer)) value = value.soleConsumer.output();
  const node = value?.soleConsumer;
  const result = node?.output();
  const by = node && value ? operand(node, value) : null;
  const grid = node && by !== null ? moved(gridOf(head), node.opType, by) : null;
  if (!value || !node || !result || !grid || result.isGraphOutput) return null;
  const { name } = result;
  new Patch(graph, opset).replace(result, value).remove(node).apply();
  if (value.name !== name) graph.rename(value, name);
  return regrid(graph, opset, head, grid);
}

/** The QuantizeLinear that has taken in the arithmetic, or Floor and arithmetic, before it; null where there is none that fits. */
function foldTail(graph: Graph, opset: number, tail: Node): Node | null {
  const taken = movedInto(tail);
  const floor = taken?.producer?.is('Floor') ? taken.producer : null;
  const result = floor ? floor.input(0) : taken;
  const node = result?.producer;
  const source = node?.inputs.find((input) => input && !input.constant) ?? null;
  const by = node && source && result?.soleConsumer ? operand(node, source) : null;
  const grid = node && by !== null ? moved(gridOf(tail), INVERSE[node.opType] as string, by) : null;
  if (!taken || !node || !source || !grid || cutsWithin(rootOf(source), encodingOf(grid))) return null;
  new Patch(graph, opset).replace(taken, source).remove(node, ...(floor ? [floor] : [])).apply();
  return regrid(graph, opset, tail, grid);
}

/** The value that goes into a QuantizeLinear unchanged but for its place; null where something else reads it on the way. */
function movedInto(tail: Node): Value | null {
  let value = tail.input(0);
  while (value?.soleConsumer && value.producer && movesAlone(value.producer)) value = value.producer.input(0);
  return value?.soleConsumer ? value : null;
}

/** The value that is moved to another place and no more. */
function rootOf(value: Value): Value {
  const { producer } = value;
  return producer && movesAlone(producer) && producer.input(0) ? rootOf(producer.input(0) as Value) : value;
}

function encodingOf({ scale, zeroPoint }: Grid): Encoding {
  return { bits: 8, symmetric: false, scale: [scale], zeroPoint: [zeroPoint], axis: null };
}

function movesAlone(node: Node): boolean {
  return movesValues(node) && !node.is('MaxPool') && node.outputs.length === 1;
}

/** The one number that an elementwise node combines `value` with, `value` first where that matters; null for anything else. */
function operand(node: Node, value: Value): number | null {
  if (!node.is('Mul', 'Div', 'Add', 'Sub')) return null;
  const at = node.input(0) === value ? 1 : 0;
  const constant = node.input(at)?.constant;
  if ((at === 0 && !node.is('Mul', 'Add')) || constant?.size !== 1 || constant.dims.length > (value.type.shape?.length ?? 0)) return null;
  return constant.numbers()[0] as number;
}

/** The grid behind an operation; null where it is none of bytes any more. */
function moved({ scale, zeroPoint }: Grid, operation: string, by: number): Grid | null {
  if (operation === 'Mul' || operation === 'Div') return by > 0 && Number.isFinite(by) ? { scale: operation === 'Mul' ? scale * by : scale / by, zeroPoint } : null;
  const shifted = zeroPoint - ((operation === 'Add' ? 1 : -1) * by) / scale;
  const whole = Math.round(shifted);
  return Math.abs(shifted - whole) < 1e-4 && whole >= 0 && whole <= LARGEST ? { scale, zeroPoint: whole } : null;
}

function gridOf(node: Node): Grid {
  return { scale: node.input(1)?.constant?.numbers()[0] as number, zeroPoint: node.input(2)?.constant?.numbers()[0] ?? 0 };
}

function regrid(graph: Graph, opset: number, node: Node, { scale, zeroPoint }: Grid): Node {
  const output = node.output() as Value;
  const { name } = output;
  const patch = new Patch(graph, opset);
  const constants = [patch.constant(Tensor.of('float32', [], [scale]), `${name}_face_scale`), patch.constant(Tensor.of('uint8', [], [zeroPoint]), `${name}_face_zero_point`)];
  const value = patch.node(node.opType, [node.input(0) as Value, ...constants], { like: node, types: [output.type] });
  patch.replace(output, value).remove(node).apply();
  if (value.name !== name) graph.rename(value, name);
  return value.producer as Node;
}
