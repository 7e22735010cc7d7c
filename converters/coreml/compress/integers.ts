import { elementsByGroup, type TensorGrid } from './tensor-grid.ts';

/** Numbers as scale · integer, one scale for each group of the grid. */
export interface Integers {
  readonly codes: Int8Array;
  readonly scales: Float64Array;
}

/** Least positive half: a small scale may be rounded down to where the largest code does not reach the largest number. */
const LEAST_HALF = 2 ** -24;

/** Scales that are tried, as shares of the one that just holds the largest magnitude: few levels gain by cutting off the largest. */
const SHARES: Readonly<Record<4 | 8, readonly number[]>> = { 8: [1], 4: Array.from({ length: 26 }, (_, i) => 1 - i * 0.02) };

/**
 * Symmetric integers of ±(2^(bits−1) − 1). The scale is `rounded` first, so that it is the one that will be stored; of several the one with the least
 * sum of squared errors is taken. `ignored` elements get 0.
 */
export function toIntegers(values: Float64Array, grid: TensorGrid, bits: 4 | 8, rounded: (value: number) => number, ignored?: (element: number) => boolean): Integers {
  const most = 2 ** (bits - 1) - 1;
  const codes = new Int8Array(values.length);
  const scales = new Float64Array(grid.count);
  for (const [group, members] of elementsByGroup(grid).entries()) {
    const elements = ignored ? members.filter((element) => !ignored(element)) : members;
    const peak = elements.reduce((largest, element) => Math.max(largest, Math.abs(values[element] as number)), 0);
    const tried = peak === 0 ? [] : SHARES[bits].flatMap((share) => [0, LEAST_HALF].map((more) => rounded((share * peak) / most + more))).filter((scale) => scale > 0);
    const scale = tried.length === 0 ? 1 : tried.reduce((a, b) => (errorOf(values, elements, b, most) < errorOf(values, elements, a, most) ? b : a));
    scales[group] = scale;
    for (const element of elements) codes[element] = codeOf(values[element] as number, scale, most);
  }
  return { codes, scales };
}

function codeOf(value: number, scale: number, most: number): number {
  return Math.max(-most, Math.min(most, Math.round(value / scale)));
}

function errorOf(values: Float64Array, elements: Int32Array, scale: number, most: number): number {
  return elements.reduce((sum, element) => sum + ((values[element] as number) - scale * codeOf(values[element] as number, scale, most)) ** 2, 0);
}
