import { DTYPE_CODES } from '../../../models/contracts/index.ts';
import { clip } from './activation.ts';
import type { Emitter } from './emitter.ts';
import { onnxType } from './known.ts';
import type { Operands } from './operands.ts';
import type { Family, Translate } from './rule.ts';

/** Operations of one operand (coremltools mil/ops/defs/iOS15/elementwise_unary.py). */
export const UNARY: Family = {
  abs: plain('Abs'), acos: plain('Acos'), asin: plain('Asin'), atan: plain('Atan'), atanh: plain('Atanh'), ceil: plain('Ceil'), cos: plain('Cos'),
  cosh: plain('Cosh'), erf: plain('Erf'), exp: plain('Exp'), floor: plain('Floor'), logical_not: plain('Not'), sign: plain('Sign'), sin: plain('Sin'),
  sinh: plain('Sinh'), sqrt: plain('Sqrt'), tan: plain('Tan'), tanh: plain('Tanh'),
  /** Halves to even, as NumPy's round, which MIL's own evaluation uses. */
  round: plain('Round'),
  square: (o, out) => out.node('Mul', [o.value('x'), o.value('x')]),
  exp2: (o, out) => out.node('Pow', [out.constant(onnxType(o.type('x').dtype), [], [2]), o.value('x')]),
  clip: (o, out) => clip(out, o.value('x'), o.number('alpha'), o.number('beta')),
  threshold: (o, out) => out.node('Max', [o.value('x'), out.constant(onnxType(o.type('x').dtype), [], [o.number('alpha')])]),
  inverse: (o, out) => out.node('Reciprocal', [shifted(o, out, 1e-4)]),
  log: (o, out) => out.node('Log', [shifted(o, out, 1e-45)]),
  rsqrt: (o, out) => out.node('Reciprocal', [out.node('Sqrt', [shifted(o, out, 1e-12)])]),
  cast: (o, out) => out.node('Cast', [o.value('x')], { to: DTYPE_CODES[onnxType(o.result().dtype)] }),
};

function plain(opType: string): Translate {
  return (o, out) => out.node(opType, [o.value('x')]);
}

/** x + ε; nothing is added where ε is zero in the type that it is given in. */
function shifted(o: Operands, out: Emitter, absent: number): string {
  const epsilon = Math.fround(o.number('epsilon', o.type('x').dtype === 'fp16' && absent < SMALLEST_HALF / 2 ? 0 : absent));
  return epsilon === 0 ? o.value('x') : out.node('Add', [o.value('x'), out.scalar(epsilon)]);
}

const SMALLEST_HALF = 2 ** -24;
