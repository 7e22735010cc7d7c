import type { CalibrationPoint, LatencyFigures } from './point.ts';

/** Points that a fit of three terms needs, so that one is left over when one is held out. */
export const FEWEST_POINTS = 5;

/** MACs and bytes may lie beyond those of the points by this factor. */
export const RANGE_FACTOR = 2;

/** Operators of a network whose cost a fit has to know, each named by what the compiler makes of it. */
export function costlyOperators({ operators }: LatencyFigures): string[] {
  return [...new Set(operators.filter((operator) => !FREE.has(operator)).map((operator) => (FOLDED.has(operator) ? 'Relu' : operator)))];
}

/** Operators that cost nothing that bytes do not say: they name, lay out or carry values, or are worked out by the compiler. */
const FREE = new Set([
  'Constant', 'Identity', 'Shape', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Gather', 'Concat', 'Cast', 'Dropout',
  'QuantizeLinear', 'DequantizeLinear', 'ConstantOfShape', 'Expand',
]);

/** Activations that the compiler folds into the layer before: Relu stands for all. */
const FOLDED = new Set(['Relu', 'Clip']);

/** Why `points`, all of one chip and precision, do not reach to a network with these figures: sentences for people, none where they do. */
export function outOfReach(points: readonly CalibrationPoint[], figures: LatencyFigures): string[] {
  return [
    ...outside('multiply-accumulates', figures.macs, points.map(({ macs }) => macs), 1e9, 'G'),
    ...outside('compiled traffic', figures.bytes, points.map(({ bytes }) => bytes), 1e6, ' MB'),
    ...unknownOperators(points, figures),
  ];
}

function outside(what: string, value: number, known: readonly number[], unit: number, name: string): string[] {
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (value >= low / RANGE_FACTOR && value <= high * RANGE_FACTOR) return [];
  const text = (amount: number): string => `${(amount / unit).toPrecision(3)}${name}`;
  return [`Its ${what}, ${text(value)}, lie outside of what was measured: ${text(low)} to ${text(high)}, and ${RANGE_FACTOR}× beyond.`];
}

function unknownOperators(points: readonly CalibrationPoint[], figures: LatencyFigures): string[] {
  const known = new Set(points.flatMap(costlyOperators));
  const unknown = costlyOperators(figures).filter((operator) => !known.has(operator));
  return unknown.length === 0 ? [] : [`No network that was measured has ${unknown.join(', ')}.`];
}
