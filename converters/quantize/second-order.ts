import { inverseUpperFactor } from './cholesky.ts';
import { type Encoding, quantizeValues } from './encoding.ts';
import type { LayerStatistics } from './layer-statistics.ts';

/** Added to the covariance's diagonal, as a share of its mean, so that unseen directions keep their weights. */
const DAMPING = 0.01;

/**
 * Codes of `[O, K]` weights that make the layer's output error small instead of each weight's: after every weight that is rounded, those not
 * yet rounded take over what its error does to the output, (w − ŵ)·U[j, k]/U[j, j] with U from the inverse covariance of the inputs
 * (optimal brain quantization in the order of GPTQ, inputs of largest variance first). Nearest rounding where the covariance is singular.
 */
export function roundSecondOrder(weights: Float64Array, outChannels: number, encoding: Encoding, { covariance, size }: LayerStatistics): Float64Array {
  const codes = quantizeValues(weights, [outChannels, size], encoding);
  const perGroup = outChannels / covariance.length;
  const top = 2 ** (encoding.bits - 1) - 1;
  covariance.forEach((matrix, g) => {
    const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => (matrix[b * size + b] as number) - (matrix[a * size + a] as number));
    const factor = inverseUpperFactor(damped(matrix, size, order), size);
    if (!factor) return;
    for (let o = g * perGroup; o < (g + 1) * perGroup; o++) {
      const scale = encoding.scale[encoding.axis === null ? 0 : o] as number;
      roundRow(Float64Array.from(order, (i) => weights[o * size + i] as number), factor, scale, top)
        .forEach((code, k) => { codes[o * size + (order[k] as number)] = code; });
    }
  });
  return codes;
}

/** (W − Ŵ)·mean per output channel: what rounding adds to every output on average, for the bias to take back. */
export function roundingShift(weights: Float64Array, codes: Float64Array, outChannels: number, encoding: Encoding, { mean, size }: LayerStatistics): Float64Array {
  const perGroup = outChannels / mean.length;
  return Float64Array.from({ length: outChannels }, (_, o) => {
    const scale = encoding.scale[encoding.axis === null ? 0 : o] as number;
    const average = mean[Math.floor(o / perGroup)] as Float64Array;
    let shift = 0;
    for (let k = 0; k < size; k++) shift += ((weights[o * size + k] as number) - (codes[o * size + k] as number) * scale) * (average[k] as number);
    return shift;
  });
}

function roundRow(row: Float64Array, factor: Float64Array, scale: number, top: number): Float64Array {
  const size = row.length;
  const codes = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    const code = Math.max(-top - 1, Math.min(top, Math.round((row[j] as number) / scale)));
    codes[j] = code;
    const error = ((row[j] as number) - code * scale) / (factor[j * size + j] as number);
    for (let k = j + 1; k < size; k++) row[k] = (row[k] as number) - error * (factor[j * size + k] as number);
  }
  return codes;
}

function damped(matrix: Float64Array, size: number, order: readonly number[]): Float64Array {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i] as number;
  const extra = DAMPING * (trace / size) + 1e-12;
  const out = new Float64Array(size * size);
  order.forEach((from, i) => {
    order.forEach((to, j) => { out[i * size + j] = (matrix[from * size + to] as number) + (i === j ? extra : 0); });
  });
  return out;
}
