/** One axis of a value in another order: position k holds what used to be at `order[k]`. */
export interface ChannelOrder {
  readonly axis: number;
  readonly order: readonly number[];
}

export function identity(length: number): number[] {
  return Array.from({ length }, (_, k) => k);
}

export function isIdentity(order: readonly number[]): boolean {
  return order.every((from, k) => from === k);
}

export function isPermutation(indices: readonly number[], length: number): boolean {
  return indices.length === length && new Set(indices).size === length && indices.every((i) => Number.isInteger(i) && i >= 0 && i < length);
}

/** `inverse[order[k]] = k`. */
export function invert(order: readonly number[]): number[] {
  const inverse = new Array<number>(order.length);
  order.forEach((from, k) => {
    inverse[from] = k;
  });
  return inverse;
}

export function sameOrder(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((from, k) => from === b[k]);
}

/** Input channels of a DepthToSpace from CRD to DCR order: `order[r·C + c] = c·b² + r` for C = channels / b² (onnx-tools §5.7). */
export function crdToDcr(channels: number, blocksize: number): number[] {
  const sub = blocksize * blocksize;
  const colours = channels / sub;
  return identity(channels).map((k) => (k % colours) * sub + Math.floor(k / colours));
}

/** The order of an axis of `before · length · after` entries of which only the middle factor is permuted. */
export function widen(order: readonly number[], before: number, after: number): number[] {
  const n = order.length;
  return identity(before * n * after).map((k) => {
    const [block, rest] = [Math.floor(k / (n * after)), k % (n * after)];
    return (block * n + (order[Math.floor(rest / after)] as number)) * after + (rest % after);
  });
}

/** The inverse of `widen`: the order of the middle factor, or null where the order does not keep the other two in place. */
export function narrow(order: readonly number[], before: number, after: number): number[] | null {
  const length = order.length / (before * after);
  const middle = identity(length).map((k) => Math.floor((order[k * after] as number) / after));
  return isPermutation(middle, length) && sameOrder(widen(middle, before, after), order) ? middle : null;
}

/** An order that carries whole runs (`sizes`) to whole places: which run comes at which place, and the order inside each run. */
export interface RunOrder {
  /** Run at each place. */
  readonly runs: readonly number[];
  /** Order inside each run, by run. */
  readonly inner: readonly (readonly number[])[];
}

/** Splits an order into runs of the given sizes; null where it mixes runs. */
export function splitRuns(order: readonly number[], sizes: readonly number[]): RunOrder | null {
  const starts: number[] = [];
  sizes.reduce((sum, size) => {
    starts.push(sum);
    return sum + size;
  }, 0);
  const runOf = sizes.flatMap((size, run) => new Array<number>(size).fill(run));
  const runs: number[] = [];
  const inner = sizes.map((): number[] => []);
  for (let at = 0; at < order.length; ) {
    const run = runOf[order[at] as number] as number;
    const size = sizes[run] as number;
    const part = order.slice(at, at + size).map((from) => from - (starts[run] as number));
    if (!isPermutation(part, size)) return null;
    runs.push(run);
    inner[run] = part;
    at += size;
  }
  sizes.forEach((size, run) => {
    if (size === 0) runs.push(run);
  });
  return { runs, inner };
}

/** The order of runs laid end to end, each in its own order. */
export function joinRuns(orders: readonly (readonly number[])[]): number[] {
  let start = 0;
  return orders.flatMap((order) => {
    const part = order.map((from) => from + start);
    start += order.length;
    return part;
  });
}
