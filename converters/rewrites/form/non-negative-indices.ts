import { Patch } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';

/** Negative constant indices, which the HTP compiler refuses or reads as others. */
export const nonNegativeIndices: Rewrite = {
  id: 'form/non-negative-indices', title: 'Negative indices counted from the front', exactness: 'bit', face: 'same', opTypes: ['Gather', 'GatherElements', 'ScatterElements'],
  doc: `An index i < 0 means size + i; with a constant index and a known axis it is written as that. The HTP compiler picks other elements for
negative indices of GatherElements and ScatterElements, and does not take those of Gather.`,
  match: (node, context) => {
    const tensor = node.input(1)?.constant;
    const output = node.output();
    if (!tensor || !output || !tensor.numbers().some((i) => i < 0)) return null;
    const shape = node.input(0)?.type.shape;
    const size = shape?.at(node.attributes.int('axis', 0));
    if (typeof size !== 'number') return { kind: 'refusal', nodes: [node], reason: 'the size of the axis is not known (--static fixes it)' };
    const patch = new Patch(context.graph, context.opset);
    const indices = patch.constant(Tensor.of(tensor.dtype, tensor.dims, tensor.numbers().map((i) => (i < 0 ? i + size : i))), `${output.name}_indices`);
    const [value] = patch.copy(node, [node.input(0), indices, ...node.inputs.slice(2)]);
    if (!value) return null;
    patch.replace(output, value).remove(node);
    return { kind: 'proposal', patch, nodes: [node], reason: `the axis has ${size} entries` };
  },
};
