/**
 * Weights of a grouped convolution as those of one group: `dense[o, g(o)·I/g + i] = W[o, i]`, zeros elsewhere
 * (onnx-tools §5.5). Equal in real arithmetic while the inputs are finite (0 · Inf is NaN). Shapes `[O, I/g, taps]` to `[O, I, taps]`.
 */
export function expandGroups(weights: Float64Array, outChannels: number, inChannels: number, group: number): Float64Array {
  if (group === 1) return weights;
  const perGroup = inChannels / group;
  const taps = weights.length / (outChannels * perGroup);
  const out = new Float64Array(outChannels * inChannels * taps);
  for (let o = 0; o < outChannels; o++) {
    const first = Math.floor(o / (outChannels / group)) * perGroup;
    const from = o * perGroup * taps;
    out.set(weights.subarray(from, from + perGroup * taps), (o * inChannels + first) * taps);
  }
  return out;
}
