import { evaluateDim, symbolsOf } from '../../../models/graph/index.ts';
import type { InputSpec } from '../../../models/run/index.ts';

export type Binding = ReadonlyMap<string, number>;

/** Sizes to try for open dimensions: divisible by 8, small and odd, other multiples. A batch is kept small. */
const SIZES: readonly (readonly [first: number, step: number])[] = [
  [16, 8],
  [7, 2],
  [48, 16],
  [12, 6],
  [64, 64],
];
const BATCHES = [2, 1, 3, 1, 1] as const;

/** Assignments of sizes to the symbols in some inputs, each different from the next; one empty one where all sizes are numbers. */
export function bindingsFor(inputs: readonly InputSpec[]): Binding[] {
  const symbols = [...new Set(inputs.flatMap(({ dims }) => dims.flatMap((dim) => [...symbolsOf(dim)])))];
  if (symbols.length === 0) return [new Map()];
  return SIZES.map(
    ([first, step], round) =>
      new Map(symbols.map((symbol, i) => [symbol, BATCH.test(symbol) ? (BATCHES[round] ?? 1) : first + step * (i % 3)])),
  );
}

/** Inputs with static sizes, or null where a size is no whole number under this binding. */
export function bind(inputs: readonly InputSpec[], binding: Binding): InputSpec[] | null {
  const bound = inputs.map((input) => ({ ...input, dims: input.dims.map((dim) => evaluateDim(dim, binding)) }));
  const isSize = (dim: unknown): boolean => typeof dim === 'number' && Number.isInteger(dim) && dim >= 0;
  return bound.every(({ dims }) => dims.every(isSize)) ? bound : null;
}

const BATCH = /^(n|b|bs|batch.*)$/i;
