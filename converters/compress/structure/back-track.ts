import type { Node, Value } from '../../../models/graph/index.ts';
import { layerUnits } from './layer-seed.ts';
import { constantInts, normalAxis, rankOf } from './rule.ts';
import { throughReshape } from './through-reshape.ts';
import type { Track } from './track.ts';

/** Which unit each output of a layer belongs to, as far as it is known; −1: not known. */
export type Origins = Map<Node, number[]>;

const POINTWISE = ['Add', 'Sub', 'Mul', 'Div', 'Identity', 'Cast', 'Dropout', 'Relu', 'Clip', 'Sqrt', 'Softplus', 'Elu', 'QuantizeLinear', 'DequantizeLinear'];

/** Follows a track of a value back to the linear layers that made it, and notes there which outputs are which units. The reason where it is lost. */
export function backTrack(value: Value, track: Track, origins: Origins): string | null {
  const node = value.producer;
  if (!node) return `"${value.name}" comes from no layer`;
  const layer = layerUnits(node);
  if (typeof layer === 'string') return layer;
  if (layer) return note(node, track, layer.count, origins);
  const sources = sourcesOf(node, value, track);
  if (typeof sources === 'string') return sources;
  for (const [source, inner] of sources) {
    const reason = backTrack(source, inner, origins);
    if (reason !== null) return reason;
  }
  return null;
}

function note(node: Node, { axis, units }: Track, count: number, origins: Origins): string | null {
  const rank = rankOf(node.output()) ?? 0;
  if (axis !== (node.is('MatMul') ? rank - 1 : 1) || units.length !== count) return `the heads are no outputs of ${node.label}`;
  const known = origins.get(node) ?? new Array<number>(count).fill(-1);
  origins.set(node, known);
  for (const [i, unit] of units.entries()) {
    if (unit < 0) continue;
    if (known[i] !== -1 && known[i] !== unit) return `${node.label} gives one output to two heads`;
    known[i] = unit;
  }
  return null;
}

function sourcesOf(node: Node, value: Value, track: Track): readonly (readonly [Value, Track])[] | string {
  const lost = `${node.label} (${node.opType}) hides where its heads come from`;
  const [source, shape] = [node.input(0), value.type.shape];
  const from = source?.type.shape;
  if (!source || !from || !shape) return lost;
  const one = (axis: number, units = track.units): readonly (readonly [Value, Track])[] => [[source, { axis, units }]];
  if (node.is('Transpose')) return one((node.attributes.ints('perm') ?? from.map((_, i) => from.length - 1 - i))[track.axis] as number);
  if (node.is('Reshape', 'Squeeze', 'Unsqueeze', 'Flatten')) {
    const back = throughReshape(shape, from, track);
    return typeof back === 'string' ? lost : [[source, back]];
  }
  if (node.is(...POINTWISE)) return pointwiseSources(node, shape.length, track);
  const axis = normalAxis(node.attributes.int('axis', node.is('LayerNormalization', 'Softmax') ? -1 : 0), from.length);
  if (node.is('LayerNormalization')) return track.axis < axis ? one(track.axis) : lost;
  if (node.is('Gather')) return gathered(node, from.length, axis, track, one) ?? lost;
  if (node.is('Split')) return axis === track.axis ? cut(track, offsetOf(node, value, axis), from[axis]) ?? lost : one(track.axis);
  if (node.is('Slice')) return sliced(node, from, track, one) ?? lost;
  return lost;

  function cut({ units }: Track, start: number | null, length: unknown): readonly (readonly [Value, Track])[] | null {
    if (start === null || typeof length !== 'number') return null;
    return one(axis, Array.from({ length }, (_, i) => units[i - start] ?? -1));
  }
}

/** All inputs that are computed and have the units. */
function pointwiseSources(node: Node, rank: number, track: Track): readonly (readonly [Value, Track])[] {
  return node.inputs.flatMap((value): [Value, Track][] => {
    const own = rankOf(value);
    if (!value || value.constant || own === null) return [];
    const axis = track.axis - (rank - own);
    return axis < 0 || value.type.shape?.[axis] === 1 ? [] : [[value, { axis, units: track.units }]];
  });
}

type One = (axis: number, units?: readonly number[]) => readonly (readonly [Value, Track])[];

function gathered(node: Node, rank: number, axis: number, track: Track, one: One): ReturnType<One> | null {
  const places = rankOf(node.input(1));
  if (places === null || (places > 0 && track.axis >= axis && track.axis < axis + places)) return null;
  const back = track.axis < axis ? track.axis : track.axis - places + 1;
  return back < rank ? one(back) : null;
}

function offsetOf(node: Node, value: Value, axis: number): number | null {
  let start = 0;
  for (const output of node.outputs) {
    if (output === value) return start;
    const length = output?.type.shape?.[axis];
    if (typeof length !== 'number') return null;
    start += length;
  }
  return null;
}

function sliced(node: Node, from: readonly unknown[], track: Track, one: One): ReturnType<One> | null {
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((slot) => constantInts(node.input(slot)));
  const at = (axes ?? starts?.map((_, i) => i))?.findIndex((axis) => normalAxis(axis, from.length) === track.axis) ?? -1;
  if (at < 0) return axes || starts ? one(track.axis) : null;
  const length = from[track.axis];
  const start = starts?.[at];
  if (typeof length !== 'number' || start === undefined || !ends || (steps?.[at] ?? 1) !== 1) return null;
  const first = start < 0 ? start + length : start;
  return one(track.axis, Array.from({ length }, (_, i) => track.units[i - first] ?? -1));
}
