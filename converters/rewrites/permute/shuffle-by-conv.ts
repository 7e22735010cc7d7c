import { Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite } from '../rewrite.ts';
import { inputOrder } from './crd-to-dcr.ts';
import { emitRegion } from './emit.ts';
import { growRegion } from './region.ts';

/** The last resort for a CRD shuffle: a layer of its own that permutes. */
export const shuffleByConvRewrite: Rewrite = {
  id: 'permute/crd-to-dcr-by-conv',
  title: 'Last resort: a 1×1 convolution (or Gather) that permutes channels before a DepthToSpace, which becomes DCR',
  doc: `DepthToSpace(CRD, x) → DepthToSpace(DCR, Conv1×1(x; E)) with E[k, P[k]] = 1, zero elsewhere; P as in crd-to-dcr.
Only where crd-to-dcr refuses, and never unasked: it adds a layer of C² multiplications per pixel. Equal for finite values
(0 · Inf is NaN). Integer tensors get Gather(axis=1, P) instead.`,
  opTypes: ['DepthToSpace'],
  exactness: 'exact',
  face: 'same',
  match(node, { graph, opset }) {
    const [input, output] = [node.input(0), node.output()];
    if (node.attributes.string('mode', 'DCR') !== 'CRD' || !input || !output) return null;
    const order = inputOrder(node, 'CRD');
    if (typeof order === 'string') return { kind: 'refusal', nodes: [node], reason: order };
    if (order === null) return null;
    const region = growRegion([[input, order]], graph, opset);
    const refused = typeof region === 'string' ? region : emitRegion(region, new Patch(graph, opset));
    if (typeof refused !== 'string') return { kind: 'refusal', nodes: [node], reason: 'crd-to-dcr does it without another layer' };
    const patch = new Patch(graph, opset);
    const permuted = permutation(patch, input, order.order, node.name);
    const [switched] = patch.copy(node, [permuted], { mode: 'DCR' });
    if (switched) patch.replace(output, switched).remove(node);
    return { kind: 'proposal', patch, nodes: [node], reason: `crd-to-dcr refused (${refused}); a layer that permutes was added` };
  },
};

function permutation(patch: Patch, input: Value, order: readonly number[], stem: string): Value {
  const { dtype } = input.type;
  const n = order.length;
  if (dtype === 'float32' || dtype === 'float16' || dtype === 'float64') {
    const values = new Float64Array(n * n);
    order.forEach((from, k) => {
      values[k * n + from] = 1;
    });
    const weights = patch.constant(Tensor.of(dtype, [n, n, 1, 1], values), `${stem}_order`);
    return patch.node('Conv', [input, weights], { name: `${stem}_order`, attributes: { kernel_shape: [1, 1] }, types: [input.type] });
  }
  const indices = patch.constant(Tensor.of('int64', [n], order), `${stem}_order`);
  return patch.node('Gather', [input, indices], { name: `${stem}_order`, attributes: { axis: 1 }, types: [input.type] });
}
