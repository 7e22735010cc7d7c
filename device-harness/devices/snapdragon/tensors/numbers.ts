import type { DType } from '../../../../models/contracts/dtype.ts';
import { UserError } from '../../../../models/contracts/errors.ts';
import type { NumericArray } from '../../../../models/contracts/ndarray.ts';
import { bfloat16ToNumber, halfToNumber, numberToBfloat16, numberToHalf } from '../../../../models/onnx/half.ts';

const ARRAYS: Partial<Record<DType, new (buffer: ArrayBufferLike) => NumericArray>> = {
  float32: Float32Array, float64: Float64Array, float16: Uint16Array, bfloat16: Uint16Array, int8: Int8Array, uint8: Uint8Array, bool: Uint8Array, int16: Int16Array, uint16: Uint16Array,
  int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array,
};

/** Whole numbers that each type holds. */
const LIMITS: Partial<Record<DType, readonly [number, number]>> = {
  int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767], uint16: [0, 65535], int32: [-(2 ** 31), 2 ** 31 - 1], uint32: [0, 2 ** 32 - 1],
};

/** Elements of a type in bytes of their own. Throws UserError for a type that has no array. */
export function arrayOf(dtype: DType, bytes: Uint8Array): NumericArray {
  const Typed = ARRAYS[dtype];
  if (!Typed) throw new UserError(`Tensors of type ${dtype} cannot go to a phone.`, ['Use float32, float16 or whole numbers at the face of the model.']);
  return new Typed(Uint8Array.from(bytes).buffer);
}

/** Elements as numbers. */
export function numbersOf(dtype: DType, data: NumericArray): Float64Array {
  if (dtype === 'float16') return Float64Array.from(data as Uint16Array, halfToNumber);
  if (dtype === 'bfloat16') return Float64Array.from(data as Uint16Array, bfloat16ToNumber);
  return Float64Array.from(data as ArrayLike<number | bigint>, Number);
}

/** Numbers as elements of a type; what a type of whole numbers cannot hold becomes the nearest that it can. */
export function elementsOf(dtype: DType, values: Float64Array): NumericArray {
  if (dtype === 'float16') return Uint16Array.from(values, numberToHalf);
  if (dtype === 'bfloat16') return Uint16Array.from(values, numberToBfloat16);
  if (dtype === 'int64') return BigInt64Array.from(Array.from(values, whole));
  if (dtype === 'uint64') return BigUint64Array.from(Array.from(values, whole));
  const limits = LIMITS[dtype];
  const result = arrayOf(dtype, new Uint8Array(values.length * bytesEach(dtype)));
  for (const [i, value] of values.entries()) result[i] = limits ? Math.min(Math.max(Number.isNaN(value) ? 0 : value, limits[0]), limits[1]) : value;
  return result;
}

/** The whole number nearest to `value`; of two that are as near, the even one, as ONNX's QuantizeLinear has it. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function whole(value: number): bigint {
  return BigInt(Math.round(value));
}

function bytesEach(dtype: DType): number {
  return (ARRAYS[dtype] as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
}
