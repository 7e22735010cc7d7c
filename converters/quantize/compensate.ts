import { solveSymmetric } from './cholesky.ts';
import type { LayerStatistics } from './layer-statistics.ts';

/**
 * W·A with A = (C(x, x̂) + λI)·(C(x̂, x̂) + λI)⁻¹ per group: the linear layer that comes closest to W·x when it sees the quantized x̂, drawn
 * towards W by λ (`damping` times the mean variance). `weights` `[O, K]`; they come back as they are where a covariance is singular.
 */
export function compensate(weights: Float64Array, outChannels: number, { covariance, float, size }: LayerStatistics, damping: number): Float64Array {
  const out = Float64Array.from(weights);
  const perGroup = outChannels / covariance.length;
  covariance.forEach((matrix, g) => {
    const cross = float?.cross[g];
    if (!cross) return;
    let trace = 0;
    for (let i = 0; i < size; i++) trace += matrix[i * size + i] as number;
    const extra = damping * (trace / size) + 1e-12;
    const hessian = plusDiagonal(matrix, size, extra);
    const wanted = plusDiagonal(cross, size, extra);
    const rows = Array.from({ length: perGroup }, (_, i) => timesMatrix(weights.subarray((g * perGroup + i) * size, (g * perGroup + i + 1) * size), wanted));
    solveSymmetric(hessian, size, rows)?.forEach((row, i) => { out.set(row, (g * perGroup + i) * size); });
  });
  return out;
}

function plusDiagonal(matrix: Float64Array, size: number, extra: number): Float64Array {
  const out = Float64Array.from(matrix);
  for (let i = 0; i < size; i++) out[i * size + i] = (out[i * size + i] as number) + extra;
  return out;
}

/** rowᵀ·M. */
function timesMatrix(row: Float64Array, matrix: Float64Array): Float64Array {
  const size = row.length;
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const w = row[i] as number;
    if (w === 0) continue;
    for (let j = 0; j < size; j++) out[j] = (out[j] as number) + w * (matrix[i * size + j] as number);
  }
  return out;
}
