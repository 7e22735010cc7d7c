import type { ChannelOrder } from '../order.ts';
import { constantInts, firstKnown, normalAxis, pass, type Reached, type Rule, shapeOf } from '../rule.ts';

/** Windows over the spatial axes of each channel. */
const pool: Rule = (reached) => {
  const known = firstKnown(reached);
  if (known.axis > 1) return 'the order is on one of its spatial axes';
  const extra = reached.node.output(1);
  return extra && (extra.uses.size > 0 || extra.isGraphOutput)
    ? 'its indices are used'
    : { ...pass(known), lastBits: !reached.node.is('AveragePool', 'MaxPool', 'GlobalMaxPool') };
};

/** Follows where the axis is not resized: its scale is one. */
const resize: Rule = (reached) => {
  const { node } = reached;
  const known = firstKnown(reached);
  const [shape, out] = [shapeOf(node.input(0)), shapeOf(node.output())];
  if (!shape) return 'the shape of its input is not known';
  if (node.attributes.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize') return 'it crops';
  if (node.attributes.string('keep_aspect_ratio_policy', 'stretch') !== 'stretch') return 'its scales follow one another';
  const axes = node.attributes.ints('axes')?.map((axis) => normalAxis(axis, shape.length));
  const at = axes ? axes.indexOf(known.axis) : known.axis;
  if (at < 0) return pass(known);
  const stated = node.attributes.floats('scales') ?? constantInts(scalesInput(reached));
  const scale = stated && stated.length > 0 ? stated[at] : null;
  if (scale === 1 || (scale === null && hasSizes(reached) && out?.[known.axis] === known.order.length)) return pass(known);
  return 'its scale on the channels is not known to be one';
};

function scalesInput({ node, opset }: Reached): Reached['node']['inputs'][number] {
  return opset >= 11 ? node.input(2) : node.input(1);
}

function hasSizes({ node, opset }: Reached): boolean {
  return opset >= 11 && node.input(3) !== null;
}

/** A reduction over other axes lets the order pass; over the axis itself it forgets it (sums then run in another order). */
const reduce: Rule = (reached) => {
  const { node, inputs, outputs } = reached;
  const rank = shapeOf(node.input(0))?.length;
  if (rank === undefined) return 'the rank of its input is not known';
  const axes = reducedAxes(reached, rank);
  if (!axes) return 'which axes it reduces is not constant';
  const keeps = node.attributes.int('keepdims', 1) !== 0;
  const places = Array.from({ length: rank }, (_, i) => i).filter((axis) => keeps || !axes.includes(axis));
  const into = inputs.get(0);
  const lastBits = !node.is('ReduceMax', 'ReduceMin', 'ArgMax', 'ArgMin');
  if (into && axes.includes(into.axis)) {
    if (node.is('ArgMax', 'ArgMin')) return 'it says which channel';
    return { inputs: new Map([[0, [into]]]), lastBits };
  }
  const from = outputs.get(0);
  const input: ChannelOrder = into ?? { axis: places[from?.axis ?? 0] ?? 0, order: from?.order ?? [] };
  return { inputs: new Map([[0, [input]]]), outputs: new Map([[0, { axis: places.indexOf(input.axis), order: input.order }]]), lastBits };
};

function reducedAxes({ node }: Reached, rank: number): number[] | null {
  if (node.is('ArgMax', 'ArgMin')) return [normalAxis(node.attributes.int('axis', 0), rank)];
  if (node.input(1) && !node.input(1)?.constant) return null;
  const stated = node.attributes.ints('axes') ?? constantInts(node.input(1)) ?? [];
  if (stated.length > 0) return stated.map((axis) => normalAxis(axis, rank));
  return node.attributes.int('noop_with_empty_axes', 0) !== 0 ? [] : Array.from({ length: rank }, (_, i) => i);
}

const POOLS = ['AveragePool', 'GlobalAveragePool', 'GlobalLpPool', 'GlobalMaxPool', 'LpPool', 'MaxPool'];
const REDUCTIONS = [
  'ArgMax',
  'ArgMin',
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceMax',
  'ReduceMean',
  'ReduceMin',
  'ReduceProd',
  'ReduceSum',
  'ReduceSumSquare',
];

export const spatialRules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(POOLS.map((op) => [op, pool])),
  ...Object.fromEntries(REDUCTIONS.map((op) => [op, reduce])),
  Resize: resize,
  Upsample: resize,
};
