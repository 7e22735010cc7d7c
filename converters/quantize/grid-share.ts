import type { Encoding } from './encoding.ts';
import type { RowRounder } from './second-order.ts';

/** At more bits than this the outermost weights are not worth cutting off. */
const FEW_BITS = 4;
const SHARES = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5];

/**
 * Per channel the share of the largest weight that the grid reaches to: the one that costs the output least once the row is rounded. A coarse grid of
 * 4 bits gains from cutting a few weights off. `weights` `[O, K]`; `full` reaches to the largest of each row.
 */
export function gridShares(weights: Float64Array, outChannels: number, full: Encoding, floor: readonly number[], round: RowRounder): Encoding {
  if (full.bits > FEW_BITS) return full;
  const size = weights.length / outChannels;
  const scale = full.scale.map((whole, o) => {
    const row = weights.subarray(o * size, (o + 1) * size);
    const trials = SHARES.map((share) => {
      const step = Math.max(Math.fround(whole * share), floor[o] ?? 0);
      return { step, cost: round(row, o, step, full.bits).cost };
    });
    return trials.reduce((best, next) => (next.cost < best.cost ? next : best)).step;
  });
  return { ...full, scale };
}
