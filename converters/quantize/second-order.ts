import { inverseUpperFactor } from './cholesky.ts';
import { compensate } from './compensate.ts';
import { type Encoding, quantizeValues } from './encoding.ts';
import { descend, roundingCost } from './descend.ts';
import type { LayerStatistics } from './layer-statistics.ts';

/** Added to the covariance's diagonal, as a share of its mean, so that unseen directions keep their weights. */
const DAMPING = 0.01;

/** Rounds the weights of one output channel to a step: its codes, and what they cost the output. */
export type RowRounder = (row: Float64Array, channel: number, scale: number, bits: number) => { readonly codes: Float64Array; readonly cost: number };

/**
 * Rounds so that the layer's output error is small instead of each weight's: after every weight that is rounded, those not yet rounded take over what
 * its error does to the output, (w − ŵ)·U[j, k]/U[j, j] with U from the inverse covariance of the inputs (optimal brain quantization in the order of
 * GPTQ, inputs of largest variance first). Single codes then move as long as that lowers the error (coordinate descent), from there and from nearest
 * rounding; the better end is taken, so no channel is worse than rounded to nearest.
 */
export function rowRounder(outChannels: number, { covariance, size }: LayerStatistics): RowRounder {
  const perGroup = outChannels / covariance.length;
  const groups = covariance.map((matrix) => {
    const hessian = damped(matrix, size);
    const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => (matrix[b * size + b] as number) - (matrix[a * size + a] as number));
    return { hessian, order, factor: inverseUpperFactor(permuted(hessian, size, order), size) };
  });
  return (row, channel, scale, bits) => {
    const { hessian, order, factor } = groups[Math.floor(channel / perGroup)] as (typeof groups)[number];
    const top = 2 ** (bits - 1) - 1;
    const costed = (start: Float64Array) => {
      const codes = descend(row, start, hessian, { scale, top });
      return { codes, cost: roundingCost(row, codes, hessian, scale) };
    };
    const near = costed(quantizeValues(row, [size], { bits, symmetric: true, scale: [scale], zeroPoint: [0], axis: null }));
    const carried = factor ? costed(carriedOn(row, order, factor, scale, top)) : near;
    return carried.cost < near.cost ? carried : near;
  };
}

/** Codes of `[O, K]` weights, each row by `round`. */
export function roundRows(weights: Float64Array, outChannels: number, { bits, scale, axis }: Encoding, round: RowRounder): Float64Array {
  const size = weights.length / outChannels;
  const codes = new Float64Array(weights.length);
  for (let o = 0; o < outChannels; o++) codes.set(round(weights.subarray(o * size, (o + 1) * size), o, scale[axis === null ? 0 : o] as number, bits).codes, o * size);
  return codes;
}

/** Weights that give the float output from quantized inputs, in the least-squares sense; the weights themselves where only float inputs are known. */
export function fittedWeights(weights: Float64Array, outChannels: number, statistics: LayerStatistics): Float64Array {
  return statistics.float ? compensate(weights, outChannels, statistics, DAMPING) : weights;
}

/** W·mean(x) − Ŵ·mean(x̂) per output channel: what rounding takes from every output on average, for the bias to give back. */
export function roundingShift(weights: Float64Array, codes: Float64Array, outChannels: number, encoding: Encoding, { mean, float, size }: LayerStatistics): Float64Array {
  const perGroup = outChannels / mean.length;
  return Float64Array.from({ length: outChannels }, (_, o) => {
    const scale = encoding.scale[encoding.axis === null ? 0 : o] as number;
    const group = Math.floor(o / perGroup);
    const seen = mean[group] as Float64Array;
    const wanted = (float?.mean[group] ?? seen) as Float64Array;
    let shift = 0;
    for (let k = 0; k < size; k++) shift += (weights[o * size + k] as number) * (wanted[k] as number) - (codes[o * size + k] as number) * scale * (seen[k] as number);
    return shift;
  });
}

/** Rounds one weight after the other, in `order`; each error goes on to those that follow. */
function carriedOn(weights: Float64Array, order: readonly number[], factor: Float64Array, scale: number, top: number): Float64Array {
  const size = weights.length;
  const row = Float64Array.from(order, (i) => weights[i] as number);
  const codes = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    const code = Math.max(-top - 1, Math.min(top, Math.round((row[j] as number) / scale)));
    codes[order[j] as number] = code;
    const error = ((row[j] as number) - code * scale) / (factor[j * size + j] as number);
    for (let k = j + 1; k < size; k++) row[k] = (row[k] as number) - error * (factor[j * size + k] as number);
  }
  return codes;
}

function damped(matrix: Float64Array, size: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i] as number;
  const extra = DAMPING * (trace / size) + 1e-12;
  const out = Float64Array.from(matrix);
  for (let i = 0; i < size; i++) out[i * size + i] = (out[i * size + i] as number) + extra;
  return out;
}

function permuted(matrix: Float64Array, size: number, order: readonly number[]): Float64Array {
  const out = new Float64Array(size * size);
  order.forEach((from, i) => {
    order.forEach((to, j) => { out[i * size + j] = matrix[from * size + to] as number; });
  });
  return out;
}
