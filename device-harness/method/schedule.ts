import { Prng } from '../../models/run/prng.ts';
import type { BlockSpec } from '../devices/device.ts';

/**
 * The blocks of one round: on every unit each variant once, the variants of a unit side by side. Variants follow a Williams
 * square whose labels are drawn by `seed`: over a full cycle of rounds each variant takes each place equally often and follows
 * each other one equally often, so that neither warming nor a neighbour's heat favours one. Two variants give AB BA AB BA.
 * Units take turns in being first.
 */
export function scheduleRound(variants: readonly string[], units: readonly string[], round: number, seed: number): BlockSpec[] {
  const labels = new Prng(seed).shuffle(variants);
  const rows = williamsSquare(labels.length);
  const row = rows[round % rows.length] as readonly number[];
  const perRound = variants.length * units.length;
  const turned = units.map((_, i) => units[(i + round) % units.length] as string);
  const pairs = turned.flatMap((unit) => row.map((label) => ({ unit, variant: labels[label] as string })));
  return pairs.map((pair, i) => ({ ...pair, round, order: round * perRound + i }));
}

/** Rows of 0…n−1, balanced for place and predecessor: n rows for even n, 2n for odd n (Williams 1949). */
export function williamsSquare(n: number): number[][] {
  const first = Array.from({ length: n }, (_, i) => (i % 2 ? (i + 1) / 2 : (n - i / 2) % n));
  const rows = Array.from({ length: n }, (_, shift) => first.map((value) => (value + shift) % n));
  return n % 2 === 0 || n === 1 ? rows : rows.flatMap((row) => [row, row.toReversed()]);
}
