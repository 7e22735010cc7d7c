export { CALIBRATED_WITH, CALIBRATION_POINTS } from './calibration-points.ts';
export { FEWEST_POINTS, RANGE_FACTOR } from './coverage.ts';
export { estimateLatency, type EstimateRefusal, type LatencyEstimate, refusedForPoints } from './estimate.ts';
export { type CompiledFigures, compiledFigures } from './figures.ts';
export { fitLatency, type HeldOut, type LatencyFit, type LatencyModel, latencyOf } from './fit.ts';
export { type FittedFormOptions, inFittedForm, quantizationOf } from './fitted-form.ts';
export { nonNegativeLeastSquares } from './nnls.ts';
export type { CalibrationPoint, EstimatePrecision, LatencyFigures } from './point.ts';
