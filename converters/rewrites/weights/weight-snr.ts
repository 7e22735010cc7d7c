/** Σ w². */
export function energy(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

/** Σ (w − ŵ)² after symmetric quantization per output channel, scale = max|w| / (2^(bits−1) − 1). `weights` are `[O, …]`. */
export function quantizationNoise(weights: Float64Array, outChannels: number, bits = 8): number {
  const row = outChannels === 0 ? 0 : weights.length / outChannels;
  const levels = 2 ** (bits - 1) - 1;
  let sum = 0;
  for (let o = 0; o < outChannels; o++) {
    const channel = weights.subarray(o * row, (o + 1) * row);
    const peak = channel.reduce((max, w) => Math.max(max, Math.abs(w)), 0);
    if (peak === 0) continue;
    const scale = peak / levels;
    for (const w of channel) sum += (w - Math.round(w / scale) * scale) ** 2;
  }
  return sum;
}

/**
 * Signal to noise of the function that `signal` weights compute on white input when its parts carry the quantization noise `noise`, in dB.
 * A kept skip: signal = energy(W + I), noise = quantizationNoise(W). A folded one: noise = quantizationNoise(W + I).
 */
export function snrDb(signal: number, noise: number): number {
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}
