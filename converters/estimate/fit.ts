import { nonNegativeLeastSquares } from './nnls.ts';
import type { CalibrationPoint, LatencyFigures } from './point.ts';

/** ms = fixedMs + msPerGmac · MACs / 10⁹ + msPerMb · bytes / 10⁶, no term negative. */
export interface LatencyModel {
  readonly fixedMs: number;
  readonly msPerGmac: number;
  readonly msPerMb: number;
}

/** How a point stands to a model that was fitted without it. */
export interface HeldOut {
  readonly model: string;
  readonly ms: number;
  readonly estimatedMs: number;
  /** Measured over estimated. */
  readonly ratio: number;
}

export interface LatencyFit {
  readonly model: LatencyModel;
  readonly points: number;
  /** Root mean square of estimated/measured − 1 over the points that it was fitted to. */
  readonly rms: number;
  /** The same over points left out of the fit, each once. */
  readonly leaveOneOutRms: number;
  readonly heldOut: readonly HeldOut[];
}

/** Points that a fit of three terms needs, so that one is left over when one is held out. */
export const FEWEST_POINTS = 5;

/** Fits by least squares in relative error: Σ (estimated / measured − 1)² is least. Throws RangeError below FEWEST_POINTS. */
export function fitLatency(points: readonly CalibrationPoint[]): LatencyFit {
  if (points.length < FEWEST_POINTS) throw new RangeError(`${points.length} points are fewer than ${FEWEST_POINTS}`);
  const model = solve(points);
  const heldOut = points.map((point, i) => {
    const estimatedMs = latencyOf(solve(points.filter((_, j) => j !== i)), point);
    return { model: point.model, ms: point.ms, estimatedMs, ratio: point.ms / estimatedMs };
  });
  return {
    model, points: points.length, rms: rootMeanSquare(points.map((point) => latencyOf(model, point) / point.ms - 1)),
    leaveOneOutRms: rootMeanSquare(heldOut.map(({ ms, estimatedMs }) => estimatedMs / ms - 1)), heldOut,
  };
}

/** Milliseconds by a model. */
export function latencyOf(model: LatencyModel, figures: Pick<LatencyFigures, 'macs' | 'bytes'>): number {
  return termsOf(model, figures).reduce((a, b) => a + b, 0);
}

/** Milliseconds of the fixed term, of MACs and of bytes. */
export function termsOf({ fixedMs, msPerGmac, msPerMb }: LatencyModel, { macs, bytes }: Pick<LatencyFigures, 'macs' | 'bytes'>): [fixed: number, macs: number, bytes: number] {
  return [fixedMs, (msPerGmac * macs) / 1e9, (msPerMb * bytes) / 1e6];
}

function solve(points: readonly CalibrationPoint[]): LatencyModel {
  const rows = points.map(({ macs, bytes, ms }) => [1 / ms, macs / 1e9 / ms, bytes / 1e6 / ms]);
  const [fixedMs, msPerGmac, msPerMb] = nonNegativeLeastSquares(rows, points.map(() => 1)) as [number, number, number];
  return { fixedMs, msPerGmac, msPerMb };
}

function rootMeanSquare(errors: readonly number[]): number {
  return Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
}
