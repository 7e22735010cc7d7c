import type { ChannelOrder } from '../order.ts';
import { type Carry, firstKnown, pass, type Reached, type Rule, shapeOf } from '../rule.ts';

/** Entry by entry on the first input; further inputs are scalars (Clip) or only give a type (CastLike). */
const unary: Rule = (reached) => {
  const extra = reached.node.outputs.slice(1).find((value) => value && (value.uses.size > 0 || value.isGraphOutput));
  return extra ? `its second output "${extra.name}" is used` : pass(firstKnown(reached));
};

const approximated: Rule = (reached) => withLastBits(unary(reached));

/** Entry by entry on all inputs, aligned at the last axis: each operand that varies along the axis takes the order there. */
const broadcast: Rule = (reached) => {
  const { node, opset } = reached;
  if (opset < 7 && node.inputs.length > 1 && !node.is('Sum', 'Max', 'Min', 'Mean'))
    return 'before opset 7 its operands are aligned by attributes';
  const rank = shapeOf(node.output())?.length;
  if (rank === undefined) return `the rank of "${node.output()?.name}" is not known`;
  const out = outputOrder(reached, rank);
  if (typeof out === 'string') return out;
  const inputs = new Map<number, readonly ChannelOrder[]>();
  for (const [i, value] of node.inputs.entries()) {
    const shape = shapeOf(value);
    if (!value || !shape) return `the shape of its input ${i} is not known`;
    const axis = out.axis - (rank - shape.length);
    if (axis < 0 || (shape[axis] === 1 && out.order.length > 1)) continue;
    if (shape[axis] !== out.order.length) return `dimension ${axis} of "${value.name}" is not known to be ${out.order.length}`;
    inputs.set(i, [{ axis, order: out.order }]);
  }
  return { inputs, outputs: new Map([[0, out]]) } satisfies Carry;
};

function withLastBits(carry: Carry | string): Carry | string {
  return typeof carry === 'string' ? carry : { ...carry, lastBits: true };
}

function outputOrder({ node, inputs, outputs }: Reached, rank: number): ChannelOrder | string {
  const known = outputs.get(0);
  if (known) return known;
  for (const [i, { axis, order }] of inputs) {
    const shape = shapeOf(node.input(i));
    if (!shape) return `the shape of its input ${i} is not known`;
    return { axis: axis + rank - shape.length, order };
  }
  return 'no operand has another order';
}

/** One rounding at most: the result does not depend on where in memory a value lies. */
const UNARY = words(`
  Abs BitwiseNot Cast CastLike Ceil Clip Dropout Floor Identity IsInf IsNaN LeakyRelu Neg Not Reciprocal Relu Round
  Shrink Sign Sqrt ThresholdedRelu`);

/** Approximated functions: vectorised code and the rest of a row may differ in the last bit. */
const APPROXIMATED = words(`
  Acos Acosh Asin Asinh Atan Atanh Celu Cos Cosh Elu Erf Exp Gelu HardSigmoid HardSwish Log Mish Selu Sigmoid Sin Sinh
  Softplus Softsign Swish Tan Tanh`);

const BROADCAST = words(`
  Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod
  Mul Or PRelu Sub Sum Where Xor`);

export const elementwiseRules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(UNARY.map((op) => [op, unary])),
  ...Object.fromEntries(APPROXIMATED.map((op) => [op, approximated])),
  Pow: (reached) => withLastBits(broadcast(reached)),
  ...Object.fromEntries(BROADCAST.map((op) => [op, broadcast])),
};

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
