/** Result of a rank-sum test of two independent samples; two-sided. */
export interface RankTest {
  /** Pairs (a, b) with a > b, ties counting half. */
  readonly u: number;
  readonly p: number;
  readonly exact: boolean;
}

/** Without ties and up to this many values together the distribution of U is counted exactly. */
const EXACT_LIMIT = 50;

/**
 * Mann-Whitney U test. For blocks of two unpaired runs; samples within one block are not independent and must not be pooled here.
 * Exact for small samples without ties, else the normal approximation with corrections for ties and continuity.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): RankTest {
  const [n, m] = [a.length, b.length];
  if (n === 0 || m === 0) throw new RangeError('Both samples need at least one value.');
  const { rankSum, tieTerm } = rank(a, b);
  const u = rankSum - (n * (n + 1)) / 2;
  if (tieTerm === 0 && n + m <= EXACT_LIMIT) return { u, p: exactP(u, n, m), exact: true };
  const total = n + m;
  const deviation = Math.sqrt(((n * m) / 12) * (total + 1 - tieTerm / (total * (total - 1))));
  if (deviation === 0) return { u, p: 1, exact: false };
  const z = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5) / deviation;
  return { u, p: Math.min(1, 2 * upperNormalTail(z)), exact: false };
}

/** Sum of the mid-ranks of `a`, and Σ t³ − t over groups of t equal values. */
function rank(a: readonly number[], b: readonly number[]): { rankSum: number; tieTerm: number } {
  const all = [...a.map((value) => ({ value, mine: 1 })), ...b.map((value) => ({ value, mine: 0 }))].sort((x, y) => x.value - y.value);
  let rankSum = 0;
  let tieTerm = 0;
  for (let start = 0, end = 0; start < all.length; start = end) {
    let mine = 0;
    for (end = start; end < all.length && all[end]?.value === all[start]?.value; end++) mine += all[end]?.mine ?? 0;
    const ties = end - start;
    rankSum += mine * ((start + 1 + end) / 2);
    tieTerm += ties ** 3 - ties;
  }
  return { rankSum, tieTerm };
}

/** Counts the arrangements with each U by f(n, m, u) = f(n−1, m, u−m) + f(n, m−1, u), one row of m at a time. */
function exactP(u: number, n: number, m: number): number {
  const most = n * m;
  let rows = Array.from({ length: n + 1 }, () => unit(most));
  for (let j = 1; j <= m; j++) {
    const next = [unit(most)];
    for (let i = 1; i <= n; i++) {
      next.push(Float64Array.from({ length: most + 1 }, (_, k) => (rows[i]?.[k] ?? 0) + (k >= j ? (next[i - 1]?.[k - j] ?? 0) : 0)));
    }
    rows = next;
  }
  const counts = rows[n] as Float64Array;
  const total = counts.reduce((x, y) => x + y, 0);
  const tail = counts.subarray(0, Math.min(u, most - u) + 1).reduce((x, y) => x + y, 0);
  return Math.min(1, (2 * tail) / total);
}

function unit(most: number): Float64Array {
  const row = new Float64Array(most + 1);
  row[0] = 1;
  return row;
}

/** P(Z > z) for z ≥ 0: continued fraction far out, the series of Φ near zero. */
function upperNormalTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) sum += term *= (z * z) / (2 * k + 1);
    return 0.5 - density * sum;
  }
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = k / (z + fraction);
  return density / (z + fraction);
}
