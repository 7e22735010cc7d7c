import { type DType, dtypeBits } from '../contracts/dtype.ts';
import { rangeOf, readRange } from './file-range.ts';
import type { TensorProto } from './proto.ts';

type Field = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';
type Integer = NonNullable<TensorProto['int64Data']>[number];

/** The typed field that holds values of an element type (onnx-ml.proto, comments of TensorProto); null for strings and 6-bit floats, which are read as raw data only. */
function typedField(dtype: DType): Field | null {
  if (dtype === 'string' || dtype === 'float6e2m3' || dtype === 'float6e3m2') return null;
  if (dtype === 'float32' || dtype === 'complex64') return 'floatData';
  if (dtype === 'float64' || dtype === 'complex128') return 'doubleData';
  if (dtype === 'int64') return 'int64Data';
  return dtype === 'uint64' || dtype === 'uint32' ? 'uint64Data' : 'int32Data';
}

/**
 * Values of a typed field as raw data: floats as they are, narrow integers, bool, float16 and bfloat16 bits from the low bits of
 * int32_data, sub-byte types from one packed byte per int32.
 */
export function typedBytes(tensor: TensorProto, dtype: DType): Uint8Array {
  const field = typedField(dtype);
  const values = field && tensor[field];
  if (!field || !values) return new Uint8Array(0);
  const range = rangeOf(values);
  if (field === 'floatData' || field === 'doubleData') {
    if (range) return readRange(range);
    return viewBytes(field === 'floatData' ? Float32Array.from(values as number[]) : Float64Array.from(values as number[]));
  }
  const bits = Math.max(8, dtypeBits(dtype) ?? 8);
  return bits === 64
    ? wide(range ? unpackVarints(readRange(range)) : values)
    : narrow(range ? unpackVarints(readRange(range)) : values, bits);
}

function wide(values: readonly (Integer | bigint)[]): Uint8Array {
  return viewBytes(BigInt64Array.from(values, (value) => (typeof value === 'bigint' ? value : BigInt(value.toString()))));
}

/** Two's complement; what does not fit wraps as a C cast does. */
function narrow(values: readonly (Integer | bigint)[], bits: number): Uint8Array {
  const numbers = Array.from(values, (value) => Number(typeof value === 'bigint' ? BigInt.asIntN(bits, value) : value));
  return viewBytes(bits === 8 ? Uint8Array.from(numbers) : bits === 16 ? Uint16Array.from(numbers) : Uint32Array.from(numbers));
}

function unpackVarints(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte > 127) continue;
    values.push(BigInt.asIntN(64, value));
    value = shift = 0n;
  }
  return values;
}

function viewBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
