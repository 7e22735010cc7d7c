import type { DType } from '../../models/contracts/index.ts';
import { type Model, type Node, Patch, type Value } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { readConv } from '../rewrites/weights/index.ts';
import { activationEncoding, type Encoding, quantizeValues, weightEncoding } from './encoding.ts';
import type { LayerStatistics } from './layer-statistics.ts';
import { biasOf, dataInputs, weightOf } from './operators.ts';
import type { Scheme } from './scheme.ts';
import { roundingShift, roundSecondOrder } from './second-order.ts';

/** Bias codes stay this far inside of int32. */
const BIAS_LIMIT = 2 ** 30;

export interface ParameterContext {
  readonly scheme: Scheme;
  readonly inputEncoding: Encoding | undefined;
  /** What the layer sees, where rounding is second order. */
  readonly statistics: LayerStatistics | null;
  /** Encodings by initializer name, added to. */
  readonly encodings: Map<string, Encoding>;
}

/** Replaces a node by one on quantized constants (weights, bias, slopes, summands). Leaves it where it has none. */
export function quantizeParameters(model: Model, node: Node, { scheme, inputEncoding, statistics, encodings }: ParameterContext): void {
  const patch = new Patch(model.graph, model.opset);
  const inputs = [...node.inputs];
  const weight = weightOf(node);
  const bias = biasOf(node);
  const note = (value: Value, encoding: Encoding): void => void encodings.set(value.name, encoding);
  if (weight && inputEncoding) {
    const value = node.input(1) as Value;
    const tensor = value.constant as Tensor;
    const encoding = weightEncoding(tensor.numbers(), tensor.dims, weight.axis, scheme.weight.bits, biasFloors(bias, inputEncoding));
    const rounded = roundWeights(node, tensor, encoding, statistics);
    inputs[1] = dequantized(patch, tensor, rounded.codes, encoding, scheme.weight.dtype, value.name);
    note(value, encoding);
    const corrected = correctedBias(node, bias, rounded.shift);
    if (corrected) inputs[2] = quantizedConstant(patch, corrected, biasEncodingFor(encoding, inputEncoding), 'int32', bias?.name ?? `${node.output()?.name}_bias`);
  }
  for (const index of dataInputs(node)) {
    const value = node.input(index);
    const tensor = value?.constant;
    if (!tensor || inputs[index] !== value || value === bias || (weight && index === weight.index)) continue;
    const numbers = tensor.numbers();
    const encoding = activationEncoding(Math.min(...numbers), Math.max(...numbers), scheme.activation.bits);
    inputs[index] = quantizedConstant(patch, tensor, encoding, scheme.activation.dtype, value.name);
    note(value, encoding);
  }
  if (inputs.every((value, i) => value === node.inputs[i])) return;
  const outputs = patch.copy(node, inputs);
  node.outputs.forEach((old, i) => { if (old && outputs[i]) patch.replace(old, outputs[i] as Value); });
  patch.remove(node).apply();
}

/** Codes in the layout of the stored weight, and what rounding shifts each output by; null where the layer's inputs were not gathered. */
function roundWeights(node: Node, tensor: Tensor, encoding: Encoding, statistics: LayerStatistics | null): { codes: Float64Array; shift: Float64Array | null } {
  const nearest = { codes: quantizeValues(tensor.numbers(), tensor.dims, encoding), shift: null };
  const view = statistics && node.is('Conv') ? readConv(node) : null;
  if (!statistics || !view || typeof view === 'string') return nearest;
  const weights = view.weights();
  const codes = roundSecondOrder(weights, view.outChannels, encoding, statistics);
  return { codes, shift: roundingShift(weights, codes, view.outChannels, encoding, statistics) };
}

/** The bias with the shift taken back; a new one where the layer had none and there is a shift. */
function correctedBias(node: Node, bias: Value | null, shift: Float64Array | null): Tensor | null {
  if (!shift) return bias?.constant ?? null;
  if (!bias && node.input(2)) return null;
  const values = bias?.constant?.numbers();
  return Tensor.of('float32', [shift.length], shift.map((s, o) => s + (values?.[o] ?? 0)));
}

/** scale = input scale · weight scale, so that the accumulator adds it as it is. */
function biasEncodingFor(weight: Encoding, input: Encoding): Encoding {
  const scale = weight.scale.map((s) => Math.fround(s * (input.scale[0] as number)));
  return { bits: 32, symmetric: true, scale, zeroPoint: scale.map(() => 0), axis: weight.axis === null ? null : 0 };
}

/** Weight scales below these would push the bias out of int32. */
function biasFloors(bias: Value | null, input: Encoding): number[] {
  return bias ? Array.from(bias.constant?.numbers() ?? [], (b) => Math.abs(b) / ((input.scale[0] as number) * BIAS_LIMIT)) : [];
}

function quantizedConstant(patch: Patch, tensor: Tensor, encoding: Encoding, dtype: DType, name: string): Value {
  return dequantized(patch, tensor, quantizeValues(tensor.numbers(), tensor.dims, encoding), encoding, dtype, name);
}

/** The codes as an initializer in the tensor's shape, with scale and zero point, and the DequantizeLinear that reads them. */
function dequantized(patch: Patch, tensor: Tensor, codes: Float64Array, encoding: Encoding, dtype: DType, name: string): Value {
  const dims = encoding.axis === null ? [] : [encoding.scale.length];
  const quantized = patch.constant(Tensor.of(dtype, tensor.dims, codes), `${name}_quantized`);
  const inputs = [
    quantized, patch.constant(Tensor.of('float32', dims, encoding.scale), `${name}_scale`),
    patch.constant(Tensor.of(dtype, dims, encoding.zeroPoint), `${name}_zero_point`),
  ];
  return patch.node('DequantizeLinear', inputs, { name: `${quantized.name}_DequantizeLinear`, ...(encoding.axis === null ? {} : { attributes: { axis: encoding.axis } }) });
}
