import { applyCompression, type Compressed, type CompressionOptions } from '../../converters/compress/index.ts';
import type { NamedArrays, NdArray } from '../../models/contracts/index.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import { type ModelProto, Tensor } from '../../models/onnx/index.ts';
import { Prng } from '../../models/run/index.ts';
import { buildModel, type ModelSpec } from './build-model.ts';
import { relativeToRange } from './compare.ts';
import { runOrt } from './ort.ts';

/** A model whose shapes are inferred. */
export function modelOf(source: ModelProto | ModelSpec): Model {
  const model = new Model('nodes' in source ? buildModel(source) : source);
  inferShapes(model);
  return model;
}

export function compress(source: ModelProto | ModelSpec, spec: string, options?: CompressionOptions): Promise<Compressed> {
  return applyCompression(modelOf(source), spec, options);
}

/** Normal numbers; the same seed gives the same tensor. */
export function normal(dims: readonly number[], seed: number, scale = 1): Tensor {
  const prng = new Prng(seed);
  return Tensor.of('float32', dims, Float64Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() * scale));
}

/** Normal values for every input; open dimensions get the sizes given, 2 at the batch and 12 elsewhere. */
export function feedOf(model: Model, open: Readonly<Record<string, number>> = {}): NamedArrays {
  return new Map(model.graph.inputs.filter(({ initializer }) => !initializer).map(({ name, type }, i): [string, NdArray] => {
    const dims = (type.shape ?? []).map((dim, axis) => (typeof dim === 'number' ? dim : (open[String(dim)] ?? (axis === 0 ? 2 : 12))));
    return [name, normal(dims, 100 + i).toNdArray()];
  }));
}

/** The first initializer of that name. */
export function initializer(proto: ModelProto, name: string): Tensor {
  const found = proto.graph?.initializer?.find((tensor) => tensor.name === name);
  if (!found) throw new Error(`no initializer ${name}`);
  return Tensor.fromProto(found);
}

/** A copy of a model with other initializers. */
export function withInitializers(proto: ModelProto, changed: Readonly<Record<string, Tensor>>): ModelProto {
  const initializers = (proto.graph?.initializer ?? []).map((tensor) => changed[tensor.name ?? '']?.toProto(tensor.name ?? '') ?? tensor);
  return { ...proto, graph: { ...proto.graph, initializer: initializers } };
}

/** Zeros at some places of one axis. */
export function zeroedAlong(tensor: Tensor, axis: number, places: readonly number[]): Tensor {
  const inner = tensor.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const gone = new Set(places);
  return Tensor.of(tensor.dtype, tensor.dims, tensor.numbers().map((value, i) => (gone.has(Math.floor(i / inner) % (tensor.dims[axis] as number)) ? 0 : value)));
}

/** Largest difference of any output of two models on one feed, as a share of the output's range. ONNX Runtime computes both. */
export async function differenceOf(a: ModelProto, b: ModelProto, feed: NamedArrays): Promise<number> {
  const [left, right] = [await runOrt(a, feed), await runOrt(b, feed)];
  return Math.max(...[...right].map(([name, array]) => relativeToRange(left.get(name) as NdArray, array)));
}

/** Noise over signal of the first output of two models on one feed, as powers: Σ (a − b)² / Σ b². */
export async function noiseOf(a: ModelProto, b: ModelProto, feed: NamedArrays): Promise<number> {
  const [left, right] = [await runOrt(a, feed), await runOrt(b, feed)].map((outputs) => Tensor.fromNdArray([...outputs.values()][0] as NdArray).numbers()) as [Float64Array, Float64Array];
  const power = (of: (i: number) => number): number => right.reduce((sum, _, i) => sum + of(i) ** 2, 0);
  return power((i) => (left[i] as number) - (right[i] as number)) / power((i) => right[i] as number);
}
