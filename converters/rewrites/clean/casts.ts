import { type DType, dtypeName, FLOAT_DTYPES } from '../../../models/contracts/index.ts';
import type { Rewrite } from '../rewrite.ts';
import { bypass, newPatch, propose } from './edit.ts';

export const noOpCast: Rewrite = {
  id: 'clean/no-op-cast',
  title: 'Cast to the type that a value has removed',
  doc: 'Cast(x) = x where x has the element type already.',
  opTypes: ['Cast', 'CastLike'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const input = node.input(0);
    const to = node.is('Cast') ? dtypeName(node.attributes.int('to', 0)) : node.input(1)?.type.dtype;
    return input?.type.dtype && input.type.dtype === to ? bypass(node, input, context, `the value is ${to} already`) : null;
  },
};

export const castChain: Rewrite = {
  id: 'clean/cast-chain',
  title: 'Two casts made one',
  doc: `Cast_C(Cast_B(x)) = Cast_C(x) where every value of the type A of x is a value of B, and C is a floating-point type, or holds every
value of A, or A and B are both floating-point.`,
  opTypes: ['Cast'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const inner = node.input(0)?.producer;
    const source = inner?.is('Cast') ? inner.input(0) : null;
    const output = node.output();
    const [a, b, c] = [source?.type.dtype, node.input(0)?.type.dtype, dtypeName(node.attributes.int('to', 0))];
    if (!inner || !source || !output || !a || !b || !c || !holds(b, a)) return null;
    if (!FLOAT_DTYPES.has(c) && !holds(c, a) && !(FLOAT_DTYPES.has(a) && FLOAT_DTYPES.has(b))) return null;
    const patch = newPatch(context);
    patch.replace(output, patch.node('Cast', [source], { like: node, attributes: { to: node.attributes.int('to', 0) } })).remove(node);
    if (node.input(0)?.soleConsumer === node) patch.remove(inner);
    return propose(patch, [inner, node], `${a} fits into ${b}: the first cast changes no value`);
  },
};

/** Bits of magnitude and sign that integers need, and of significand that floats have. */
const INTEGERS: Partial<Record<DType, readonly [bits: number, signed: boolean]>> = {
  bool: [1, false],
  uint8: [8, false],
  int8: [7, true],
  uint16: [16, false],
  int16: [15, true],
  uint32: [32, false],
  int32: [31, true],
  uint64: [64, false],
  int64: [63, true],
};
const SIGNIFICANDS: Partial<Record<DType, number>> = { float16: 11, bfloat16: 8, float32: 24, float64: 53 };

/** True when every value of `narrow` is a value of `wide`. */
function holds(wide: DType, narrow: DType): boolean {
  if (wide === narrow) return true;
  const [w, n] = [INTEGERS[wide], INTEGERS[narrow]];
  if (n && w) return w[0] >= n[0] && (w[1] || !n[1]) && wide !== 'bool';
  if (n) return (SIGNIFICANDS[wide] ?? 0) >= n[0];
  return wide === 'float64' ? FLOAT_DTYPES.has(narrow) : wide === 'float32' && (narrow === 'float16' || narrow === 'bfloat16');
}
