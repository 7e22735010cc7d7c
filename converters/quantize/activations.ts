import { type Graph, Patch, PatchRefused, type Value } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import type { Encoding } from './encoding.ts';
import type { Scheme } from './scheme.ts';

/** Puts QuantizeLinear and DequantizeLinear behind a value; false where the value's name may not move (an input that is an output, too). */
export function quantizeActivation(graph: Graph, opset: number, value: Value, encoding: Encoding, scheme: Scheme): boolean {
  const patch = new Patch(graph, opset);
  const { dtype } = scheme.activation;
  const scale = patch.constant(Tensor.of('float32', [], encoding.scale), `${value.name}_scale`);
  const zeroPoint = patch.constant(Tensor.of(dtype, [], encoding.zeroPoint), `${value.name}_zero_point`);
  const quantized = patch.node('QuantizeLinear', [value, scale, zeroPoint], { name: `${value.name}_QuantizeLinear` });
  const back = patch.node('DequantizeLinear', [quantized, scale, zeroPoint], { name: `${value.name}_DequantizeLinear` });
  try {
    patch.replace(value, back).apply();
    return true;
  } catch (error) {
    if (error instanceof PatchRefused) return false;
    throw error;
  }
}
