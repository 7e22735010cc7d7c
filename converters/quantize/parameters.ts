import type { DType } from '../../models/contracts/index.ts';
import { type Graph, type Node, Patch, type Value } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { activationEncoding, type Encoding, quantizeValues, weightEncoding } from './encoding.ts';
import { biasOf, dataInputs, weightOf } from './operators.ts';
import type { Scheme } from './scheme.ts';

/** Bias codes stay this far inside of int32. */
const BIAS_LIMIT = 2 ** 30;

/** Replaces a node by one on quantized constants (weights, bias, slopes, summands) and notes their encodings by initializer name. Null when it has none. */
export function quantizeParameters(graph: Graph, opset: number, node: Node, scheme: Scheme, inputEncoding: Encoding | undefined, encodings: Map<string, Encoding>): Node | null {
  const patch = new Patch(graph, opset);
  const inputs = [...node.inputs];
  const weight = weightOf(node);
  const bias = biasOf(node);
  const note = (value: Value, encoding: Encoding): void => void encodings.set(value.name, encoding);
  if (weight && inputEncoding) {
    const value = node.input(1) as Value;
    const tensor = value.constant as Tensor;
    const encoding = weightEncoding(tensor.numbers(), tensor.dims, weight.axis, scheme.weight.bits, biasFloors(bias, inputEncoding));
    inputs[1] = dequantized(patch, tensor, encoding, scheme.weight.dtype, value.name);
    note(value, encoding);
    if (bias) {
      const biasEncoding = biasEncodingFor(encoding, inputEncoding);
      inputs[2] = dequantized(patch, bias.constant as Tensor, biasEncoding, 'int32', bias.name);
    }
  }
  for (const index of dataInputs(node)) {
    const value = node.input(index);
    const tensor = value?.constant;
    if (!tensor || inputs[index] !== value || value === bias || (weight && index === weight.index)) continue;
    const numbers = tensor.numbers();
    const encoding = activationEncoding(Math.min(...numbers), Math.max(...numbers), scheme.activation.bits);
    inputs[index] = dequantized(patch, tensor, encoding, scheme.activation.dtype, value.name);
    note(value, encoding);
  }
  if (inputs.every((value, i) => value === node.inputs[i])) return null;
  const outputs = patch.copy(node, inputs);
  node.outputs.forEach((old, i) => { if (old && outputs[i]) patch.replace(old, outputs[i] as Value); });
  patch.remove(node).apply();
  return outputs.find((v) => v !== null)?.producer ?? null;
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

/** The tensor on its grid as an initializer, with scale and zero point, and the DequantizeLinear that reads them. */
function dequantized(patch: Patch, tensor: Tensor, encoding: Encoding, dtype: DType, name: string): Value {
  const dims = encoding.axis === null ? [] : [encoding.scale.length];
  const codes = quantizeValues(tensor.numbers(), tensor.dims, encoding);
  const quantized = patch.constant(Tensor.of(dtype, tensor.dims, codes), `${name}_quantized`);
  const inputs = [
    quantized, patch.constant(Tensor.of('float32', dims, encoding.scale), `${name}_scale`),
    patch.constant(Tensor.of(dtype, dims, encoding.zeroPoint), `${name}_zero_point`),
  ];
  return patch.node('DequantizeLinear', inputs, { name: `${quantized.name}_DequantizeLinear`, ...(encoding.axis === null ? {} : { attributes: { axis: encoding.axis } }) });
}
