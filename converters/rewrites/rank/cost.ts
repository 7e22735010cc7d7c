import type { TargetProfile } from '../../rules/target-profile.ts';

/** What a form of a chain costs. */
export interface Cost {
  /** Steps that compute or copy above the rank limit, and values above it. */
  readonly workAboveLimit: number;
  readonly valuesAboveLimit: number;
  /** Steps that copy data. */
  readonly moves: number;
  /** The same as above for the preferred rank. */
  readonly workAbovePreferred: number;
  readonly valuesAbovePreferred: number;
  readonly nodes: number;
  /** Bits of an element while it is moved. */
  readonly width: number;
  /** Elements of constants that move along. */
  readonly constants: number;
}

/** The first difference decides. */
const ORDER: readonly (keyof Cost)[] = [
  'workAboveLimit', 'valuesAboveLimit', 'moves', 'workAbovePreferred', 'valuesAbovePreferred', 'nodes', 'width', 'constants',
];

interface Bill extends Pick<Cost, 'moves' | 'nodes' | 'width' | 'constants'> {
  /** Ranks of the values that movement gives inside of the chain. */
  readonly moved: readonly number[];
  /** Ranks at which elementwise steps run and data is copied. */
  readonly worked: readonly number[];
}

export function costOf({ moved, worked, moves, nodes, width, constants }: Bill, { rankLimit, preferredRank }: TargetProfile): Cost {
  const above = (ranks: readonly number[], limit: number): number => ranks.filter((rank) => rank > limit).length;
  return {
    workAboveLimit: above(worked, rankLimit), valuesAboveLimit: above(moved, rankLimit), moves,
    workAbovePreferred: above(worked, preferredRank), valuesAbovePreferred: above(moved, preferredRank), nodes, width, constants,
  };
}

/** True where `a` costs less than `b`; figures after `last` do not count. */
export function cheaper(a: Cost, b: Cost, last: keyof Cost = 'constants'): boolean {
  for (const figure of ORDER) {
    if (a[figure] !== b[figure]) return a[figure] < b[figure];
    if (figure === last) break;
  }
  return false;
}
