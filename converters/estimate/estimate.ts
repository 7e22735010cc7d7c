import { pointsFor, reasonsAgainst } from './coverage.ts';
import { fitLatency, type LatencyFit, termsOf } from './fit.ts';
import type { CalibrationPoint, EstimatePrecision, LatencyFigures } from './point.ts';

/** Evidence `estimated`: never shown without its band, and never where a measurement is asked for. */
export interface LatencyEstimate {
  readonly outcome: 'estimated';
  readonly chip: string;
  readonly precision: EstimatePrecision;
  readonly ms: number;
  /**
   * The estimate times the smallest and the largest measured/estimated of points that were left out of the fit. Were this network drawn like
   * the n points, it would lie inside with probability (n − 1)/(n + 1).
   */
  readonly band: { readonly lowMs: number; readonly highMs: number; readonly coverage: number };
  readonly terms: { readonly fixedMs: number; readonly macsMs: number; readonly bytesMs: number };
  readonly fit: LatencyFit;
  readonly sources: readonly string[];
}

/** Nothing is said, and why. */
export interface EstimateRefusal {
  readonly outcome: 'refused';
  readonly chip: string;
  readonly precision: EstimatePrecision;
  readonly reasons: readonly string[];
  /** Chips and precisions that there are points of, e.g. `SM8650 w8a8`. */
  readonly available: readonly string[];
}

/** Milliseconds of a network on a chip, by a model fitted to latencies that were measured there; refused outside of what it was fitted to. */
export function estimateLatency(figures: LatencyFigures, chip: string, precision: EstimatePrecision, all: readonly CalibrationPoint[]): LatencyEstimate | EstimateRefusal {
  const points = pointsFor(all, chip, precision);
  const available = [...new Set(all.map((point) => `${point.chip} ${point.precision}`))];
  const reasons = points.length === 0 ? [`No latency of ${chip} in ${precision} is known.`] : reasonsAgainst(points, figures);
  if (reasons.length > 0) return { outcome: 'refused', chip, precision, reasons, available };
  const fit = fitLatency(points);
  const [fixedMs, macsMs, bytesMs] = termsOf(fit.model, figures);
  const ms = fixedMs + macsMs + bytesMs;
  const ratios = fit.heldOut.map(({ ratio }) => ratio);
  return {
    outcome: 'estimated', chip, precision, ms,
    band: { lowMs: ms * Math.min(1, ...ratios), highMs: ms * Math.max(1, ...ratios), coverage: (fit.points - 1) / (fit.points + 1) },
    terms: { fixedMs, macsMs, bytesMs }, fit, sources: [...new Set(points.map(({ source }) => source))],
  };
}
