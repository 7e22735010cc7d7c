import { Patch } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';

const FLOAT32 = 1;

/** Cast uint8 → float32, which the HTP compiler computes as a boolean. */
export const castUint8: Rewrite = {
  id: 'form/cast-uint8', title: 'Cast from uint8 as DequantizeLinear', exactness: 'bit', face: 'same', opTypes: ['Cast'],
  doc: `Cast(uint8 → float32) becomes DequantizeLinear with scale 1 and zero point 0: (q − 0)·1 = q, exactly, for all 256 values. The HTP
compiler takes the Cast and computes 0 or 1. Needs opset 10.`,
  match: (node, context) => {
    const [input, output] = [node.input(0), node.output()];
    if (input?.type.dtype !== 'uint8' || node.attributes.int('to') !== FLOAT32 || !output || input.constant) return null;
    if (context.opset < 10) return { kind: 'refusal', nodes: [node], reason: 'DequantizeLinear needs opset 10 (--opset 10 or above)' };
    const patch = new Patch(context.graph, context.opset);
    const scale = patch.constant(Tensor.of('float32', [], [1]), `${output.name}_scale`);
    const zeroPoint = patch.constant(Tensor.of('uint8', [], [0]), `${output.name}_zero_point`);
    const value = patch.node('DequantizeLinear', [input, scale, zeroPoint], { like: node, types: [{ ...input.type, dtype: 'float32' }] });
    patch.replace(output, value).remove(node);
    return { kind: 'proposal', patch, nodes: [node], reason: 'the compiler reads the Cast as a conversion to boolean' };
  },
};
