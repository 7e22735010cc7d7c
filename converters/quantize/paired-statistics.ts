import { join } from 'node:path';
import type { Executor, NamedArrays, NdArray } from '../../models/contracts/index.ts';
import type { Model, Value } from '../../models/graph/index.ts';
import { type WriteOptions, writeModel } from '../../models/onnx/index.ts';
import { fetchValues } from './fetch-values.ts';
import { LayerMoments, type LayerStatistics } from './layer-statistics.ts';

/** Where drafts of the quantized model lie while they run. */
export interface Scratch {
  readonly folder: string;
  /** Where weights come from that are not in memory. */
  readonly write?: WriteOptions;
}

export interface PairedOptions {
  readonly executor: Executor;
  readonly modelPath: string;
  readonly calibration: AsyncIterable<NamedArrays> | Iterable<NamedArrays>;
  readonly scratch: Scratch;
  readonly progress?: () => void;
  readonly signal?: AbortSignal;
}

/**
 * What layers see in a quantized draft beside what they see in the float model, at the same places: `names` are those of the values that the layers
 * make, which both models have. The draft is written to the scratch folder.
 */
export async function pairedStatistics(draft: Model, names: readonly string[], float: Model, { executor, modelPath, calibration, scratch, progress, signal }: PairedOptions): Promise<Map<string, LayerStatistics | null>> {
  const path = join(scratch.folder, 'draft.onnx');
  await writeModel(draft.toProto(), path, scratch.write);
  const layers = names.flatMap((name) => {
    const node = float.graph.values.get(name)?.producer;
    const [own, seen] = [node?.input(0), draft.graph.values.get(name)?.producer?.input(0)];
    const moments = node && LayerMoments.of(node);
    return moments && own && seen ? [{ name, moments, own, seen }] : [];
  });
  const unique = (values: readonly Value[]): Value[] => [...new Set(values)];
  const run = { optimization: 'off', ...(signal ? { signal } : {}) } as const;
  for await (const feed of calibration) {
    const [plain, quantized] = [new Map<string, NdArray>(feed), new Map<string, NdArray>(feed)];
    for await (const [name, array] of fetchValues(executor, modelPath, feed, unique(layers.map(({ own }) => own)), run)) plain.set(name, array);
    for await (const [name, array] of fetchValues(executor, path, feed, unique(layers.map(({ seen }) => seen)), run)) quantized.set(name, array);
    for (const { moments, own, seen } of layers) {
      const [x, q] = [plain.get(own.name), quantized.get(seen.name)];
      if (x && q) moments.add(q, x);
    }
    progress?.();
  }
  return new Map(layers.map(({ name, moments }) => [name, moments.statistics()]));
}
