import { FEWEST_POINTS, outOfReach } from './coverage.ts';
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
  /** False where the other points do not reach to it, so that its error says nothing about networks within their reach. */
  readonly within: boolean;
}

export interface LatencyFit {
  readonly model: LatencyModel;
  readonly points: number;
  /** Root mean square of estimated/measured − 1 over the points that it was fitted to. */
  readonly rms: number;
  /** The same over points that were left out of the fit, each once, and are within reach of the others; null where none is. */
  readonly leaveOneOutRms: number | null;
  readonly heldOut: readonly HeldOut[];
}

/** Fits by least squares in relative error: Σ (estimated / measured − 1)² is least. Throws RangeError below FEWEST_POINTS. */
export function fitLatency(points: readonly CalibrationPoint[]): LatencyFit {
  if (points.length < FEWEST_POINTS) throw new RangeError(`${points.length} points are fewer than ${FEWEST_POINTS}`);
  const model = solve(points);
  const heldOut = points.map((point) => holdOut(points.filter((other) => other !== point), point));
  const within = heldOut.filter((held) => held.within);
  return {
    model, points: points.length, heldOut, rms: rootMeanSquare(points.map((point) => latencyOf(model, point) / point.ms - 1)),
    leaveOneOutRms: within.length === 0 ? null : rootMeanSquare(within.map(({ ms, estimatedMs }) => estimatedMs / ms - 1)),
  };
}

/** `point` by a model fitted to others. */
export function holdOut(others: readonly CalibrationPoint[], point: CalibrationPoint): HeldOut {
  const estimatedMs = latencyOf(solve(others), point);
  return { model: point.model, ms: point.ms, estimatedMs, ratio: point.ms / estimatedMs, within: outOfReach(others, point).length === 0 };
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
