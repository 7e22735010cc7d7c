import type { Graph, Node, Value } from '../../../models/graph/index.ts';
import { clipRange } from '../../rewrites/fold/carry/value-range.ts';
import { type ConvView, readConv } from '../../rewrites/weights/conv-view.ts';

/** Values whose channels can be scaled alike without changing what a network computes: linear layers make them, linear layers read them. */
export interface ChannelSet {
  readonly values: readonly Value[];
  readonly channels: number;
  /** Layers whose output channels are multiplied. */
  readonly makers: readonly ConvView[];
  /** Layers whose input channels are divided. */
  readonly readers: readonly ConvView[];
  /** Least upper bound of Clips inside: channels may be raised up to it as far as they stay below. Null where nothing cuts at the top. */
  readonly bound: number | null;
}

/** f(s·x) = s·f(x) for s > 0, channel by channel. */
const HOMOGENEOUS = new Set(['Relu', 'LeakyRelu', 'PRelu', 'Identity', 'Dropout', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'Add', 'Sub']);

/** Finds the sets of a typed graph. Values of rank 4 with channels at axis 1; what is seen outside, or read by anything else, forbids a set. */
export function channelSets(graph: Graph): ChannelSet[] {
  const parent = new Map<Value, Value>();
  const rootOf = (value: Value): Value => {
    const up = parent.get(value);
    return up && up !== value ? rootOf(up) : value;
  };
  for (const node of graph.nodes()) {
    const joined = passes(node) ? [...dataOf(node), node.output() as Value] : [];
    for (const value of joined) if (!parent.has(value)) parent.set(value, value);
    for (const value of joined.slice(1)) parent.set(rootOf(value), rootOf(joined[0] as Value));
  }
  for (const node of graph.nodes()) {
    const made = layerAt(node)?.output;
    if (made && !parent.has(made)) parent.set(made, made);
  }
  const sets = new Map<Value, Value[]>();
  for (const value of parent.keys()) sets.set(rootOf(value), [...(sets.get(rootOf(value)) ?? []), value]);
  return [...sets.values()].flatMap((values) => readSet(values) ?? []);
}

function readSet(values: readonly Value[]): ChannelSet | null {
  const channels = channelsOf(values[0] as Value);
  const makers = new Set<ConvView>();
  const readers = new Map<Node, ConvView>();
  let bound: number | null = null;
  for (const value of values) {
    if (channels === null || channelsOf(value) !== channels || value.isGraphInput || value.isGraphOutput || !value.producer) return null;
    const maker = passes(value.producer) ? null : layerAt(value.producer);
    if (!passes(value.producer) && !maker) return null;
    if (maker) makers.add(maker);
    const top = value.producer.is('Clip') ? clipRange(value)?.[1] : undefined;
    if (top !== undefined && Number.isFinite(top)) bound = Math.min(bound ?? top, top);
    for (const { node, index } of value.uses) {
      if (passes(node)) continue;
      const reader = readers.get(node) ?? (index === 0 ? layerAt(node) : null);
      if (!reader || reader.inChannels !== channels) return null;
      readers.set(node, reader);
    }
  }
  return channels !== null && makers.size > 0 && readers.size > 0 ? { values, channels, makers: [...makers], readers: [...readers.values()], bound } : null;
}

/** True for what scales along with its input: the homogeneous, and Clip from 0 upwards below its upper bound. */
function passes(node: Node): boolean {
  if (!node.isOnnx || !node.output() || node.outputs.length !== 1) return false;
  if (node.is('Clip')) return clipRange(node.output() as Value)?.[0] === 0;
  if (!HOMOGENEOUS.has(node.opType)) return false;
  return !node.is('Add', 'Sub') || dataOf(node).length === 2;
}

function dataOf(node: Node): Value[] {
  const inputs = node.is('Add', 'Sub') ? node.inputs : node.inputs.slice(0, 1);
  return inputs.flatMap((value) => (value && !value.constant ? [value] : []));
}

function layerAt(node: Node): ConvView | null {
  const view = node.is('Conv', 'ConvTranspose') ? readConv(node) : 'no convolution';
  return typeof view === 'string' || view.pads === null ? null : view;
}

function channelsOf({ type: { shape } }: Value): number | null {
  const channels = shape?.length === 4 ? shape[1] : null;
  return typeof channels === 'number' ? channels : null;
}
