import type { Node, Patch, Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import { takeAlong } from '../../rewrites/weights/index.ts';
import { reshapedTo } from './reshape-operand.ts';
import { throughReshape } from './through-reshape.ts';
import { keptIndices, narrowedType, type Removed, type Track } from './track.ts';

/** A constant at the root of a parameter, and how the units lie in it. */
export interface Root {
  readonly value: Value;
  readonly tensor: Tensor;
  readonly track: Track;
}

/**
 * The constants that a parameter is made of, followed backwards through nodes that move, cast, dequantize or look up constants; the
 * reason where it depends on an input, or the units are lost on the way.
 */
export function rootsOf(value: Value, track: Track): readonly Root[] | string {
  if (value.constant) {
    const { dims } = value.constant;
    return dims[track.axis] === track.units.length ? [{ value, tensor: value.constant, track }] : `"${value.name}" [${dims}] has not ${track.units.length} entries along axis ${track.axis}`;
  }
  const sources = value.producer ? sourcesOf(value.producer, track) : `"${value.name}" is not constant`;
  if (typeof sources === 'string') return sources;
  const roots: Root[] = [];
  for (const [slot, inner] of sources) {
    const found = rootsOf((value.producer as Node).input(slot) as Value, inner);
    if (typeof found === 'string') return found;
    roots.push(...found);
  }
  return roots;
}

/** Parameters without the removed units, made once for each way they are needed. */
export class NarrowedParameters {
  readonly #patch: Patch;
  readonly #removed: Removed;
  readonly #made = new Map<string, Value>();

  constructor(patch: Patch, removed: Removed) {
    this.#patch = patch;
    this.#removed = removed;
  }

  /** `rootsOf` must have found the parameter's constants. */
  narrowed(value: Value, track: Track): Value {
    const key = `${value.name}\n${track.axis}\n${track.units.join()}`;
    const known = this.#made.get(key);
    if (known) return known;
    const made = value.constant ? this.#constant(value, value.constant, track) : this.#node(value, value.producer as Node, track);
    this.#made.set(key, made);
    if (!this.#patch.inherited.has(value)) this.#patch.inherit(value, made);
    return made;
  }

  #constant(value: Value, tensor: Tensor, track: Track): Value {
    return this.#patch.constant(takeAlong(tensor, track.axis, keptIndices(track, this.#removed)), value.name);
  }

  #node(value: Value, node: Node, track: Track): Value {
    const inputs = [...node.inputs];
    const sources = sourcesOf(node, track) as Sources;
    for (const [slot, inner] of sources) inputs[slot] = this.narrowed(node.input(slot) as Value, inner);
    if (node.is('Reshape')) inputs[1] = this.#patch.constant(reshapedTo(node, sources.get(0) ?? null, track, this.#removed) as Tensor, `${node.name}_shape`);
    const made = this.#patch.copy(node, inputs)[0] as Value;
    made.type = made.stated = narrowedType(value.type, track, this.#removed);
    return made;
  }
}

type Sources = ReadonlyMap<number, Track>;

/** Where a track of a node's output comes from, by input. */
function sourcesOf(node: Node, track: Track): Sources | string {
  const source = node.input(0)?.type.shape;
  const lost = `"${node.output()?.name ?? ''}" is computed, not constant`;
  if (!source) return lost;
  const one = (axis: number): Sources => new Map([[0, { axis, units: track.units }]]);
  if (node.is('Identity', 'Cast')) return one(track.axis);
  if (node.is('Transpose')) return one((node.attributes.ints('perm') ?? source.map((_, i) => source.length - 1 - i))[track.axis] as number);
  if (node.is('QuantizeLinear', 'DequantizeLinear')) return quantizedSources(node, track, source.length);
  if (node.is('Gather')) return gatheredSources(node, track, source.length);
  if (!node.is('Reshape', 'Squeeze', 'Unsqueeze', 'Flatten')) return lost;
  const shape = node.output()?.type.shape;
  const back = shape ? throughReshape(shape, source, track) : lost;
  if (typeof back === 'string') return back;
  const operand = node.is('Reshape') ? reshapedTo(node, back, track, new Set()) : null;
  return typeof operand === 'string' ? operand : new Map([[0, back]]);
}

function quantizedSources(node: Node, track: Track, rank: number): Sources | string {
  const axis = node.attributes.int('axis', 1);
  const sources = new Map<number, Track>([[0, track]]);
  for (const slot of [1, 2]) {
    const grid = node.input(slot);
    const dims = grid?.type.shape;
    if (!grid || dims?.length === 0 || (dims?.length === 1 && dims[0] === 1)) continue;
    if (dims?.length !== 1) return `${node.label} has scales per block`;
    if ((axis < 0 ? axis + rank : axis) === track.axis) sources.set(slot, { axis: 0, units: track.units });
  }
  return sources;
}

function gatheredSources(node: Node, track: Track, rank: number): Sources | string {
  const stated = node.attributes.int('axis', 0);
  const axis = stated < 0 ? stated + rank : stated;
  const indices = node.input(1)?.type.shape?.length;
  if (indices === undefined || !node.input(1)?.constant) return `${node.label} looks up at places that are not constant`;
  if (track.axis < axis) return new Map([[0, track]]);
  if (track.axis < axis + indices) return `${node.label} looks the units up`;
  return new Map([[0, { axis: track.axis - indices + 1, units: track.units }]]);
}
