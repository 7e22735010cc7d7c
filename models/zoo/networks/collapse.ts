export interface LinearBlockShape {
  readonly from: number;
  readonly inner: number;
  readonly to: number;
  readonly kernel: number;
  /** The input is added to the block's output. */
  readonly residual: boolean;
}

/**
 * The kernel of one convolution that does what a k×k convolution `expand` without bias and a 1×1 `squeeze` behind it do: K[o,i,y,x] = Σ_t
 * S[o,t]·E[t,i,y,x], and one more at the centre of K[o,o] for a residual. Both are taken as they are stored, in float32; the sums are float64.
 */
export function collapse(expand: Float64Array, squeeze: Float64Array, { from, inner, to, kernel, residual }: LinearBlockShape): Float64Array {
  const area = kernel * kernel;
  const taps = from * area;
  const e = Float32Array.from(expand);
  const s = Float32Array.from(squeeze);
  const k = new Float64Array(to * taps);
  for (let o = 0; o < to; o++) {
    for (let t = 0; t < inner; t++) {
      const factor = s[o * inner + t] as number;
      for (let i = 0; i < taps; i++) k[o * taps + i] = (k[o * taps + i] as number) + factor * (e[t * taps + i] as number);
    }
    const centre = o * taps + o * area + (area - 1) / 2;
    if (residual) k[centre] = (k[centre] as number) + 1;
  }
  return k;
}
