import type { Narrowing, Reached, Rule } from '../rule.ts';
import { rankOf } from '../rule.ts';
import { keptIndices, sameTrack, type Track } from '../track.ts';

const NONE: Narrowing['outputs'] = new Map();

const convolution = (inputAxis: 0 | 1): Rule => (reached) => {
  const { node, tracks } = reached;
  const track = tracks.get(0);
  const shape = node.input(1)?.type.shape;
  if (!track || tracks.size > 1) return `${node.label} takes them as its weights`;
  if (track.axis !== 1) return `${node.label} slides over them`;
  const group = node.attributes.int('group', 1);
  if (group === 1) return { outputs: NONE, parameters: new Map([[1, { axis: inputAxis, units: track.units }]]) };
  const multiplier = shape?.[inputAxis === 1 ? 0 : 1];
  const isDepthwise = group === track.units.length && (inputAxis === 1 ? shape?.[1] === 1 : true) && typeof multiplier === 'number';
  if (!isDepthwise) return `${node.label} convolves them in ${group} groups, which have to stay of one size`;
  return depthwise(reached, track, inputAxis === 1 ? multiplier / group : multiplier, inputAxis);
};

/** Every channel makes `multiplier` of its own. */
function depthwise({ node }: Reached, track: Track, multiplier: number, inputAxis: 0 | 1): Narrowing {
  const units = track.units.flatMap((unit) => new Array<number>(multiplier).fill(unit));
  const weights = { axis: 0, units: inputAxis === 1 ? units : track.units };
  const parameters = new Map<number, Track>([[1, weights]]);
  if (node.input(2)) parameters.set(2, { axis: 0, units });
  return { outputs: new Map([[0, { axis: 1, units }]]), parameters, attributes: (removed) => ({ group: keptIndices(track, removed).length }) };
}

/** Batch axes are aligned from the right; the sum runs over the last axis of the first and the last but one of the second. */
const matMul: Rule = (reached) => {
  const { node, tracks } = reached;
  const [a, b] = [tracks.get(0), tracks.get(1)];
  const ranks = [rankOf(node.input(0)), rankOf(node.input(1))];
  const [left, right] = ranks;
  if (left === null || right === null || left === undefined || right === undefined) return `${node.label}: its shapes are not known`;
  if (left < 2 || right < 2) return `${node.label} multiplies by a vector`;
  const rank = Math.max(left, right);
  if (a && b) return bothBatched(reached, a, b, [rank - left, rank - right], rank);
  const [track, slot] = a ? [a, 0] : [b as Track, 1];
  const [own, other] = slot === 0 ? [left, right] : [right, left];
  const summed = slot === 0 ? own - 1 : own - 2;
  if (track.axis === summed) return { outputs: NONE, parameters: new Map([[1 - slot, { axis: slot === 0 ? other - 2 : other - 1, units: track.units }]]) };
  const axis = track.axis + rank - own;
  if (axis >= rank - 2) return { outputs: new Map([[0, { axis, units: track.units }]]) };
  const inOther = axis - (rank - other);
  const size = inOther < 0 ? 1 : node.input(1 - slot)?.type.shape?.[inOther];
  if (size === 1) return { outputs: new Map([[0, { axis, units: track.units }]]) };
  return { outputs: new Map([[0, { axis, units: track.units }]]), parameters: new Map([[1 - slot, { axis: inOther, units: track.units }]]) };
};

function bothBatched({ node }: Reached, a: Track, b: Track, [left, right]: readonly [number, number], rank: number): Narrowing | string {
  const track = { axis: a.axis + left, units: a.units };
  if (!sameTrack(track, { axis: b.axis + right, units: b.units })) return `${node.label} multiplies two values in which they lie differently`;
  return track.axis < rank - 2 ? { outputs: new Map([[0, track]]) } : `${node.label} multiplies them with one another`;
}

const gemm: Rule = ({ node, tracks }) => {
  const track = tracks.get(0);
  if (!track || tracks.size > 1) return `${node.label} takes them as its weights`;
  if (track.axis !== (node.attributes.int('transA', 0) === 0 ? 1 : 0)) return `${node.label} takes them as rows`;
  return { outputs: NONE, parameters: new Map([[1, { axis: node.attributes.int('transB', 0) === 0 ? 0 : 1, units: track.units }]]) };
};

export const LINEAR: Readonly<Record<string, Rule>> = { Conv: convolution(1), ConvTranspose: convolution(0), MatMul: matMul, Gemm: gemm };
