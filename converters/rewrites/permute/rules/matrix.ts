import type { ChannelOrder } from '../order.ts';
import { type Carry, type Rule, shapeOf } from '../rule.ts';

type Orders = Map<number, ChannelOrder[]>;

/** Y = α·A′·B′ + β·C: rows follow A, columns follow B; an order of the inner axis goes to both, and sums run in another order. */
const gemm: Rule = (reached) => {
  const { node } = reached;
  const [rowA, innerA] = node.attributes.int('transA', 0) !== 0 ? [1, 0] : [0, 1];
  const [innerB, columnB] = node.attributes.int('transB', 0) !== 0 ? [1, 0] : [0, 1];
  const inner = onAxis(reached.inputs.get(0), innerA) ?? onAxis(reached.inputs.get(1), innerB);
  const row = onAxis(reached.outputs.get(0), 0) ?? onAxis(reached.inputs.get(0), rowA);
  const column = onAxis(reached.outputs.get(0), 1) ?? onAxis(reached.inputs.get(1), columnB);
  const inputs: Orders = new Map();
  add(inputs, 0, [
    [rowA, row],
    [innerA, inner],
  ]);
  add(inputs, 1, [
    [innerB, inner],
    [columnB, column],
  ]);
  const bias = shapeOf(node.input(2));
  if (node.input(2) && !bias) return 'the shape of its third input is not known';
  for (const [axis, order] of [
    [0, row],
    [1, column],
  ] as const) {
    const own = axis - (2 - (bias?.length ?? 0));
    if (bias && order && own >= 0 && bias[own] !== 1) add(inputs, 2, [[own, order]]);
  }
  return {
    inputs,
    ...outputs([
      [0, row],
      [1, column],
    ]),
    lastBits: inner !== undefined,
  };
};

/** A[…, m, k] · B[…, k, n] with batch axes aligned at the end. */
const matmul: Rule = (reached) => {
  const { node } = reached;
  const [a, b, y] = [shapeOf(node.input(0)), shapeOf(node.input(1)), shapeOf(node.output())];
  if (!a || !b || !y) return 'the shapes of its operands are not known';
  if (a.length < 2 || b.length < 2) return 'one of its operands is a vector';
  const [rankA, rankB, rank] = [a.length, b.length, y.length];
  const [orderA, orderB, orderY] = [reached.inputs.get(0), reached.inputs.get(1), reached.outputs.get(0)];
  const inner = onAxis(orderA, rankA - 1) ?? onAxis(orderB, rankB - 2);
  const row = onAxis(orderY, rank - 2) ?? onAxis(orderA, rankA - 2);
  const column = onAxis(orderY, rank - 1) ?? onAxis(orderB, rankB - 1);
  const batch = batchAxis(orderY, rank, rank) ?? batchAxis(orderA, rankA, rank) ?? batchAxis(orderB, rankB, rank);
  const inputs: Orders = new Map();
  add(inputs, 0, [
    [rankA - 2, row],
    [rankA - 1, inner],
  ]);
  add(inputs, 1, [
    [rankB - 2, inner],
    [rankB - 1, column],
  ]);
  for (const [i, shape] of [a, b].entries()) {
    const axis = batch ? batch.axis - (rank - shape.length) : -1;
    if (batch && axis >= 0 && shape[axis] !== 1) add(inputs, i, [[axis, batch.order]]);
  }
  const lastBits = inner !== undefined;
  return {
    inputs,
    ...outputs([
      [rank - 2, row],
      [rank - 1, column],
      [batch?.axis ?? 0, batch?.order],
    ]),
    lastBits,
  } satisfies Carry;
};

function onAxis(known: ChannelOrder | undefined, axis: number): readonly number[] | undefined {
  return known?.axis === axis ? known.order : undefined;
}

/** An order on a batch axis, as an axis of the output. */
function batchAxis(known: ChannelOrder | undefined, own: number, rank: number): ChannelOrder | undefined {
  return known && known.axis < own - 2 ? { axis: known.axis + rank - own, order: known.order } : undefined;
}

type OnAxis = readonly [axis: number, order: readonly number[] | undefined];

function add(inputs: Orders, slot: number, orders: readonly OnAxis[]): void {
  const list = inputs.get(slot) ?? [];
  for (const [axis, order] of orders) if (order) list.push({ axis, order });
  inputs.set(slot, list);
}

function outputs(orders: readonly OnAxis[]): Pick<Carry, 'outputs'> {
  const [first] = orders.flatMap(([axis, order]) => (order ? [{ axis, order }] : []));
  return first ? { outputs: new Map([[0, first]]) } : {};
}

export const matrixRules: Readonly<Record<string, Rule>> = { Gemm: gemm, MatMul: matmul };
