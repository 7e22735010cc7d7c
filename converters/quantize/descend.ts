/** Grid of one row of weights: codes from −top−1 to top. */
interface RowGrid {
  readonly scale: number;
  readonly top: number;
}

const SWEEPS = 4;

/** (w − ŵ)ᵀ·H·(w − ŵ) of one row: the mean square of what rounding does to the output. `hessian` `[K, K]`, symmetric. */
export function roundingCost(weights: Float64Array, codes: Float64Array, hessian: Float64Array, scale: number): number {
  const size = weights.length;
  const error = weights.map((w, k) => w - (codes[k] as number) * scale);
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const e = error[i] as number;
    if (e === 0) continue;
    let dot = 0;
    for (let j = 0; j < size; j++) dot += (hessian[i * size + j] as number) * (error[j] as number);
    sum += e * dot;
  }
  return sum;
}

/**
 * Moves single codes of a row by whole steps to where the cost is least while all others stay, until nothing moves or after a few sweeps. The
 * cost never rises. Returns `codes`, changed.
 */
export function descend(weights: Float64Array, codes: Float64Array, hessian: Float64Array, { scale, top }: RowGrid): Float64Array {
  const size = weights.length;
  const gradient = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const e = (weights[i] as number) - (codes[i] as number) * scale;
    if (e === 0) continue;
    for (let j = 0; j < size; j++) gradient[j] = (gradient[j] as number) + (hessian[i * size + j] as number) * e;
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = false;
    for (let i = 0; i < size; i++) {
      const curvature = hessian[i * size + i] as number;
      const code = codes[i] as number;
      const target = Math.max(-top - 1, Math.min(top, code + Math.round((gradient[i] as number) / (curvature * scale))));
      const by = (target - code) * scale;
      if (by === 0 || by * (by * curvature - 2 * (gradient[i] as number)) >= 0) continue;
      codes[i] = target;
      for (let j = 0; j < size; j++) gradient[j] = (gradient[j] as number) - (hessian[i * size + j] as number) * by;
      moved = true;
    }
    if (!moved) break;
  }
  return codes;
}
