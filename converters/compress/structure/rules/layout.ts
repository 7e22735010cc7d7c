import { Tensor } from '../../../../models/onnx/index.ts';
import { reshapedTo } from '../reshape-operand.ts';
import { constantInts, normalAxis, onData, pass, type Rule } from '../rule.ts';
import { throughReshape } from '../through-reshape.ts';

const transpose: Rule = onData((reached, track, rank) => {
  const perm = reached.node.attributes.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return { outputs: new Map([[0, { axis: perm.indexOf(track.axis), units: track.units }]]) };
});

/** Reshape, Squeeze, Unsqueeze and Flatten: the same elements in the same order. */
const reshape: Rule = onData((reached, track) => {
  const { node } = reached;
  const [from, to] = [node.input(0)?.type.shape, node.output()?.type.shape];
  if (!from || !to) return `${node.label}: its shapes are not known`;
  const after = throughReshape(from, to, track);
  if (typeof after === 'string') return `${node.label}: ${after}`;
  if (!node.is('Reshape')) return { outputs: new Map([[0, after]]) };
  const operand = reshapedTo(node, track, after, new Set());
  if (typeof operand === 'string') return operand;
  return { outputs: new Map([[0, after]]), constants: (removed) => new Map([[1, reshapedTo(node, track, after, removed) as Tensor]]) };
});

const pad: Rule = onData((reached, track, rank) => {
  const { node } = reached;
  const pads = node.attributes.ints('pads') ?? constantInts(node.input(1));
  const axes = node.input(3) ? constantInts(node.input(3)) : Array.from({ length: rank }, (_, i) => i);
  if (!pads || !axes) return `${node.label} pads by what is computed`;
  const at = axes.findIndex((axis) => normalAxis(axis, rank) === track.axis);
  return at < 0 || (pads[at] === 0 && pads[at + axes.length] === 0) ? pass(reached, track) : `${node.label} pads them`;
});

const resize: Rule = onData((reached, track) => {
  const { node } = reached;
  const [before, after] = [node.input(0)?.type.shape?.[track.axis], node.output()?.type.shape?.[track.axis]];
  if (typeof before !== 'number' || before !== after) return `${node.label} resamples them`;
  const sizes = node.input(3);
  if (!sizes || (sizes.constant?.size === 0)) return pass(reached, track);
  const axes = node.attributes.ints('axes');
  if (axes && !axes.includes(track.axis)) return pass(reached, track);
  const stated = constantInts(sizes);
  if (!stated || axes) return `${node.label} resizes to what is computed`;
  return {
    ...pass(reached, track),
    constants: (removed) => new Map([[3, Tensor.of('int64', [stated.length], stated.map((size, axis) => (axis === track.axis ? track.units.filter((unit) => !removed.has(unit)).length : size)))]]),
  };
});

const tile: Rule = onData((reached, track) => {
  return constantInts(reached.node.input(1))?.[track.axis] === 1 ? pass(reached, track) : `${reached.node.label} repeats them`;
});

/** Output channel c of a DepthToSpace is made of b² channels, which have to belong to one unit. */
const depthToSpace: Rule = onData(({ node }, track) => {
  const sub = node.attributes.int('blocksize', 1) ** 2;
  const channels = track.units.length / sub;
  const source = (c: number, r: number): number => (node.attributes.string('mode', 'DCR') === 'CRD' ? c * sub + r : r * channels + c);
  const units = Array.from({ length: channels }, (_, c) => track.units[source(c, 0)] as number);
  const together = units.every((unit, c) => Array.from({ length: sub }, (_, r) => track.units[source(c, r)]).every((other) => other === unit));
  return track.axis === 1 && together ? { outputs: new Map([[0, { axis: 1, units }]]) } : `${node.label} takes several of them for one channel`;
});

const spaceToDepth: Rule = onData((reached, track) => {
  const sub = reached.node.attributes.int('blocksize', 1) ** 2;
  return track.axis === 1 ? { outputs: new Map([[0, { axis: 1, units: new Array<readonly number[]>(sub).fill(track.units).flat() }]]) } : `${reached.node.label} moves them into channels`;
});

export const LAYOUT: Readonly<Record<string, Rule>> = {
  Transpose: transpose, Reshape: reshape, Squeeze: reshape, Unsqueeze: reshape, Flatten: reshape, Pad: pad, Resize: resize, Upsample: resize, Tile: tile,
  DepthToSpace: depthToSpace, SpaceToDepth: spaceToDepth,
};
