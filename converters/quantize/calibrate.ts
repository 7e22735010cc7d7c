import { type Executor, type NamedArrays, type NdArray, UserError } from '../../models/contracts/index.ts';
import type { Value } from '../../models/graph/index.ts';
import { fetchValues } from './fetch-values.ts';
import { Histogram } from './histogram.ts';
import type { LayerMoments } from './layer-statistics.ts';

export interface CalibrationOptions {
  /** Called after each input. */
  readonly progress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Layers whose input windows are gathered on the way. */
  readonly layers?: readonly LayerMoments[];
  /** Inputs at the ends of what callers may send: they widen distributions, and layers do not see them. */
  readonly extremes?: readonly NamedArrays[] | undefined;
}

/**
 * Runs the float model on every input and gathers the distribution of `values` (graph inputs among them). Throws UserError when there is no
 * input, or when an activation is not finite.
 */
export async function calibrate(executor: Executor, modelPath: string, feeds: AsyncIterable<NamedArrays> | Iterable<NamedArrays>, values: readonly Value[], options: CalibrationOptions = {}): Promise<Map<string, Histogram>> {
  const histograms = new Map(values.map((value) => [value.name, new Histogram()]));
  const run = { optimization: 'off', ...(options.signal ? { signal: options.signal } : {}) } as const;
  const see = async (feed: NamedArrays, layers: readonly LayerMoments[]): Promise<void> => {
    const seen = (name: string, array: NdArray): void => {
      histograms.get(name)?.add(array.data as ArrayLike<number>);
      for (const layer of layers) if (layer.input === name) layer.add(array);
    };
    for (const [name, array] of feed) seen(name, array);
    for await (const [name, array] of fetchValues(executor, modelPath, feed, values, run)) seen(name, array);
  };
  let done = 0;
  for await (const feed of feeds) {
    await see(feed, options.layers ?? []);
    done++;
    options.progress?.(done);
  }
  if (done === 0) throw new UserError('There is nothing to calibrate on.', ['Name a folder with images (--data DIR).']);
  for (const feed of options.extremes ?? []) await see(feed, []);
  for (const [name, histogram] of histograms) {
    if (histogram.invalid > 0) throw new UserError(`Activation "${name}" has ${histogram.invalid} values that are not finite on the calibration data.`, ['Check the input contract (range, mean, std) and the model.']);
  }
  return histograms;
}
