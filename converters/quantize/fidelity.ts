import type { Executor, NamedArrays, Scorer } from '../../models/contracts/index.ts';

export interface FidelityOptions {
  readonly executor: Executor;
  /** The float model that others are held against. */
  readonly floatPath: string;
  /** Inputs that no calibration saw. */
  readonly feeds: readonly NamedArrays[];
  /** Outputs are cut to it before they are compared, and it is the peak; null: as they are, against the float outputs' own range. */
  readonly range: readonly [low: number, high: number] | null;
}

/** Equal outputs. */
const BEST_DB = 200;

/**
 * How near a model's outputs are to the float model's, in dB: 10·log10(range² / mean square difference) over all feeds and outputs. It tells quantized
 * models apart that lose too little against an original to be told apart there.
 */
export function fidelityScorer({ executor, floatPath, feeds, range }: FidelityOptions): Scorer {
  let float: Promise<readonly NamedArrays[]> | null = null;
  return {
    id: 'fidelity',
    async score(modelPath, signal) {
      const options = { optimization: 'off', ...(signal ? { signal } : {}) } as const;
      float ??= executor.run(floatPath, feeds, options);
      const [wanted, outputs] = [await float, await executor.run(modelPath, feeds, options)];
      const cut = (value: number): number => (range ? Math.max(range[0], Math.min(range[1], value)) : value);
      let [squares, count, low, high] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      wanted.forEach((named, i) => {
        for (const [name, { data }] of named) {
          const other = outputs[i]?.get(name)?.data;
          for (let k = 0; k < data.length; k++) {
            const value = cut(Number(data[k]));
            [low, high] = [Math.min(low, value), Math.max(high, value)];
            squares += (value - cut(Number(other?.[k]))) ** 2;
          }
          count += data.length;
        }
      });
      const peak = range ? range[1] - range[0] : high - low;
      return squares === 0 ? BEST_DB : Math.min(BEST_DB, 10 * Math.log10((peak * peak * count) / squares));
    },
  };
}
