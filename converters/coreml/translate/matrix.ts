import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';

/** Matrix products (coremltools mil/ops/defs/iOS15/linear.py, iOS18/transformers.py). */
export const MATRICES: Family = {
  /** x·Wᵀ + b */
  linear: (o, out) => {
    const product = out.node('MatMul', [o.value('x'), out.node('Transpose', [o.value('weight')], { perm: [1, 0] })]);
    return o.has('bias') ? out.node('Add', [product, o.value('bias')]) : product;
  },
  matmul: (o, out) => out.node('MatMul', [factor(o, out, 'x'), factor(o, out, 'y')]),
  einsum: (o, out) => out.node('Einsum', o.values('values'), { equation: o.text('equation').replaceAll(' ', '') }),
  scaled_dot_product_attention: attention,
};

/** The last two axes exchanged where `transpose_…` says so, which does nothing to vectors. */
function factor(o: Operands, out: Emitter, parameter: 'x' | 'y'): string {
  if (!o.flag(`transpose_${parameter}`, false) || o.rank(parameter) < 2) return o.value(parameter);
  return out.node('Transpose', [o.value(parameter)], { perm: lastExchanged(o.rank(parameter)) });
}

function lastExchanged(rank: number): number[] {
  return Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
}

/** softmax(Q·Kᵀ / √E + mask)·V; a mask of booleans leaves out where it is false. */
function attention(o: Operands, out: Emitter): string {
  const rank = o.rank('query');
  const scale = 1 / Math.sqrt(o.sizes('query')[rank - 1] as number);
  const scores = out.node('MatMul', [o.value('query'), out.node('Transpose', [o.value('key')], { perm: lastExchanged(o.rank('key')) })]);
  let scaled = out.node('Mul', [scores, out.scalar(scale)]);
  if (o.has('attn_mask')) {
    const mask = o.value('attn_mask');
    scaled = o.type('attn_mask').dtype === 'bool' ? out.node('Where', [mask, scaled, out.scalar(Number.NEGATIVE_INFINITY)]) : out.node('Add', [scaled, mask]);
  }
  return out.node('MatMul', [out.node('Softmax', [scaled], { axis: -1 }), o.value('value')]);
}
