import { type Executor, type NamedArrays, type NdArray, UserError } from '../../models/contracts/index.ts';
import { staticShape, type Value } from '../../models/graph/index.ts';
import { Histogram } from './histogram.ts';
import type { LayerMoments } from './layer-statistics.ts';

export interface CalibrationOptions {
  /** Called after each input. */
  readonly progress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Layers whose input windows are gathered on the way. */
  readonly layers?: readonly LayerMoments[];
}

/** Bytes of activations that one execution may bring back. */
const BATCH_BYTES = 256 * 2 ** 20;

/**
 * Runs the float model on every input and gathers the distribution of `values` (graph inputs among them). Throws UserError when there is no
 * input, or when an activation is not finite.
 */
export async function calibrate(executor: Executor, modelPath: string, feeds: AsyncIterable<NamedArrays> | Iterable<NamedArrays>, values: readonly Value[], options: CalibrationOptions = {}): Promise<Map<string, Histogram>> {
  const histograms = new Map(values.map((value) => [value.name, new Histogram()]));
  const inner = values.filter((value) => !value.isGraphInput);
  const see = (name: string, array: NdArray): void => {
    histograms.get(name)?.add(array.data as ArrayLike<number>);
    for (const layer of options.layers ?? []) if (layer.input === name) layer.add(array);
  };
  let done = 0;
  for await (const feed of feeds) {
    for (const [name, array] of feed) see(name, array);
    for (const batch of batches(inner)) {
      const [outputs] = await executor.run(modelPath, [feed], { optimization: 'off', fetch: batch.map((v) => v.name), ...(options.signal ? { signal: options.signal } : {}) });
      for (const value of batch) {
        const array = outputs?.get(value.name);
        if (array) see(value.name, array);
      }
    }
    done++;
    options.progress?.(done);
  }
  if (done === 0) throw new UserError('There is nothing to calibrate on.', ['Name a folder with images (--data DIR).']);
  for (const [name, histogram] of histograms) {
    if (histogram.invalid > 0) throw new UserError(`Activation "${name}" has ${histogram.invalid} values that are not finite on the calibration data.`, ['Check the input contract (range, mean, std) and the model.']);
  }
  return histograms;
}

function* batches(values: readonly Value[]): IterableIterator<Value[]> {
  let batch: Value[] = [];
  let bytes = 0;
  for (const value of values) {
    const size = (staticShape(value.type)?.reduce((a, b) => a * b, 1) ?? 2 ** 22) * 4;
    if (batch.length > 0 && bytes + size > BATCH_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(value);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
