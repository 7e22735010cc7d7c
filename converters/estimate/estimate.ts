import { FEWEST_POINTS, outOfReach, pointsFor } from './coverage.ts';
import { fitLatency, type LatencyFit, termsOf } from './fit.ts';
import { oddOperators } from './odd-operators.ts';
import type { CalibrationPoint, EstimatePrecision, LatencyFigures } from './point.ts';

/** Evidence `estimated`: never shown without its band, and never where a measurement is asked for. */
export interface LatencyEstimate {
  readonly outcome: 'estimated';
  readonly chip: string;
  readonly precision: EstimatePrecision;
  readonly ms: number;
  /**
   * The estimate times the smallest and the largest measured/estimated among the n points that were left out of the fit, one at a time, and
   * that the others reach to. Were this network drawn like those, it would lie inside with probability (n − 1)/(n + 1), `coverage`.
   */
  readonly band: { readonly lowMs: number; readonly highMs: number; readonly points: number; readonly coverage: number };
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

/** Points left out that a band is taken from. */
const FEWEST_RATIOS = 3;

/** Milliseconds of a network on a chip, by a model fitted to latencies that were measured there; refused outside of what it was fitted to. */
export function estimateLatency(figures: LatencyFigures, chip: string, precision: EstimatePrecision, all: readonly CalibrationPoint[]): LatencyEstimate | EstimateRefusal {
  const points = pointsFor(all, chip, precision);
  const available = [...new Set(all.map((point) => `${point.chip} ${point.precision}`))];
  const refused = (reasons: readonly string[]): EstimateRefusal => ({ outcome: 'refused', chip, precision, reasons, available });
  if (points.length === 0) return refused([`No latency of ${chip} in ${precision} is known.`]);
  if (points.length < FEWEST_POINTS) return refused([`${points.length} measured ${points.length === 1 ? 'network is' : 'networks are'} too few for a fit of three terms: it takes ${FEWEST_POINTS}.`]);
  const reasons = [...outOfReach(points, figures), ...oddOperators(points, figures)];
  if (reasons.length > 0) return refused(reasons);
  const fit = fitLatency(points);
  const ratios = fit.heldOut.filter(({ within }) => within).map(({ ratio }) => ratio);
  if (ratios.length < FEWEST_RATIOS) return refused(['The networks measured lie too far from one another to say how far an estimate may be off.']);
  const [fixedMs, macsMs, bytesMs] = termsOf(fit.model, figures);
  const ms = fixedMs + macsMs + bytesMs;
  return {
    outcome: 'estimated', chip, precision, ms,
    band: { lowMs: ms * Math.min(1, ...ratios), highMs: ms * Math.max(1, ...ratios), points: ratios.length, coverage: (ratios.length - 1) / (ratios.length + 1) },
    terms: { fixedMs, macsMs, bytesMs }, fit, sources: [...new Set(points.map(({ source }) => source))],
  };
}
