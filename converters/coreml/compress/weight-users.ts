import type { Operation, Plan } from '../plan.ts';

/** Axes of a weight that matter to the operation that uses it. */
export interface WeightAxes {
  /** Of output channels. */
  readonly output: number;
  /** Of input channels, of one group of a convolution. */
  readonly input: number;
}

/** The operations whose constants are weights, by their parameter. */
const WEIGHTS: Readonly<Record<string, readonly (readonly [parameter: string, axes: (rank: number) => WeightAxes])[]>> = {
  conv: [['weight', () => ({ output: 0, input: 1 })]],
  conv_transpose: [['weight', () => ({ output: 1, input: 0 })]],
  linear: [['weight', () => ({ output: 0, input: 1 })]],
  matmul: [['x', (rank) => ({ output: rank - 2, input: rank - 1 })], ['y', (rank) => ({ output: rank - 1, input: rank - 2 })]],
};

/** Constants that are weights of convolutions and matrix products, by name, as their first user takes them. */
export function weightAxes({ functions, constants }: Plan): ReadonlyMap<string, WeightAxes> {
  const ranks = new Map(constants.map(({ name, dims }) => [name, dims.length]));
  const found = new Map<string, WeightAxes>();
  for (const operation of functions.flatMap((f) => f.operations)) {
    for (const [name, axes] of weightsOf(operation)) {
      const rank = ranks.get(name);
      if (rank !== undefined && rank >= 2 && !found.has(name)) found.set(name, axes(rank));
    }
  }
  return found;
}

function weightsOf({ op, inputs }: Operation): [string, (rank: number) => WeightAxes][] {
  return (WEIGHTS[op] ?? []).flatMap(([parameter, axes]) => {
    const input = inputs[parameter];
    return input && 'ref' in input ? [[input.ref, axes]] : [];
  });
}
