import { Tensor } from '../../../../models/onnx/index.ts';
import { type ChannelOrder, identity, isIdentity, joinRuns, type RunOrder, splitRuns } from '../order.ts';
import { type Carry, firstKnown, normalAxis, type Reached, type Rule, shapeOf } from '../rule.ts';

/** Across the concatenated axis, whole parts may change places and be permuted inside; along other axes all parts follow. */
const concat: Rule = (reached) => {
  const { node, inputs, outputs } = reached;
  const known = firstKnown(reached);
  const axis = concatAxis(reached);
  if (axis === null) return 'the rank of its output is not known';
  if (known.axis !== axis) return { inputs: new Map(node.inputs.map((_, i) => [i, [known]])), outputs: new Map([[0, known]]) };
  const sizes = node.inputs.map((value) => shapeOf(value)?.[axis]);
  if (!sizes.every((size) => typeof size === 'number')) return 'the size of one of its parts is not known';
  const from = outputs.get(0);
  if (!from) return { inputs: wrap(inputs), outputs: new Map([[0, { axis, order: joined(sizes, inputs) }]]) };
  const runs = splitRuns(from.order, sizes);
  if (!runs) return 'the order of its output mixes its parts';
  return { inputs: partOrders(runs, axis), outputs: new Map([[0, from]]), inputSequence: runs.runs };
};

/** The mirror image of Concat; parts change places only where all have one size. */
const split: Rule = (reached) => {
  const { node, inputs, outputs } = reached;
  const known = firstKnown(reached);
  const rank = shapeOf(node.input(0))?.length;
  if (rank === undefined) return 'the rank of its input is not known';
  const axis = normalAxis(node.attributes.int('axis', 0), rank);
  const parts = node.outputs.map((_, i) => i);
  if (known.axis !== axis) return { inputs: new Map([[0, [known]]]), outputs: new Map(parts.map((i) => [i, known])) };
  const sizes = node.outputs.map((value) => shapeOf(value)?.[axis]);
  if (!sizes.every((size) => typeof size === 'number')) return 'the size of one of its parts is not known';
  const into = inputs.get(0);
  if (!into) return { inputs: new Map([[0, [{ axis, order: joined(sizes, outputs) }]]]), outputs };
  const runs = splitRuns(into.order, sizes);
  if (!runs) return 'the order of its input mixes its parts';
  if (!isIdentity(runs.runs) && new Set(sizes).size > 1) return 'the order of its input moves parts of different sizes';
  const orders = new Map([...partOrders(runs, axis)].map(([i, [order]]) => [i, order as ChannelOrder]));
  return { inputs: new Map([[0, [into]]]), outputs: orders, outputSequence: runs.runs };
};

/** Concat along the order's axis: what its output is depends on every input, so it is asked last. */
export function isMerge(reached: Reached): boolean {
  return reached.node.is('Concat') && reached.outputs.size === 0 && firstKnown(reached).axis === concatAxis(reached);
}

function concatAxis({ node }: Reached): number | null {
  const rank = (shapeOf(node.output()) ?? node.inputs.map(shapeOf).find((shape) => shape !== null))?.length;
  const stated = node.attributes.int('axis', 1);
  return stated < 0 && rank === undefined ? null : normalAxis(stated, rank ?? 0);
}

function joined(sizes: readonly number[], known: ReadonlyMap<number, ChannelOrder>): number[] {
  return joinRuns(sizes.map((size, i) => known.get(i)?.order ?? identity(size)));
}

function partOrders(runs: RunOrder, axis: number): Map<number, readonly ChannelOrder[]> {
  return new Map(runs.inner.flatMap((order, i) => (isIdentity(order) ? [] : [[i, [{ axis, order }]] as const])));
}

function wrap(orders: ReadonlyMap<number, ChannelOrder>): NonNullable<Carry['inputs']> {
  return new Map([...orders].map(([i, order]) => [i, [order]]));
}

/** A range with stride one stays a range where the order keeps its entries together. */
const slice: Rule = (reached) => {
  const { node, inputs } = reached;
  const known = firstKnown(reached);
  const shape = shapeOf(node.input(0));
  const out = shapeOf(node.output());
  if (!shape || !out) return 'the shape before or after it is not known';
  if (typeof shape[known.axis] === 'number' && shape[known.axis] === out[known.axis] && !reversesAxis(reached, known.axis, shape.length)) {
    return { inputs: new Map([[0, [known]]]), outputs: new Map([[0, known]]) };
  }
  const into = inputs.get(0);
  if (!into) return 'it takes a part of the channels';
  const range = sliceRange(reached, into, shape.length);
  if (!range) return 'which part of the channels it takes is not constant';
  const start = into.order.findIndex((from) => from >= range.start && from < range.end);
  const taken = into.order.slice(start, start + range.end - range.start).map((from) => from - range.start);
  if (start < 0 || taken.some((k) => k < 0 || k >= range.end - range.start)) return 'the channels it takes do not stay together';
  const order = { axis: into.axis, order: taken };
  return {
    inputs: new Map([[0, [into]]]),
    ...(isIdentity(taken) ? {} : { outputs: new Map([[0, order]]) }),
    ...moveRange(reached, range, start),
  };
};

interface Range {
  readonly position: number;
  readonly start: number;
  readonly end: number;
}

interface Ranges {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes: readonly number[];
  readonly steps: readonly number[];
}

function ranges({ node, opset }: Reached, rank: number): Ranges | null {
  const list = (name: string, slot: number): number[] | null => {
    if (opset < 10) return node.attributes.ints(name) ?? null;
    const tensor = node.input(slot)?.constant;
    return tensor ? [...tensor.numbers()] : null;
  };
  const [starts, ends] = [list('starts', 1), list('ends', 2)];
  if (!starts || !ends) return null;
  const axes = list('axes', 3) ?? (opset >= 10 && node.input(3) ? null : starts.map((_, i) => i));
  const steps = list('steps', 4) ?? (opset >= 10 && node.input(4) ? null : starts.map(() => 1));
  return axes && steps ? { starts, ends, axes: axes.map((axis) => normalAxis(axis, rank)), steps } : null;
}

/** True where the slice runs backwards over the axis, or may. */
function reversesAxis(reached: Reached, axis: number, rank: number): boolean {
  const all = ranges(reached, rank);
  if (!all) return true;
  const position = all.axes.indexOf(axis);
  return position >= 0 && (all.steps[position] as number) < 0;
}

function sliceRange(reached: Reached, { axis, order }: ChannelOrder, rank: number): Range | null {
  const all = ranges(reached, rank);
  const position = all?.axes.indexOf(axis) ?? -1;
  if (!all || position < 0 || all.steps[position] !== 1) return null;
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + order.length : at, 0), order.length);
  const [start, end] = [clamp(all.starts[position] as number), clamp(all.ends[position] as number)];
  return end > start ? { position, start, end } : null;
}

function moveRange(reached: Reached, { position, start, end }: Range, to: number): Carry {
  if (to === start) return {};
  const { node, opset } = reached;
  const rank = shapeOf(node.input(0))?.length ?? 0;
  const all = ranges(reached, rank) as Ranges;
  const starts = all.starts.with(position, to);
  const ends = all.ends.with(position, to + end - start);
  if (opset < 10) return { attributes: { starts, ends } };
  const dtype = node.input(1)?.constant?.dtype ?? 'int64';
  return {
    constants: new Map([
      [1, Tensor.of(dtype, [starts.length], starts)],
      [2, Tensor.of(dtype, [ends.length], ends)],
    ]),
  };
}

export const concatSplitRules: Readonly<Record<string, Rule>> = { Concat: concat, Split: split, Slice: slice };
