import { type QnnDataType, rawType } from '../../../../converters/qnn/data-types.ts';
import { type DType, dtypeBytes } from '../../../../models/contracts/dtype.ts';
import type { NdArray, NumericArray } from '../../../../models/contracts/ndarray.ts';
import { halfToNumber, numberToHalf } from '../../../../models/onnx/half.ts';

/** What of a tensor its bytes depend on. */
export interface RawTensor {
  readonly type: QnnDataType;
  readonly dims: readonly number[];
  readonly scale: number | null;
  readonly offset: number | null;
}

export function elements(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Bytes of a tensor in its own type. */
export function nativeBytes({ type, dims }: RawTensor): number {
  return dtypeBytes(rawType(type), elements(dims)) as number;
}

/** Real numbers of a tensor's own bytes: fixed-point integers times their scale, (q + offset) · scale. */
export function toReals(bytes: Uint8Array, tensor: RawTensor): Float64Array {
  const numbers = numbersOf(typed(bytes, rawType(tensor.type)), rawType(tensor.type));
  const { scale, offset } = tensor;
  return scale === null ? numbers : numbers.map((value) => (value + (offset ?? 0)) * scale);
}

/** Real numbers in a tensor's own type: rounded to the nearest integer of its range, or cut off where the type is a plain integer. */
export function fromReals(reals: Float64Array, tensor: RawTensor): Uint8Array {
  const type = rawType(tensor.type);
  const { scale, offset } = tensor;
  const numbers = scale === null ? reals : reals.map((value) => roundHalfEven(value / scale) - (offset ?? 0));
  return bytesOf(encode(numbers, type));
}

/** An array of another type with the same numbers. */
export function asArray(reals: Float64Array, dtype: DType, dims: readonly number[]): NdArray {
  return { dtype, dims, data: encode(reals, dtype) };
}

/** The bytes themselves as an array of that type. */
export function reinterpreted(bytes: Uint8Array, dtype: DType, dims: readonly number[]): NdArray {
  return { dtype, dims, data: typed(bytes, dtype) };
}

export function arrayNumbers({ data, dtype }: NdArray): Float64Array {
  return numbersOf(data, dtype);
}

export function bytesOf({ buffer, byteOffset, byteLength }: NumericArray): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

const ARRAYS = {
  float32: Float32Array, float64: Float64Array, float16: Uint16Array, uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array, uint32: Uint32Array, int32: Int32Array,
  int64: BigInt64Array, uint64: BigUint64Array, bool: Uint8Array,
} as const;

type Known = keyof typeof ARRAYS;

const RANGES: Partial<Record<DType, readonly [number, number]>> = {
  uint8: [0, 255], int8: [-128, 127], uint16: [0, 65535], int16: [-32768, 32767], uint32: [0, 4294967295], int32: [-2147483648, 2147483647], bool: [0, 1],
};

function typed(bytes: Uint8Array, dtype: DType): NumericArray {
  const copy = Uint8Array.from(bytes);
  return new ARRAYS[dtype as Known](copy.buffer);
}

function numbersOf(data: NumericArray, dtype: DType): Float64Array {
  if (dtype === 'float16') return Float64Array.from(data as Uint16Array, halfToNumber);
  return Float64Array.from(data as ArrayLike<number | bigint>, Number);
}

function encode(numbers: Float64Array, dtype: DType): NumericArray {
  if (dtype === 'float16') return Uint16Array.from(numbers, numberToHalf);
  if (dtype === 'int64') return BigInt64Array.from(numbers, (value) => BigInt(Math.trunc(value)));
  if (dtype === 'uint64') return BigUint64Array.from(numbers, (value) => BigInt(Math.trunc(Math.max(0, value))));
  const range = RANGES[dtype];
  const Type = ARRAYS[dtype as Known] as Float32ArrayConstructor;
  if (!range) return Type.from(numbers);
  return Type.from(numbers, (value) => (Number.isNaN(value) ? 0 : Math.trunc(Math.min(range[1], Math.max(range[0], value)))));
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
