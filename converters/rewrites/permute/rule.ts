import type { AttributeValue, Dim, Node, Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import type { ChannelOrder } from './order.ts';

/** A node that a permuted value reaches, and the orders its inputs and outputs have so far, by position. */
export interface Reached {
  readonly node: Node;
  readonly opset: number;
  readonly inputs: ReadonlyMap<number, ChannelOrder>;
  readonly outputs: ReadonlyMap<number, ChannelOrder>;
}

/**
 * How a node computes the same with some inputs and outputs in another order. Positions that are absent keep theirs. Constant inputs
 * (weights, slopes, scales) may be listed with one order per axis; the region permutes their data.
 */
export interface Carry {
  readonly inputs?: ReadonlyMap<number, readonly ChannelOrder[]>;
  readonly outputs?: ReadonlyMap<number, ChannelOrder>;
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>>;
  /** Constant inputs with new data, by position. */
  readonly constants?: ReadonlyMap<number, Tensor>;
  /** The new node's inputs (or outputs) are the old ones at these positions. */
  readonly inputSequence?: readonly number[];
  readonly outputSequence?: readonly number[];
  /** The node does nothing any more: its output is its first input. */
  readonly bypass?: boolean;
  /** The output is `from` along the axis of its order, entry by entry: `output[k] = from[indices[k]]`. */
  readonly taken?: { readonly from: Value; readonly axis: number; readonly indices: readonly number[] };
  /** Equal in real arithmetic, but last bits may differ: sums run in another order, or vectorised code meets a value in another lane. */
  readonly lastBits?: boolean;
}

/** What a node makes of the orders around it: a carry, or the reason why it cannot follow. */
export type Rule = (reached: Reached) => Carry | string;

/** The shape of an input or output as far as known. */
export function shapeOf(value: Value | null): readonly Dim[] | null {
  return value?.type.shape ?? null;
}

/** The first order known around the node, inputs before outputs. */
export function firstKnown({ inputs, outputs }: Reached): ChannelOrder {
  const [known] = [...inputs.values(), ...outputs.values()];
  if (!known) throw new RangeError('a rule was asked about a node that no order reaches');
  return known;
}

/** The same order on input 0 and output 0 and nothing else to do. */
export function pass(order: ChannelOrder): Carry {
  return { inputs: new Map([[0, [order]]]), outputs: new Map([[0, order]]) };
}

export function normalAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Values of a constant integer input, or null where it is absent or not constant. */
export function constantInts(value: Value | null): number[] | null {
  const tensor = value?.constant;
  return tensor ? [...tensor.numbers()] : null;
}
