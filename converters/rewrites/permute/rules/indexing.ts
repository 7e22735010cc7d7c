import type { Value } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { identity, invert, isIdentity, narrow, sameOrder } from '../order.ts';
import { type Carry, constantInts, firstKnown, normalAxis, pass, type Reached, type Rule, shapeOf } from '../rule.ts';

/** Constant indices along the axis take any order in; what is left may be nothing. Along other axes the order passes. */
const gather: Rule = (reached) => {
  const { node, inputs, outputs } = reached;
  const [data, indices] = [shapeOf(node.input(0)), shapeOf(node.input(1))];
  if (!data || !indices) return 'the shapes of its inputs are not known';
  if (inputs.has(1)) return 'its indices are in another order';
  const axis = normalAxis(node.attributes.int('axis', 0), data.length);
  const [into, from] = [inputs.get(0), outputs.get(0)];
  if ((into && into.axis !== axis) || (!into && from && !isIndexed(from.axis, axis, indices.length)))
    return beside(reached, axis, indices.length);
  const tensor = node.input(1)?.constant;
  if (!tensor) return 'its indices are not constant';
  const length = data[axis];
  if (typeof length !== 'number') return 'the size of its axis is not known';
  if (from && (indices.length !== 1 || from.axis !== axis)) return 'its output is in another order along indices of higher rank';
  const old = [...tensor.numbers()].map((i) => normalAxis(i, length));
  const inverse = into ? invert(into.order) : identity(length);
  const moved = (from ? from.order.map((k) => old[k] as number) : old).map((i) => inverse[i] as number);
  const carry: Carry = { ...(into ? { inputs: new Map([[0, [into]]]) } : {}), ...(from ? { outputs: new Map([[0, from]]) } : {}) };
  if (indices.length === 1 && moved.length === length && isIdentity(moved)) return { ...carry, bypass: true };
  if (from && !into && node.input(0) && isRepeat(moved, length))
    return { ...carry, taken: { from: node.input(0) as Value, axis, indices: moved } };
  return { ...carry, constants: new Map([[1, Tensor.of(tensor.dtype, tensor.dims, moved)]]) };
};

/** Whole copies laid end to end, which take needs no Gather for. */
function isRepeat(indices: readonly number[], length: number): boolean {
  return indices.length > length && indices.length % length === 0 && indices.every((from, k) => from === k % length);
}

function isIndexed(outputAxis: number, axis: number, indexRank: number): boolean {
  return outputAxis >= axis && outputAxis < axis + indexRank;
}

function beside({ inputs, outputs }: Reached, axis: number, indexRank: number): Carry {
  const [into, from] = [inputs.get(0), outputs.get(0)];
  const input = into ?? {
    axis: (from?.axis ?? 0) < axis ? (from?.axis ?? 0) : (from?.axis ?? 0) - indexRank + 1,
    order: from?.order ?? [],
  };
  const output = { axis: input.axis < axis ? input.axis : input.axis + indexRank - 1, order: input.order };
  return { inputs: new Map([[0, [input]]]), outputs: new Map([[0, output]]) };
}

/** Follows where the axis itself is not padded. */
const pad: Rule = (reached) => {
  const { node, opset } = reached;
  const known = firstKnown(reached);
  const amounts = opset < 11 ? (node.attributes.ints('pads') ?? node.attributes.ints('paddings')) : constantInts(node.input(1));
  const rank = shapeOf(node.input(0))?.length;
  if (!amounts || rank === undefined) return 'how much it pads is not constant';
  if (node.input(3) && !node.input(3)?.constant) return 'which axes it pads is not constant';
  const axes = constantInts(node.input(3))?.map((axis) => normalAxis(axis, rank)) ?? identity(rank);
  const at = axes.indexOf(known.axis);
  if (at >= 0 && (amounts[at] !== 0 || amounts[at + axes.length] !== 0)) return 'it pads the channels';
  return pass(known);
};

/** Repeats of the axis repeat the order. */
const tile: Rule = (reached) => {
  const { node, inputs, outputs } = reached;
  const [shape, out] = [shapeOf(node.input(0)), shapeOf(node.output())];
  const known = firstKnown(reached);
  const [length, total] = [shape?.[known.axis], out?.[known.axis]];
  if (typeof length !== 'number' || typeof total !== 'number') return 'the shape before or after it is not known';
  const times = total / length;
  const order = inputs.get(0)?.order ?? narrowTile(outputs.get(0)?.order ?? [], times);
  if (!order) return 'its repeats would be in different orders';
  const repeats = identity(times).flatMap((n) => order.map((from) => n * length + from));
  return {
    inputs: new Map(isIdentity(order) ? [] : [[0, [{ axis: known.axis, order }]]]),
    outputs: new Map([[0, { axis: known.axis, order: repeats }]]),
  };
};

function narrowTile(order: readonly number[], times: number): number[] | null {
  return times === 1 ? [...order] : narrow(order, times, 1);
}

/** A broadcast to a constant or known shape: aligned at the last axis. */
const expand: Rule = (reached) => {
  const { node, inputs, outputs } = reached;
  const [shape, out] = [shapeOf(node.input(0)), shapeOf(node.output())];
  if (!shape || !out) return 'the shape before or after it is not known';
  const shift = out.length - shape.length;
  const into = inputs.get(0);
  const order = outputs.get(0) ?? { axis: (into?.axis ?? 0) + shift, order: into?.order ?? [] };
  const axis = order.axis - shift;
  if (axis < 0 || shape[axis] === 1) return { outputs: new Map([[0, order]]) };
  if (into && !sameOrder(into.order, order.order)) return 'its input and output would need different orders';
  return { inputs: new Map([[0, [{ axis, order: order.order }]]]), outputs: new Map([[0, order]]) };
};

/** Its output says nothing about the order. */
const shapeOnly: Rule = ({ inputs, outputs }) =>
  outputs.size > 0 ? 'its output is a shape' : { inputs: new Map([...inputs].map(([i, order]) => [i, [order]])) };

export const indexingRules: Readonly<Record<string, Rule>> = {
  Gather: gather,
  Pad: pad,
  Tile: tile,
  Expand: expand,
  Shape: shapeOnly,
  Size: shapeOnly,
};
