import { constantInts, normalAxis, onData, pass, type Reached, type Rule } from '../rule.ts';
import type { Track } from '../track.ts';

/** Each channel has parameters of its own. */
const perChannel = (slots: readonly number[]): Rule => onData((reached, track) => {
  if (track.axis !== 1) return `${reached.node.label} normalises over them`;
  return { outputs: new Map([[0, track]]), parameters: new Map(slots.filter((slot) => reached.node.input(slot)).map((slot) => [slot, { axis: 0, units: track.units }])) };
});

/** One number out of all values along some axes. */
const over = (axesOf: (reached: Reached, rank: number) => readonly number[]): Rule => onData((reached, track, rank) =>
  axesOf(reached, rank).includes(track.axis) ? `${reached.node.label} (${reached.node.opType}) mixes them` : pass(reached, track));

/** Before opset 13 everything from the axis on is one row. */
const softmax = over(({ node, opset }, rank) => {
  const axis = normalAxis(node.attributes.int('axis', opset >= 13 ? -1 : 1), rank);
  return opset >= 13 ? [axis] : Array.from({ length: rank - axis }, (_, i) => axis + i);
});

const layerNorm = over(({ node }, rank) => {
  const axis = normalAxis(node.attributes.int('axis', -1), rank);
  return Array.from({ length: rank - axis }, (_, i) => axis + i);
});

const reduce: Rule = onData(({ node }, track, rank) => {
  const axes = (node.attributes.ints('axes') ?? constantInts(node.input(1)))?.map((axis) => normalAxis(axis, rank));
  if (!axes || axes.length === 0 || axes.includes(track.axis)) return `${node.label} (${node.opType}) mixes them`;
  const gone = node.attributes.int('keepdims', 1) === 0 ? axes.filter((axis) => axis < track.axis).length : 0;
  return { outputs: new Map<number, Track>([[0, { axis: track.axis - gone, units: track.units }]]) };
});

const pool: Rule = onData((reached, track) => {
  if (reached.node.output(1)) return `${reached.node.label} says where its values were`;
  return track.axis <= 1 ? pass(reached, track) : `${reached.node.label} slides over them`;
});

const REDUCTIONS = ['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'];
const POOLS = ['MaxPool', 'AveragePool', 'LpPool', 'GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool'];

export const NORMALIZATION: Readonly<Record<string, Rule>> = {
  BatchNormalization: perChannel([1, 2, 3, 4]), InstanceNormalization: perChannel([1, 2]), LayerNormalization: layerNorm, Softmax: softmax, LogSoftmax: softmax,
  ...Object.fromEntries(REDUCTIONS.map((opType) => [opType, reduce])), ...Object.fromEntries(POOLS.map((opType) => [opType, pool])),
};
