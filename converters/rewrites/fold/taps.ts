/** Number of taps of a kernel; 1 for matrix layers. */
export function tapCount(kernel: readonly number[]): number {
  return kernel.reduce((a, b) => a * b, 1);
}

/** Position of every tap, row-major: `[[0,0],[0,1],…]`. */
export function tapPositions(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>((positions, size) => positions.flatMap((p) => Array.from({ length: size }, (_, i) => [...p, i])), [[]]);
}

/** Row-major index of a position in a kernel. */
export function tapIndex(position: readonly number[], kernel: readonly number[]): number {
  return position.reduce((index, p, axis) => index * (kernel[axis] as number) + p, 0);
}

/** `[rows, ...kernel]` laid into the larger `[rows, ...host]` at `offset`, zeros elsewhere. */
export function embedTaps(weights: Float64Array, kernel: readonly number[], host: readonly number[], offset: readonly number[]): Float64Array {
  const [from, to] = [tapCount(kernel), tapCount(host)];
  const rows = weights.length / from;
  const places = tapPositions(kernel).map((p) => tapIndex(p.map((x, axis) => x + (offset[axis] as number)), host));
  const out = new Float64Array(rows * to);
  for (let row = 0; row < rows; row++) places.forEach((place, tap) => { out[row * to + place] = weights[row * from + tap] as number; });
  return out;
}
