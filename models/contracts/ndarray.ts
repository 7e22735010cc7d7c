import type { DType } from './dtype.ts';

export type NumericArray =
  | Float32Array | Float64Array | Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | BigInt64Array | BigUint64Array;

/** A dense row-major array that travels between rooms. float16 and bfloat16 hold their bits in a `Uint16Array`, bool is a `Uint8Array` of 0 and 1. */
export interface NdArray {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: NumericArray;
}
