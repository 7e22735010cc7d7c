import { join } from 'node:path';
import type { NdArray } from '../../../models/contracts/index.ts';
import type { Model, Node, Value } from '../../../models/graph/index.ts';
import { writeModel } from '../../../models/onnx/index.ts';
import { fetchValues } from '../../quantize/fetch-values.ts';
import { LayerMoments, type LayerStatistics } from '../../quantize/layer-statistics.ts';
import type { CompressionCalibration } from '../calibration.ts';

/** Second moments of what layers see, over all calibration inputs; layers whose windows cannot be gathered are not in it. */
export async function layerStatistics(model: Model, layers: Iterable<Node>, { executor, feeds, folder, write }: CompressionCalibration, signal?: AbortSignal): Promise<Map<Node, LayerStatistics>> {
  const moments = new Map([...new Set(layers)].flatMap((node): [Node, LayerMoments][] => {
    const own = LayerMoments.of(node);
    return own && node.input(0) ? [[node, own]] : [];
  }));
  if (moments.size === 0) return new Map();
  const path = join(folder, 'draft.onnx');
  await writeModel(model.toProto(), path, write);
  const values = [...new Set([...moments.keys()].map((node) => node.input(0) as Value))];
  const see = (name: string, array: NdArray): void => {
    for (const [node, own] of moments) if (node.input(0)?.name === name) own.add(array);
  };
  for (const feed of feeds) {
    for (const [name, array] of feed) see(name, array);
    for await (const [name, array] of fetchValues(executor, path, feed, values, { optimization: 'off', ...(signal ? { signal } : {}) })) see(name, array);
  }
  return new Map([...moments].flatMap(([node, own]) => {
    const statistics = own.statistics();
    return statistics ? [[node, statistics]] : [];
  }));
}
