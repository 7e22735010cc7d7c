import { fewestMoves } from '../../../../converters/rewrites/rank/fewest-moves.ts';
import { permutations } from './brute-force.ts';

/** How many permutations of k axes take 0, 1, 2, … steps: over all, and over those in which no two neighbours stay neighbours. */
export function countSteps(k: number, rank: number): { all: number[]; irreducible: number[] } {
  const [all, irreducible]: [number[], number[]] = [[], []];
  for (const perm of permutations(k)) {
    const steps = fewestMoves(Array.from({ length: k }, () => 2), perm, rank)?.length ?? Number.NaN;
    all[steps] = (all[steps] ?? 0) + 1;
    if (perm.every((axis, i) => i === 0 || axis !== (perm[i - 1] as number) + 1)) irreducible[steps] = (irreducible[steps] ?? 0) + 1;
  }
  return { all, irreducible: Array.from(all, (_, i) => irreducible[i] ?? 0) };
}
