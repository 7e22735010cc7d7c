import { Prng } from '../../models/run/prng.ts';

export interface PermutationTest {
  /** Probability of a sum at least as extreme if every difference could as well have the other sign. */
  readonly p: number;
  /** Every assignment of signs was counted; otherwise a seeded sample of them. */
  readonly exact: boolean;
}

/** Up to this many differences all 2ⁿ sign assignments are counted. */
const EXACT_LIMIT = 16;
const SAMPLES = 50_000;

/**
 * Sign-flip permutation test of paired differences (log ratios) around zero: a check of the t interval that assumes symmetry only.
 * `greater` asks whether they are positive. With n pairs p cannot go below 2⁻ⁿ (two-sided 2¹⁻ⁿ).
 */
export function signFlipTest(differences: readonly number[], side: 'two-sided' | 'greater', seed = 1): PermutationTest {
  const n = differences.length;
  if (n === 0) throw new RangeError('A permutation test needs at least one pair.');
  const observed = differences.reduce((a, b) => a + b, 0);
  const slack = 1e-12 * differences.reduce((sum, d) => sum + Math.abs(d), 0);
  const isExtreme = side === 'greater'
    ? (sum: number) => sum >= observed - slack
    : (sum: number) => Math.abs(sum) >= Math.abs(observed) - slack;
  if (n <= EXACT_LIMIT) return { p: countAll(differences, isExtreme) / 2 ** n, exact: true };
  const prng = new Prng(seed);
  let extreme = 1;
  for (let i = 0; i < SAMPLES; i++) {
    if (isExtreme(differences.reduce((sum, d) => sum + (prng.uint32() & 0x80000000 ? d : -d), 0))) extreme++;
  }
  return { p: extreme / (SAMPLES + 1), exact: false };
}

function countAll(differences: readonly number[], isExtreme: (sum: number) => boolean): number {
  let extreme = 0;
  for (let signs = 0; signs < 2 ** differences.length; signs++) {
    if (isExtreme(differences.reduce((sum, d, i) => sum + ((signs >> i) & 1 ? d : -d), 0))) extreme++;
  }
  return extreme;
}
