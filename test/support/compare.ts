import { Tensor } from '../../models/onnx/index.ts';
import type { NdArray } from '../../models/contracts/index.ts';

/** max |a − b| over the range (max − min) of `b`; 0 for equal constants, NaN equal to NaN. */
export function relativeToRange(a: NdArray, b: NdArray): number {
  const [x, y] = [Tensor.fromNdArray(a).numbers(), Tensor.fromNdArray(b).numbers()];
  if (x.length !== y.length) return Number.POSITIVE_INFINITY;
  let [worst, low, high] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < y.length; i++) {
    const [p, q] = [x[i] as number, y[i] as number];
    if (Number.isNaN(p) && Number.isNaN(q)) continue;
    worst = Math.max(worst, p === q ? 0 : Math.abs(p - q));
    if (Number.isNaN(worst)) return Number.POSITIVE_INFINITY;
    low = Math.min(low, q);
    high = Math.max(high, q);
  }
  return worst === 0 ? 0 : worst / Math.max(high - low, Number.MIN_VALUE);
}

/** Same type, shape and bits. */
export function bitEqual(a: NdArray, b: NdArray): boolean {
  const bytes = (n: NdArray): Buffer => Buffer.from(n.data.buffer as ArrayBuffer, n.data.byteOffset, n.data.byteLength);
  return a.dtype === b.dtype && a.dims.join() === b.dims.join() && bytes(a).equals(bytes(b));
}
