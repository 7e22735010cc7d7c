import { FEWEST_POINTS } from './fit.ts';
import type { CalibrationPoint, EstimatePrecision, LatencyFigures } from './point.ts';

/** MACs and bytes may lie beyond those of the points by this factor. */
export const RANGE_FACTOR = 2;

/** Operators that cost nothing that bytes do not say: they name, lay out or carry values, or are worked out by the compiler. */
const FREE = new Set([
  'Constant', 'Identity', 'Shape', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Gather', 'Concat', 'Cast', 'Dropout',
  'QuantizeLinear', 'DequantizeLinear', 'ConstantOfShape', 'Expand',
]);

/** Activations that the compiler folds into the layer before: one stands for the others. */
const FOLDED = new Set(['Relu', 'Clip']);

/** Points of one chip and precision. */
export function pointsFor(points: readonly CalibrationPoint[], chip: string, precision: EstimatePrecision): CalibrationPoint[] {
  return points.filter((point) => point.chip === chip && point.precision === precision);
}

/**
 * Why `points`, all of one chip and precision, say nothing about a network with these figures: none where they do. Sentences for people.
 */
export function reasonsAgainst(points: readonly CalibrationPoint[], figures: LatencyFigures): string[] {
  if (points.length < FEWEST_POINTS) return [`${points.length} measured ${points.length === 1 ? 'network is' : 'networks are'} too few for a fit of three terms: it takes ${FEWEST_POINTS}.`];
  return [
    ...outside('multiply-accumulates', figures.macs, points.map(({ macs }) => macs), 1e9, 'G'),
    ...outside('compiled traffic', figures.bytes, points.map(({ bytes }) => bytes), 1e6, ' MB'),
    ...unknownOperators(points, figures.operators),
  ];
}

function outside(what: string, value: number, known: readonly number[], unit: number, name: string): string[] {
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (value >= low / RANGE_FACTOR && value <= high * RANGE_FACTOR) return [];
  const text = (amount: number): string => `${(amount / unit).toPrecision(3)}${name}`;
  return [`Its ${what}, ${text(value)}, lie outside of what was measured: ${text(low)} to ${text(high)}, and ${RANGE_FACTOR}× beyond.`];
}

function unknownOperators(points: readonly CalibrationPoint[], operators: readonly string[]): string[] {
  const known = new Set(points.flatMap((point) => [...point.operators]));
  const folds = [...FOLDED].some((operator) => known.has(operator));
  const unknown = operators.filter((operator) => !known.has(operator) && !FREE.has(operator) && !(folds && FOLDED.has(operator)));
  return unknown.length === 0 ? [] : [`No network that was measured has ${unknown.join(', ')}.`];
}
