import { type Node, Patch, type Value } from '../../../models/graph/index.ts';
import type { Proposal, Refusal, Rewrite, RewriteContext } from '../rewrite.ts';
import { emitRegion, type Emitted } from './emit.ts';
import { type ChannelOrder, invert, isIdentity, isPermutation } from './order.ts';
import { growRegion } from './region.ts';
import { normalAxis, shapeOf } from './rule.ts';

/** A Gather that permutes channels disappears into the weights before or behind it. */
export const intoWeightsRewrite: Rewrite = {
  id: 'permute/into-weights',
  title: 'A Gather that only permutes channels goes into the weights behind or before it',
  doc: `y = Gather(x, axis=a, indices=P), P constant and a permutation of the whole axis (what is left of a pixel-unshuffle after
SpaceToDepth: P[c·b² + r] = r·C + c).
Forwards: consumers take x; every Conv, ConvTranspose, Gemm, MatMul behind it has its input channels permuted, W'[:, P[k]] = W[:, k].
Equal in real arithmetic; sums run in another order.
Backwards: the layers before it have their output channels permuted, W'[k] = W[P[k]]. Bit for bit.
Both ways it passes what crd-to-dcr passes. Where both fit, the one that touches fewer nodes is taken, then the one that is bit-exact.
Refused with the reasons of both directions.`,
  opTypes: ['Gather'],
  exactness: 'exact',
  face: 'same',
  match(node, context) {
    const [input, output] = [node.input(0), node.output()];
    const order = permutationOf(node);
    if (!input || !output || !order) return null;
    const forwards = absorb(node, output, { axis: order.axis, order: invert(order.order) }, context);
    const backwards = absorb(node, input, order, context);
    const [best] = [forwards, backwards].filter((found) => typeof found !== 'string').sort(byCost);
    if (best) return proposal(best, best === forwards ? 'behind' : 'before');
    return { kind: 'refusal', nodes: [node], reason: `forwards: ${forwards}; backwards: ${backwards}` } satisfies Refusal;
  },
};

function permutationOf(node: Node): ChannelOrder | null {
  const [shape, indices] = [shapeOf(node.input(0)), node.input(1)?.constant];
  if (!shape || !indices || indices.dims.length !== 1) return null;
  const axis = normalAxis(node.attributes.int('axis', 0), shape.length);
  const length = shape[axis];
  if (typeof length !== 'number') return null;
  const order = [...indices.numbers()].map((i) => normalAxis(i, length));
  return isPermutation(order, length) && !isIdentity(order) ? { axis, order } : null;
}

type Absorbed = Emitted & { readonly patch: Patch };

function absorb(node: Node, seed: Value, order: ChannelOrder, { graph, opset }: RewriteContext): Absorbed | string {
  const region = growRegion([[seed, order]], graph, opset);
  if (typeof region === 'string') return region;
  if (!region.carries.get(node)?.bypass) return 'it would still be needed';
  const patch = new Patch(graph, opset);
  const emitted = emitRegion(region, patch);
  return typeof emitted === 'string' ? emitted : { ...emitted, patch };
}

function byCost(a: Absorbed, b: Absorbed): number {
  return a.nodes.length - b.nodes.length || Number(a.lastBits) - Number(b.lastBits);
}

function proposal({ patch, nodes, effects, reordered, lastBits }: Absorbed, side: string): Proposal {
  return {
    kind: 'proposal',
    patch,
    nodes,
    encodings: [...effects, ...reordered],
    exactness: lastBits ? 'exact' : 'bit',
    reason: `the permutation goes into ${effects.length} parameter${effects.length === 1 ? '' : 's'} ${side} it`,
    facts: { 'parameters permuted': effects.length },
  };
}
