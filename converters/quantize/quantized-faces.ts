import type { Graph, Node, Value } from '../../models/graph/index.ts';
import { clipRange } from '../rewrites/fold/carry/value-range.ts';
import type { Encoding } from './encoding.ts';
import { isFusedAway, movesValues } from './operators.ts';
import type { QuantizationPlan } from './plan.ts';

/** Conversions at the ends of a float model whose inputs or outputs are whole numbers. */
export interface QuantizedFaces {
  /** DequantizeLinear of a graph input: what it gives lies on that grid already. */
  readonly heads: readonly Node[];
  /** QuantizeLinear that makes a graph output: what it takes is rounded to that grid in any case. */
  readonly tails: readonly Node[];
}

/** Reads the faces of a graph: conversions with one constant scale and zero point. */
export function readQuantizedFaces(graph: Graph): QuantizedFaces {
  const nodes = [...graph.nodes()].filter((node) => constantGrid(node));
  return {
    heads: nodes.filter((node) => node.is('DequantizeLinear') && node.input(0)?.isGraphInput),
    tails: nodes.filter((node) => node.is('QuantizeLinear') && node.output()?.isGraphOutput),
  };
}

/** True where something else than the faces is quantized: such a model is not quantized again. */
export function isQuantizedInside(graph: Graph): boolean {
  const { heads, tails } = readQuantizedFaces(graph);
  const converts = new Set([...heads, ...tails]);
  return [...graph.nodes()].some((node) => node.is('QuantizeLinear', 'DequantizeLinear') && !converts.has(node));
}

/** What faces dictate. */
export interface FaceGrids {
  /** By value of the plan whose range is taken. */
  readonly encodings: ReadonlyMap<Value, Encoding>;
  /** Values that a face converts, on its grid: they need no further rounding. */
  readonly converted: ReadonlySet<Value>;
  /** Outputs of layers whose Relu or Clip is a step of its own on such a grid. */
  readonly unfused: ReadonlyMap<Value, Encoding>;
}

/**
 * Encodings that faces of `bits` dictate. A face's grid goes back through data movement to where the values are computed, as long as nothing
 * else reads them: they are rounded once, to the levels that callers see.
 */
export function faceGrids({ heads, tails }: QuantizedFaces, plan: QuantizationPlan, bits: number): FaceGrids {
  const encodings = new Map<Value, Encoding>();
  const converted = new Set<Value>();
  const unfused = new Map<Value, Encoding>();
  for (const head of heads) {
    const [encoding, value] = [gridOf(head, bits), head.output()];
    if (!encoding || !value) continue;
    encodings.set(value, encoding);
    converted.add(value);
  }
  for (const tail of tails) {
    const [encoding, value] = [gridOf(tail, bits), tail.input(0)];
    const root = value && plan.activations.get(value);
    if (!encoding || !root || encodings.has(root) || !movedFrom(value, tail).includes(root)) continue;
    encodings.set(root, encoding);
    converted.add(value);
    const inner = cutsWithin(root, encoding);
    if (inner) unfused.set(inner, encoding);
  }
  return { encodings, converted, unfused };
}

/**
 * What a Relu or Clip takes that cuts within the grid: compilers make it part of the layer before only where the grid itself saturates there. Null
 * where it does, or where there is no such node.
 */
export function cutsWithin({ producer }: Value, { scale: [scale = 1], zeroPoint: [zeroPoint = 0], bits }: Encoding): Value | null {
  const bounds = producer?.is('Relu') ? ([0, Number.POSITIVE_INFINITY] as const) : producer?.is('Clip') ? clipRange(producer.output() as Value) : null;
  const input = producer?.input(0) ?? null;
  if (!bounds || !input || !isFusedAway(input)) return null;
  const [low, high] = [-zeroPoint * scale, (2 ** bits - 1 - zeroPoint) * scale];
  return low >= bounds[0] - scale / 2 && high <= bounds[1] + scale / 2 ? null : input;
}

/** The value that a face takes, and those that it is moved from, back to the first that something else reads too. */
function movedFrom(taken: Value, tail: Node): Value[] {
  const chain: Value[] = [];
  let [value, reader]: [Value | null, Node] = [taken, tail];
  while (value && value.soleConsumer === reader) {
    chain.push(value);
    const { producer }: Value = value;
    if (!producer || !movesValues(producer) || producer.is('MaxPool') || producer.outputs.length > 1) break;
    [value, reader] = [producer.input(0), producer];
  }
  return chain;
}

function gridOf(node: Node, bits: number): Encoding | null {
  const [scale, zeroPoint] = [node.input(1)?.constant, node.input(2)?.constant];
  const quantized = node.is('DequantizeLinear') ? node.input(0) : node.output();
  if (!scale || quantized?.type.dtype !== `uint${bits}`) return null;
  return { bits, symmetric: false, scale: [...scale.numbers()], zeroPoint: [...(zeroPoint?.numbers() ?? [0])], axis: null };
}

function constantGrid(node: Node): boolean {
  if (!node.is('DequantizeLinear', 'QuantizeLinear') || node.input(1)?.constant?.size !== 1) return false;
  return !node.input(2) || node.input(2)?.constant?.size === 1;
}
