import type { TargetProfile } from '../../rules/target-profile.ts';

/**
 * What a form of a chain costs; the first difference decides: computations above the rank limit, moved values above it, steps that copy data,
 * computations above the preferred rank (and 1 if a moved value is), nodes, bytes of an element while it is moved.
 */
export type Cost = readonly [computedAbove: number, movedAbove: number, moves: number, abovePreferred: number, nodes: number, width: number];

export interface Bill {
  /** Ranks of the values that movement gives inside of the chain. */
  readonly moved: readonly number[];
  /** Ranks at which elementwise steps run. */
  readonly computed: readonly number[];
  readonly moves: number;
  readonly nodes: number;
  readonly width: number;
}

export function costOf({ moved, computed, moves, nodes, width }: Bill, { rankLimit, preferredRank }: TargetProfile): Cost {
  const above = (ranks: readonly number[], limit: number): number => ranks.filter((rank) => rank > limit).length;
  const preferred = above(computed, preferredRank) + Math.min(1, above(moved, preferredRank));
  return [above(computed, rankLimit), above(moved, rankLimit), moves, preferred, nodes, width];
}

/** True where `a` costs less than `b`. `figures`: how many of the first figures count. */
export function cheaper(a: Cost, b: Cost, figures: number = a.length): boolean {
  for (let i = 0; i < figures; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (x !== y) return x < y;
  }
  return false;
}
