import type { Dim, Node } from '../../../../models/graph/index.ts';
import { type ChannelOrder, identity, narrow, widen } from '../order.ts';
import { type Carry, constantInts, normalAxis, type Reached, type Rule, shapeOf } from '../rule.ts';

const transpose: Rule = ({ node, inputs, outputs }) => {
  const rank = shapeOf(node.input(0))?.length ?? shapeOf(node.output())?.length;
  const perm = node.attributes.ints('perm') ?? (rank === undefined ? null : identity(rank).reverse());
  if (!perm) return 'the rank of its input is not known';
  const [into, from] = [inputs.get(0), outputs.get(0)];
  if (into) return both(into, { axis: perm.indexOf(into.axis), order: into.order });
  return from ? both({ axis: perm[from.axis] as number, order: from.order }, from) : 'nothing to follow';
};

const reshape: Rule = (reached) => {
  const { node, inputs, outputs } = reached;
  const [input, output] = [shapeOf(node.input(0)), shapeOf(node.output())];
  if (!input || !output) return 'the shape before or after it is not known';
  const [into, from] = [inputs.get(0), outputs.get(0)];
  if (into) {
    const order = acrossReshape(into, input, output);
    return order ? both(into, order) : `the order is not one of a single axis after it`;
  }
  if (!from) return 'nothing to follow';
  const order = acrossReshape(from, output, input);
  if (order) return both(order, from);
  return repeated(node, from) ?? 'the order is not one of a single axis before it';
};

const squeeze: Rule = (reached) => axesRule(reached, (axes, rank) => identity(rank).filter((axis) => !axes.includes(axis)));

const unsqueeze: Rule = (reached) => axesRule(reached, null);

/** Squeeze: `kept(axes, rank of the input)` are the input's axes in the output. Unsqueeze: the same the other way round. */
function axesRule(reached: Reached, kept: ((axes: readonly number[], rank: number) => number[]) | null): Carry | string {
  const { node, inputs, outputs } = reached;
  const stated = node.attributes.ints('axes') ?? constantInts(node.input(1));
  const rank = shapeOf(node.input(0))?.length;
  if (!stated || rank === undefined) return reshape(reached);
  const wide = kept ? rank : rank + stated.length;
  const axes = stated.map((axis) => normalAxis(axis, wide));
  const places = identity(wide).filter((axis) => !axes.includes(axis));
  const [into, from] = [inputs.get(0), outputs.get(0)];
  const known = into ?? from;
  if (!known) return 'nothing to follow';
  const narrowing = (kept !== null) === (into !== undefined);
  const axis = narrowing ? places.indexOf(known.axis) : (places[known.axis] as number);
  if (axis < 0) return 'the order is on an axis of size one';
  const other = { axis, order: known.order };
  return into ? both(into, other) : both(other, known);
}

/** The same order seen after a reshape, on one axis of the new shape; null where it is none. Equal dimensions at both ends may be symbolic. */
export function acrossReshape({ axis, order }: ChannelOrder, from: readonly Dim[], to: readonly Dim[]): ChannelOrder | null {
  let head = 0;
  while (head < Math.min(from.length, to.length) && from[head] !== null && from[head] === to[head]) head++;
  if (axis < head) return { axis, order };
  let tail = 0;
  const most = Math.min(from.length, to.length) - head;
  while (tail < most && from[from.length - 1 - tail] !== null && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail++;
  if (axis >= from.length - tail) return { axis: axis + to.length - from.length, order };
  const [old, now] = [from.slice(head, from.length - tail), to.slice(head, to.length - tail)];
  if (![...old, ...now].every((dim) => typeof dim === 'number')) return null;
  return acrossStatic(order, axis - head, old as number[], now as number[], head);
}

function acrossStatic(
  order: readonly number[],
  axis: number,
  from: readonly number[],
  to: readonly number[],
  head: number,
): ChannelOrder | null {
  const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
  const [outer, inner] = [product(from.slice(0, axis)), product(from.slice(axis + 1))];
  for (const [place, length] of to.entries()) {
    const [before, after] = [product(to.slice(0, place)), product(to.slice(place + 1))];
    if (length === 1) continue;
    if (outer % before === 0 && inner % after === 0 && (outer / before) * order.length * (inner / after) === length) {
      return { axis: head + place, order: widen(order, outer / before, inner / after) };
    }
    if (before % outer === 0 && after % inner === 0 && (before / outer) * length * (after / inner) === order.length) {
      const part = narrow(order, before / outer, after / inner);
      if (part) return { axis: head + place, order: part };
    }
  }
  return null;
}

/** Reshape of a Tile or Expand of a new axis 2: every channel of `x` repeated in place (PyTorch's repeat_interleave on channels). */
function repeated(node: Node, { axis, order }: ChannelOrder): Carry | null {
  const repeat = node.input(0)?.producer;
  const spread = repeat?.is('Tile', 'Expand') ? repeat.input(0)?.producer : null;
  const from = spread?.is('Unsqueeze', 'Reshape') ? spread.input(0) : null;
  const [thin, wide, source] = [shapeOf(repeat?.input(0) ?? null), shapeOf(node.input(0)), shapeOf(from)];
  if (!from || !thin || !wide || !source || axis !== 1 || thin.length !== source.length + 1 || thin[2] !== 1) return null;
  const channels = source[1];
  const times = wide[2];
  if (typeof channels !== 'number' || typeof times !== 'number' || channels * times !== order.length) return null;
  const keeps = thin.every((dim, i) => i === 2 || (dim !== null && dim === wide[i]));
  const inserts = source.every((dim, i) => dim !== null && dim === thin[i < 2 ? i : i + 1]);
  if (!keeps || !inserts) return null;
  return { outputs: new Map([[0, { axis, order }]]), taken: { from, axis, indices: order.map((k) => Math.floor(k / times)) } };
}

function both(input: ChannelOrder, output: ChannelOrder): Carry {
  return { inputs: new Map([[0, [input]]]), outputs: new Map([[0, output]]) };
}

export const layoutRules: Readonly<Record<string, Rule>> = {
  Transpose: transpose,
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
};
