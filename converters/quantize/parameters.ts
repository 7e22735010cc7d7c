import type { DType } from '../../models/contracts/index.ts';
import { type Model, type Node, Patch, type Value } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { activationEncoding, type Encoding, quantizeValues } from './encoding.ts';
import { layerWeights, type RoundedWeights, roundWeights } from './layer-weights.ts';
import type { LayerStatistics } from './layer-statistics.ts';
import { biasOf, dataInputs, weightOf } from './operators.ts';
import type { WeightCare } from './scheme.ts';

/** Bias codes stay this far inside of int32. */
const BIAS_LIMIT = 2 ** 30;

export interface ParameterContext {
  readonly weight: { readonly dtype: DType; readonly bits: number };
  /** Of summands, slopes and other constants that are no weights; null where activations stay in float. */
  readonly activation: { readonly dtype: DType; readonly bits: number } | null;
  readonly inputEncoding: Encoding | undefined;
  readonly care: WeightCare;
  /** What the layer sees, where it was gathered. */
  readonly statistics: LayerStatistics | null;
  /** Encodings by initializer name, added to. */
  readonly encodings: Map<string, Encoding>;
}

/** Replaces a node by one on quantized constants (weights, bias, slopes, summands). Leaves it where it has none. */
export function quantizeParameters(model: Model, node: Node, { weight: grid, activation, inputEncoding, care, statistics, encodings }: ParameterContext): void {
  const patch = new Patch(model.graph, model.opset);
  const inputs = [...node.inputs];
  const weight = weightOf(node);
  const bias = biasOf(node);
  const note = (value: Value, encoding: Encoding): void => void encodings.set(value.name, encoding);
  if (weight && (inputEncoding || !activation)) {
    const value = node.input(1) as Value;
    const tensor = value.constant as Tensor;
    const axis = care.granularity === 'tensor' ? null : weight.axis;
    const floor = inputEncoding ? biasFloors(bias, inputEncoding, axis) : [];
    const rounded = roundWeights(layerWeights(node, tensor), { axis, floor, bits: grid.bits, care, statistics });
    inputs[1] = dequantized(patch, tensor, rounded.codes, rounded.encoding, grid.dtype, value.name);
    note(value, rounded.encoding);
    const corrected = correctedBias(node, bias, rounded);
    const name = bias?.name ?? `${node.output()?.name}_bias`;
    if (corrected && inputEncoding) inputs[2] = quantizedConstant(patch, corrected, biasEncodingFor(rounded.encoding, inputEncoding), 'int32', name);
    else if (corrected && corrected !== bias?.constant) inputs[2] = patch.constant(corrected, name);
  }
  for (const index of activation ? dataInputs(node) : []) {
    const value = node.input(index);
    const tensor = value?.constant;
    if (!tensor || !activation || inputs[index] !== value || value === bias || (weight && index === weight.index)) continue;
    const numbers = tensor.numbers();
    const encoding = activationEncoding(numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY), numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY), activation.bits);
    inputs[index] = quantizedConstant(patch, tensor, encoding, activation.dtype, value.name);
    note(value, encoding);
  }
  if (inputs.every((value, i) => value === node.inputs[i])) return;
  const outputs = patch.copy(node, inputs);
  node.outputs.forEach((old, i) => { if (old && outputs[i]) patch.replace(old, outputs[i] as Value); });
  patch.remove(node).apply();
}

/** The bias with the shift given back; a new one where the layer had none and there is a shift. */
function correctedBias(node: Node, bias: Value | null, { shift }: RoundedWeights): Tensor | null {
  const old = bias?.constant ?? null;
  if (!shift || node.is('MatMul') || (!bias && node.input(2)) || node.attributes.float('beta', 1) !== 1) return old;
  const values = old?.numbers();
  return Tensor.of('float32', [shift.length], shift.map((s, o) => s + (values?.[values.length === 1 ? 0 : o] ?? 0)));
}

/** scale = input scale · weight scale, so that the accumulator adds it as it is. */
function biasEncodingFor(weight: Encoding, input: Encoding): Encoding {
  const scale = weight.scale.map((s) => Math.fround(s * (input.scale[0] as number)));
  return { bits: 32, symmetric: true, scale, zeroPoint: scale.map(() => 0), axis: weight.axis === null ? null : 0 };
}

/** Weight scales below these would push the bias out of int32; one for all where the weights have one scale. */
function biasFloors(bias: Value | null, input: Encoding, axis: number | null): number[] {
  const floors = bias ? Array.from(bias.constant?.numbers() ?? [], (b) => Math.abs(b) / ((input.scale[0] as number) * BIAS_LIMIT)) : [];
  return axis === null && floors.length > 0 ? [Math.max(...floors)] : floors;
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
