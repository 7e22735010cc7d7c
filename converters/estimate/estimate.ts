import { FEWEST_POINTS, outOfReach } from './coverage.ts';
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
  const tooFew = refusedForPoints(chip, precision, all);
  if (tooFew) return tooFew;
  const points = pointsFor(all, chip, precision);
  const reasons = [...outOfReach(points, figures), ...oddOperators(points, figures)];
  if (reasons.length > 0) return refusal(chip, precision, all, reasons);
  const fit = fitLatency(points);
  const ratios = fit.heldOut.filter(({ within }) => within).map(({ ratio }) => ratio);
  if (ratios.length < FEWEST_RATIOS) return refusal(chip, precision, all, ['The networks measured lie too far from one another to say how far an estimate may be off.']);
  const [fixedMs, macsMs, bytesMs] = termsOf(fit.model, figures);
  const ms = fixedMs + macsMs + bytesMs;
  return {
    outcome: 'estimated', chip, precision, ms,
    band: { lowMs: ms * Math.min(1, ...ratios), highMs: ms * Math.max(1, ...ratios), points: ratios.length, coverage: (ratios.length - 1) / (ratios.length + 1) },
    terms: { fixedMs, macsMs, bytesMs }, fit, sources: [...new Set(points.map(({ source }) => source))],
  };
}

/** The refusal where too little was measured on the chip, which is known before anything is compiled; null where there is enough. */
export function refusedForPoints(chip: string, precision: EstimatePrecision, all: readonly CalibrationPoint[]): EstimateRefusal | null {
  const count = pointsFor(all, chip, precision).length;
  if (count >= FEWEST_POINTS) return null;
  if (count === 0) return refusal(chip, precision, all, [`No latency of ${chip} in ${precision} is known.`]);
  return refusal(chip, precision, all, [`${count} measured ${count === 1 ? 'network is' : 'networks are'} too few for a fit of three terms: it takes ${FEWEST_POINTS}.`]);
}

function refusal(chip: string, precision: EstimatePrecision, all: readonly CalibrationPoint[], reasons: readonly string[]): EstimateRefusal {
  return { outcome: 'refused', chip, precision, reasons, available: [...new Set(all.map((point) => `${point.chip} ${point.precision}`))] };
}

function pointsFor(points: readonly CalibrationPoint[], chip: string, precision: EstimatePrecision): CalibrationPoint[] {
  return points.filter((point) => point.chip === chip && point.precision === precision);
}
