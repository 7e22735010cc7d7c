import { Patch } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';

/** Division by a constant, which NPUs do slowly. */
export const reciprocal: Rewrite = {
  id: 'form/reciprocal', title: 'Division by a constant as multiplication', exactness: 'exact', face: 'same', opTypes: ['Div'],
  doc: `x / c = x · (1/c), the reciprocal taken in float64 and rounded once: equal in real arithmetic, bit for bit where c is a power of two.
Refused where a divisor is zero or its reciprocal leaves the type's range, for integers, and in front of Erf: by x / √2 ONNX Runtime knows a
GELU, which it computes as one operator; for HTP the compiler makes the same graph of either form.`,
  match: (node, context) => {
    const [input, divisor, output] = [node.input(0), node.input(1), node.output()];
    const tensor = divisor?.constant;
    if (!input || !divisor || !tensor || !output || input.constant) return null;
    if (tensor.dtype !== 'float32' && tensor.dtype !== 'float16') return null;
    if (output.soleConsumer?.is('Erf')) return { kind: 'refusal', nodes: [node], reason: 'a GELU is recognised by this division' };
    const inverse = Tensor.of(tensor.dtype, tensor.dims, tensor.numbers().map((c) => 1 / c));
    const fits = inverse.numbers().every((v) => Number.isFinite(v) && Math.abs(v) > (tensor.dtype === 'float32' ? 1.2e-38 : 6.2e-5));
    if (!fits) return { kind: 'refusal', nodes: [node], reason: 'a divisor is zero, or its reciprocal leaves the range of the type' };
    const exact = tensor.numbers().every((c) => Number.isInteger(Math.log2(Math.abs(c))));
    const patch = new Patch(context.graph, context.opset);
    const product = patch.node('Mul', [input, patch.constant(inverse, `${divisor.name}_reciprocal`)], { like: node });
    patch.replace(output, product).remove(node);
    return { kind: 'proposal', patch, nodes: [node], reason: 'multiplication is the faster of the two', ...(exact ? { exactness: 'bit' as const } : {}) };
  },
};
