/** More distinct numbers than these are first gathered in as many bins of one width, each by its mean. */
const MOST_POINTS = 8192;

/**
 * The `count` centres with the least sum of squared distances to a list of numbers, ascending: the optimum, not a local one. In one dimension clusters
 * are intervals of the sorted numbers, and the best last interval moves one way as numbers are added, so that dynamic programming by divide
 * and conquer takes count · n · log n steps (Wu 1991; Grønlund et al. 2017). Fewer distinct numbers than centres are their own centres, the last
 * one repeated.
 */
export function kMeans(values: Float64Array, count: number): Float64Array {
  const points = pointsOf(values);
  const centres = points.at.length <= count ? points.at : meansOf(points, count);
  return Float64Array.from({ length: count }, (_, i) => centres[Math.min(i, centres.length - 1)] ?? 0);
}

/** For each number the index of the centre next to it, of ascending ones. */
export function nearestCentres(values: Float64Array, centres: Float64Array): Uint8Array {
  return Uint8Array.from(values, (value) => {
    let [low, high] = [0, centres.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value > ((centres[middle] as number) + (centres[middle + 1] as number)) / 2) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}

interface Points {
  readonly at: Float64Array;
  readonly weight: Float64Array;
}

function pointsOf(values: Float64Array): Points {
  const sorted = values.toSorted();
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  const [least, most] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
  const width = (most - least) / MOST_POINTS;
  const binOf = (value: number, i: number): number => (distinct.length <= MOST_POINTS ? i : Math.min(MOST_POINTS - 1, Math.floor((value - least) / width)));
  const sums = new Map<number, { weight: number; sum: number }>();
  let index = -1;
  sorted.forEach((value, i) => {
    if (i === 0 || value !== sorted[i - 1]) index++;
    const bin = binOf(value, index);
    const { weight, sum } = sums.get(bin) ?? { weight: 0, sum: 0 };
    sums.set(bin, { weight: weight + 1, sum: sum + value });
  });
  const bins = [...sums.values()];
  return { at: Float64Array.from(bins, ({ weight, sum }) => sum / weight), weight: Float64Array.from(bins, ({ weight }) => weight) };
}

function meansOf({ at, weight }: Points, count: number): Float64Array {
  const n = at.length;
  const [mass, sum, square] = [new Float64Array(n + 1), new Float64Array(n + 1), new Float64Array(n + 1)];
  for (let i = 0; i < n; i++) {
    const [x, w] = [at[i] as number, weight[i] as number];
    mass[i + 1] = (mass[i] as number) + w;
    sum[i + 1] = (sum[i] as number) + w * x;
    square[i + 1] = (square[i] as number) + w * x * x;
  }
  const between = (list: Float64Array, from: number, to: number): number => (list[to] as number) - (list[from] as number);
  /** Squared distances of the points from `from` to before `to` to their mean. */
  const cost = (from: number, to: number): number => Math.max(0, between(square, from, to) - between(sum, from, to) ** 2 / between(mass, from, to));
  let best = Float64Array.from({ length: n + 1 }, (_, to) => (to === 0 ? 0 : cost(0, to)));
  const starts: Int32Array[] = [new Int32Array(n + 1)];
  for (let clusters = 2; clusters <= count; clusters++) {
    const [next, start] = [new Float64Array(n + 1), new Int32Array(n + 1)];
    fill(clusters, n, clusters - 1, n - 1);
    best = next;
    starts.push(start);

    function fill(low: number, high: number, first: number, last: number): void {
      if (low > high) return;
      const to = (low + high) >> 1;
      let [least, chosen] = [Number.POSITIVE_INFINITY, first];
      for (let from = Math.max(first, clusters - 1); from <= Math.min(last, to - 1); from++) {
        const total = (best[from] as number) + cost(from, to);
        if (total < least) [least, chosen] = [total, from];
      }
      next[to] = least;
      start[to] = chosen;
      fill(low, to - 1, first, chosen);
      fill(to + 1, high, chosen, last);
    }
  }
  const means = new Float64Array(count);
  for (let [cluster, to] = [count - 1, n]; cluster >= 0; cluster--) {
    const from = cluster === 0 ? 0 : (starts[cluster]?.[to] as number);
    means[cluster] = between(sum, from, to) / between(mass, from, to);
    to = from;
  }
  return means;
}
