import { type DType, FLOAT_DTYPES } from '../../../models/contracts/index.ts';
import type { Node, Value } from '../../../models/graph/index.ts';
import type { Proposal, Rewrite, RewriteContext } from '../rewrite.ts';
import { bypass } from './edit.ts';
import { sameShape, uniformValue } from './same-shape.ts';

export const noOpArithmetic: Rewrite = {
  id: 'clean/no-op-arithmetic',
  title: 'Arithmetic that changes nothing removed',
  doc: `x + 0, x − 0, x · 1, x / 1, x¹, Clip without bounds (opset ≥ 11), where the constant does not broadcast x to another shape.
Bit-exact but for x + 0 and x − (−0) in floating point, which turn −0 into 0: those are exact.`,
  opTypes: ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Clip'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    if (node.opType === 'Clip') return unboundedClip(node, context);
    const neutral = node.is('Add', 'Sub') ? 0 : 1;
    return withNeutral(node, 0, 1, neutral, context) ?? (node.is('Add', 'Mul') ? withNeutral(node, 1, 0, neutral, context) : null);
  },
};

function withNeutral(node: Node, kept: number, other: number, neutral: number, context: RewriteContext): Proposal | null {
  const [x, constant] = [node.input(kept), node.input(other)];
  const value = uniformValue(constant);
  if (!x || value === null || value !== neutral || !sameShape(x.type, node.output()?.type) || !sameDtype(x, node.output())) return null;
  const losesSign = FLOAT_DTYPES.has(x.type.dtype as DType) && Object.is(value, node.opType === 'Add' ? 0 : -0) && neutral === 0;
  return bypass(node, x, context, `${SIGNS[node.opType]} ${neutral} changes nothing`, losesSign ? 'exact' : 'bit');
}

function unboundedClip(node: Node, context: RewriteContext): Proposal | null {
  const input = node.input(0);
  const bounded = context.opset < 11 || node.input(1) !== null || node.input(2) !== null;
  return bounded || !input ? null : bypass(node, input, context, 'Clip has no bounds');
}

function sameDtype(a: Value, b: Value | null): boolean {
  return a.type.dtype !== null && a.type.dtype === b?.type.dtype;
}

const SIGNS: Readonly<Record<string, string>> = {
  Add: 'adding',
  Sub: 'subtracting',
  Mul: 'multiplying by',
  Div: 'dividing by',
  Pow: 'the power of',
};
