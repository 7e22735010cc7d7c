import type { Executor, NamedArrays } from '../../../models/contracts/index.ts';
import { inferShapes, Model, type Node, Patch, type Value } from '../../../models/graph/index.ts';
import { type ConvView, readConv } from '../../rewrites/weights/conv-view.ts';
import { writeConv } from '../../rewrites/weights/write-conv.ts';
import { fetchValues } from '../fetch-values.ts';
import { channelScales } from './channel-scales.ts';
import { type ChannelSet, channelSets } from './channel-sets.ts';

export interface EqualizeOptions {
  readonly executor: Executor;
  /** The file that `model` was read from. */
  readonly modelPath: string;
  readonly calibration: Iterable<NamedArrays>;
  /** From 0, which changes nothing, to 1, where every channel fills the grid. */
  readonly strength: number;
  readonly signal?: AbortSignal;
}

export interface Equalized {
  /** A new model; null where no channels can be scaled. */
  readonly model: Model | null;
  /** Sets whose channels were scaled, and of these those with a Clip above. */
  readonly sets: number;
  readonly clipped: number;
}

/**
 * Cross-layer equalization (Nagel et al., 2019, §4.1) over whole sets of values, residual streams among them: output channels of the layers that make
 * them are multiplied, input channels of those that read them divided, so that quiet channels use more of the tensor's grid. The same function in
 * real arithmetic; below a Clip only up to what calibration has seen of each channel, where a quantized range would end as well.
 */
export async function equalize(source: Model, { executor, modelPath, calibration, strength, signal }: EqualizeOptions): Promise<Equalized> {
  const model = new Model(source.toProto());
  inferShapes(model);
  const sets = channelSets(model.graph);
  if (sets.length === 0) return { model: null, sets: 0, clipped: 0 };
  const peaks = new Map(sets.flatMap(({ values, channels }) => values.map((value) => [value.name, new Float64Array(channels)] as const)));
  const values = sets.flatMap((set) => set.values);
  for (const feed of calibration) {
    for await (const [name, { data, dims }] of fetchValues(executor, modelPath, feed, values, { optimization: 'off', ...(signal ? { signal } : {}) })) {
      raise(peaks.get(name) as Float64Array, data as ArrayLike<number>, dims);
    }
  }
  const factors = new Map<Node, LayerFactors>();
  for (const set of sets) {
    const scales = channelScales(set, peaksOf(set, peaks), strength);
    for (const { node } of set.makers) factors.set(node, { ...factors.get(node), rows: scales });
    for (const { node } of set.readers) factors.set(node, { ...factors.get(node), columns: scales });
  }
  for (const [node, factor] of factors) scaleLayer(model, node, factor);
  model.graph.sort();
  return { model, sets: sets.length, clipped: sets.filter(({ bound }) => bound !== null).length };
}

interface LayerFactors {
  /** Multiplied into output channels. */
  readonly rows?: Float64Array;
  /** Divided out of input channels. */
  readonly columns?: Float64Array;
}

/** The values that are held on a grid count: what a Relu or Clip alone reads is not. */
function peaksOf({ values, channels }: ChannelSet, peaks: ReadonlyMap<string, Float64Array>): Float64Array {
  const held = values.filter((value) => !value.soleConsumer?.is('Relu', 'Clip'));
  const out = new Float64Array(channels);
  for (const { name } of held as readonly Value[]) (peaks.get(name) as Float64Array).forEach((peak, c) => { out[c] = Math.max(out[c] as number, peak); });
  return out;
}

function raise(peaks: Float64Array, data: ArrayLike<number>, dims: readonly number[]): void {
  const inner = dims.slice(2).reduce((a, b) => a * b, 1);
  for (let at = 0, plane = 0; at < data.length; plane++) {
    const c = plane % peaks.length;
    let peak = peaks[c] as number;
    for (const end = at + inner; at < end; at++) {
      const magnitude = Math.abs(data[at] as number);
      if (magnitude > peak) peak = magnitude;
    }
    peaks[c] = peak;
  }
}

function scaleLayer({ graph, opset }: Model, node: Node, { rows, columns }: LayerFactors): void {
  const view = readConv(node) as ConvView;
  const weights = view.weights();
  const [perGroup, taps] = [view.inChannels / view.group, view.kernel.reduce((a, b) => a * b, 1)];
  const groupSize = view.outChannels / view.group;
  weights.forEach((weight, at) => {
    const o = Math.floor(at / (perGroup * taps));
    const i = Math.floor(o / groupSize) * perGroup + (Math.floor(at / taps) % perGroup);
    weights[at] = (weight * (rows?.[o] ?? 1)) / (columns?.[i] ?? 1);
  });
  const biases = view.biases();
  const patch = new Patch(graph, opset);
  const output = writeConv(view, patch, { weights, ...(biases && rows ? { bias: biases.map((b, o) => b * (rows[o] as number)) } : {}) });
  if (typeof output === 'string') throw new Error(output);
  patch.replace(view.output, output).remove(node).apply();
}
