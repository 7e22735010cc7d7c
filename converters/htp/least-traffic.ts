import { dtypeBytes } from '../../models/contracts/index.ts';
import { type Model, staticShape, type Value } from '../../models/graph/index.ts';

/** Bytes that must cross the memory bus once per inference. */
export interface LeastTraffic {
  /** Inputs, outputs and weights as the graph's own face has them. */
  readonly ownFace: number;
  /** The same with one byte for each element of inputs and outputs: what pixels need. */
  readonly uint8Face: number;
}

/**
 * The limit that a compiled graph's traffic is held against: inputs + outputs + weights. Float weights count two bytes (HTP computes floats in
 * fp16), others as stored. `convertedOutside`: the first quantizer of an input and the last dequantizer of an output run outside of the graph, whose
 * own face is then the quantized one. Null where a shape is open.
 */
export function leastTraffic({ graph }: Model, convertedOutside = false): LeastTraffic | null {
  const inputs = graph.inputs.filter(({ initializer }) => !initializer);
  const faces = convertedOutside ? [...inputs.map(quantizedInput), ...graph.outputs.map(quantizedOutput)] : [...inputs, ...graph.outputs];
  const sizes = faces.map(sizeOf);
  if (sizes.some((size) => size === null)) return null;
  const known = sizes as NonNullable<ReturnType<typeof sizeOf>>[];
  const weights = [...graph.initializers].reduce((sum, { initializer }) => sum + (initializer ? weightBytes(initializer.dtype, initializer.size) : 0), 0);
  return { ownFace: weights + known.reduce((sum, { bytes }) => sum + bytes, 0), uint8Face: weights + known.reduce((sum, { elements }) => sum + elements, 0) };
}

function quantizedInput(input: Value): Value {
  const [first, ...others] = input.consumers;
  return first?.is('QuantizeLinear') && others.length === 0 ? (first.output() ?? input) : input;
}

function quantizedOutput(output: Value): Value {
  return output.producer?.is('DequantizeLinear') ? (output.producer.inputs[0] ?? output) : output;
}

function sizeOf({ type }: Value): { elements: number; bytes: number } | null {
  const elements = staticShape(type)?.reduce((a, b) => a * b, 1);
  if (elements === undefined || type.dtype === null) return null;
  return { elements, bytes: dtypeBytes(type.dtype, elements) ?? 0 };
}

function weightBytes(dtype: Parameters<typeof dtypeBytes>[0], size: number): number {
  return dtype === 'float32' || dtype === 'float64' ? size * 2 : (dtypeBytes(dtype, size) ?? 0);
}
