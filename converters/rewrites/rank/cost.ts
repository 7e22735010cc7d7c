import type { TargetProfile } from '../../rules/target-profile.ts';

/**
 * What a form of a chain costs; the first difference decides: steps that work above the rank limit, values above it, steps that copy data,
 * steps that work above the preferred rank (and 1 if a value lies there), nodes, bytes of an element while it is moved,
 * elements of constants that move along.
 */
export type Cost = readonly [workAbove: number, valuesAbove: number, moves: number, abovePreferred: number, nodes: number, width: number, constants: number];

export interface Bill {
  /** Ranks of the values that movement gives inside of the chain. */
  readonly moved: readonly number[];
  /** Ranks at which elementwise steps run and data is copied. */
  readonly worked: readonly number[];
  readonly moves: number;
  readonly nodes: number;
  readonly width: number;
  readonly constants: number;
}

export function costOf({ moved, worked, moves, nodes, width, constants }: Bill, { rankLimit, preferredRank }: TargetProfile): Cost {
  const above = (ranks: readonly number[], limit: number): number => ranks.filter((rank) => rank > limit).length;
  const preferred = above(worked, preferredRank) + Math.min(1, above(moved, preferredRank));
  return [above(worked, rankLimit), above(moved, rankLimit), moves, preferred, nodes, width, constants];
}

/** True where `a` costs less than `b`. `figures`: how many of the first figures count. */
export function cheaper(a: Cost, b: Cost, figures: number = a.length): boolean {
  for (let i = 0; i < figures; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (x !== y) return x < y;
  }
  return false;
}
