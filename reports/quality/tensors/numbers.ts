import type { NdArray } from '../../../models/contracts/ndarray.ts';
import { halfToNumber } from '../../../models/onnx/half.ts';

/** The elements of an array as numbers, in order; float16 and bfloat16 are decoded. */
export function toNumbers({ dtype, data }: NdArray): Float64Array {
  if (dtype === 'float16') return Float64Array.from(data as Uint16Array, halfToNumber);
  if (dtype === 'bfloat16') return Float64Array.from(new Float32Array(Uint32Array.from(data as Uint16Array, (bits) => bits << 16).buffer));
  return Float64Array.from(data as ArrayLike<number>, Number);
}
