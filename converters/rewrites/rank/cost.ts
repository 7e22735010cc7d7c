import type { TargetProfile } from '../../rules/target-profile.ts';

/**
 * What a form of a chain costs; the first difference decides: values above the rank limit, steps that copy data, whether a value lies above
 * the preferred rank, nodes, bytes of an element while it is moved.
 */
export type Cost = readonly [aboveLimit: number, moves: number, abovePreferred: number, nodes: number, width: number];

/** `ranks`: of the values inside the chain. */
export function costOf(ranks: readonly number[], moves: number, nodes: number, width: number, target: TargetProfile): Cost {
  const above = ranks.filter((rank) => rank > target.rankLimit).length;
  return [above, moves, ranks.some((rank) => rank > target.preferredRank) ? 1 : 0, nodes, width];
}

/** True where `a` costs less than `b`. `figures`: how many of the first figures count. */
export function cheaper(a: Cost, b: Cost, figures: number = a.length): boolean {
  for (let i = 0; i < figures; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (x !== y) return x < y;
  }
  return false;
}
