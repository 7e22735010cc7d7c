import type { ChannelOrder } from '../order.ts';
import { firstKnown, normalAxis, pass, type Rule, shapeOf } from '../rule.ts';

/** Q and DQ: per tensor nothing else moves, per channel scale and zero point move along; a blocked axis cannot be reordered. */
const quantize: Rule = (reached) => {
  const { node } = reached;
  const known = firstKnown(reached);
  const scale = shapeOf(node.input(1));
  if (!scale) return 'the shape of its scale is not known';
  const parameters = scaleOrder(node, known, scale);
  if (typeof parameters === 'string') return parameters;
  const moved = parameters ? [1, 2].filter((slot) => node.input(slot)).map((slot): [number, ChannelOrder[]] => [slot, [parameters]]) : [];
  return { ...pass(known), inputs: new Map([[0, [known]], ...moved]) };
};

/** What an order on the data means for scale and zero point of a Q or DQ node; null: nothing. */
export function scaleOrder(
  node: Parameters<Rule>[0]['node'],
  { axis, order }: ChannelOrder,
  scale: readonly unknown[],
): ChannelOrder | null | string {
  if (scale.length === 0 || (scale.length === 1 && scale[0] === 1)) return null;
  const rank = shapeOf(node.input(0))?.length ?? shapeOf(node.output())?.length;
  const stated = node.attributes.int('axis', 1);
  if (stated < 0 && rank === undefined) return 'the rank of its input is not known';
  const own = normalAxis(stated, rank ?? 0);
  if (scale.length === 1) return own === axis ? { axis: 0, order } : null;
  return own === axis ? 'it is quantized in blocks along the axis, which no permutation keeps' : { axis, order };
}

export const quantizeRules: Readonly<Record<string, Rule>> = { QuantizeLinear: quantize, DequantizeLinear: quantize };
