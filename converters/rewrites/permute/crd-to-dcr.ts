import { Patch, type Node } from '../../../models/graph/index.ts';
import type { Proposal, Refusal, Rewrite, RewriteContext } from '../rewrite.ts';
import { emitRegion } from './emit.ts';
import { type ChannelOrder, crdToDcr, invert } from './order.ts';
import { growRegion } from './region.ts';
import { shapeOf } from './rule.ts';

type Mode = 'CRD' | 'DCR';

const CONDITIONS = `
Before: x[n, c·b² + r, h, w] is position r of colour c (CRD). After: x'[n, r·C + c, h, w] (DCR); x'[:, k] = x[:, P[k]] with
P[r·C + c] = c·b² + r. The permutation is carried back (and into every other consumer) through element-wise operators, PRelu slopes,
BatchNormalization, per-channel constants, Concat and Split whose parts stay whole, pooling, Resize, Pad, Q/DQ (per channel: scale and
zero point too) into the output channels of Conv, ConvTranspose, Gemm and MatMul: W'[k] = W[P[k]], b'[k] = b[P[k]]. Bit for bit.
Class "exact" instead (last bits may differ) where another consumer is a convolution, which takes it in its input channels, where an
approximated function (Sigmoid, Tanh, Gelu…) or a mean lies on the way, and for half precision.
With one colour both orders are the same and only the attribute changes.
Refused: graph inputs and outputs on the way, groups that P does not map onto groups, blocked quantization along the axis, parameters that
callers may override, operators that mix channels.`;

/** DepthToSpace CRD (PyTorch's pixel_shuffle) to DCR: the permutation goes into the weights before it. */
export const crdToDcrRewrite: Rewrite = {
  id: 'permute/crd-to-dcr',
  title: 'DepthToSpace CRD becomes DCR; the channel order goes into the weights before it',
  doc: `DepthToSpace(mode=CRD) → DepthToSpace(mode=DCR).${CONDITIONS}`,
  opTypes: ['DepthToSpace'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => switchMode(node, context, 'CRD', 'DCR'),
};

/** The reverse, for targets whose native form is CRD. */
export const dcrToCrdRewrite: Rewrite = {
  id: 'permute/dcr-to-crd',
  title: 'DepthToSpace DCR becomes CRD; the channel order goes into the weights before it',
  doc: `DepthToSpace(mode=DCR) → DepthToSpace(mode=CRD), with the inverse of P. Needs opset 11.${CONDITIONS}`,
  opTypes: ['DepthToSpace'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => switchMode(node, context, 'DCR', 'CRD'),
};

/** What must happen to the input of a DepthToSpace for its mode to change; null where nothing must, as there is one colour. */
export function inputOrder(node: Node, from: Mode): ChannelOrder | null | string {
  const channels = shapeOf(node.input(0))?.[1];
  const blocksize = node.attributes.int('blocksize', 1);
  if (typeof channels !== 'number') return `the number of channels of "${node.input(0)?.name}" is not known`;
  if (blocksize === 1 || channels === blocksize * blocksize) return null;
  const order = crdToDcr(channels, blocksize);
  return { axis: 1, order: from === 'CRD' ? order : invert(order) };
}

function switchMode(node: Node, { graph, opset }: RewriteContext, from: Mode, to: Mode): Proposal | Refusal | null {
  if (node.attributes.string('mode', 'DCR') !== from) return null;
  const refuse = (reason: string): Refusal => ({ kind: 'refusal', nodes: [node], reason });
  if (opset < 11) return refuse(`opset ${opset} knows DepthToSpace in DCR order only`);
  const [input, output] = [node.input(0), node.output()];
  if (!input || !output) return null;
  const order = inputOrder(node, from);
  if (typeof order === 'string') return refuse(order);
  const patch = new Patch(graph, opset);
  if (order === null) {
    const [switched] = patch.copy(node, [input], { mode: to });
    if (switched) patch.replace(output, switched).remove(node);
    return { kind: 'proposal', patch, nodes: [node], reason: `with one colour ${from} and ${to} are the same` };
  }
  const region = growRegion([[input, order]], graph, opset);
  if (typeof region === 'string') return refuse(region);
  const emitted = emitRegion(region, patch);
  if (typeof emitted === 'string') return refuse(emitted);
  const layers = emitted.effects.length;
  return {
    kind: 'proposal',
    patch,
    nodes: emitted.nodes,
    encodings: [...emitted.effects, ...emitted.reordered],
    reason: `the channel order goes into ${layers} parameter${layers === 1 ? '' : 's'} across ${emitted.nodes.length} nodes`,
    ...(emitted.lastBits ? { exactness: 'exact' } : {}),
    facts: { 'parameters permuted': layers },
  };
}
