/**
 * Data movement by trying everything, on the positions of actual elements: no atoms, no normal form, no bound. A state is the order in which the
 * elements of the input lie in memory; a move views it with any sizes of at most `rank` axes that multiply to the number of elements, and transposes.
 */
export function everyMove(size: number, rank: number): Int32Array[] {
  const seen = new Set<string>();
  const moves: Int32Array[] = [];
  for (const dims of factorizations(size, rank)) {
    for (const perm of permutations(dims.length)) {
      const move = transposed(dims, perm);
      const key = move.join();
      if (!seen.has(key)) moves.push(move);
      seen.add(key);
    }
  }
  return moves;
}

/** Elements of a tensor of shape `dims` after a transpose, as positions in the input. */
export function transposed(dims: readonly number[], perm: readonly number[]): Int32Array {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  let order = [0];
  for (const axis of perm) order = order.flatMap((at) => Array.from({ length: dims[axis] as number }, (_, i) => at + i * (strides[axis] as number)));
  return Int32Array.from(order);
}

/** Fewest moves to the wanted order; null where it takes more than `most`. */
export function distance(wanted: Int32Array, moves: readonly Int32Array[], most: number): number | null {
  const goal = wanted.join();
  let frontier = [Int32Array.from(wanted.keys())];
  const seen = new Set([frontier[0]?.join()]);
  for (let steps = 0; steps <= most; steps++) {
    if (seen.has(goal)) return steps;
    if (steps === most) break;
    const next: typeof frontier = [];
    for (const state of frontier) {
      for (const move of moves) {
        const after = Int32Array.from(move, (from) => state[from] as number);
        const key = after.join();
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(after);
      }
    }
    frontier = next;
  }
  return null;
}

export function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((p) => Array.from({ length: n }, (_, at) => [...p.slice(0, at), n - 1, ...p.slice(at)]));
}

/** Ordered products of 2 to `most` factors above 1. */
function factorizations(size: number, most: number): number[][] {
  const found: number[][] = [];
  const extend = (left: number, taken: number[]): void => {
    if (left === 1 && taken.length > 1) found.push(taken);
    if (taken.length === most) return;
    for (let factor = 2; factor <= left; factor++) if (left % factor === 0) extend(left / factor, [...taken, factor]);
  };
  extend(size, []);
  return found;
}
