import { type Encoding, quantizeValues } from './encoding.ts';
import type { LayerStatistics } from './layer-statistics.ts';

/** At more bits than this the outermost weights are not worth cutting off. */
const FEW_BITS = 4;
const SHARES = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5];

/**
 * Per channel the share of the largest weight that the grid reaches to: the one whose nearest rounding costs the output least, by the variance of
 * each input alone. A coarse grid of 4 bits gains from cutting a few weights off. `weights` `[O, K]`.
 */
export function gridShares(weights: Float64Array, outChannels: number, full: Encoding, floor: readonly number[], { covariance, size }: LayerStatistics): Encoding {
  if (full.bits > FEW_BITS) return full;
  const perGroup = outChannels / covariance.length;
  const scale = full.scale.map((whole, o) => {
    const variances = covariance[Math.floor(o / perGroup)] as Float64Array;
    const row = weights.subarray(o * size, (o + 1) * size);
    const costs = SHARES.map((share) => {
      const step = Math.max(Math.fround(whole * share), floor[o] ?? 0);
      const codes = quantizeValues(row, [size], { ...full, scale: [step], zeroPoint: [0], axis: null });
      return { step, cost: codes.reduce((sum, code, k) => sum + (variances[k * size + k] as number) * ((row[k] as number) - code * step) ** 2, 0) };
    });
    return costs.reduce((best, next) => (next.cost < best.cost ? next : best)).step;
  });
  return { ...full, scale };
}
