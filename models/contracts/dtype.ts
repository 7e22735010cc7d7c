/** Element types by the names ONNX, NumPy and ONNX Runtime share; numbers are `TensorProto.DataType`. */
export const DTYPE_CODES = {
  float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, string: 8, bool: 9, float16: 10, float64: 11,
  uint32: 12, uint64: 13, complex64: 14, complex128: 15, bfloat16: 16, float8e4m3fn: 17, float8e4m3fnuz: 18, float8e5m2: 19,
  float8e5m2fnuz: 20, uint4: 21, int4: 22, float4e2m1: 23, float8e8m0: 24, uint2: 25, int2: 26,
  float6e2m3: 27, float6e3m2: 28,
} as const;

export type DType = keyof typeof DTYPE_CODES;

const NAMES = new Map<number, DType>(Object.entries(DTYPE_CODES).map(([name, code]) => [code, name as DType]));

/** The name of a `TensorProto.DataType` number, or null for one this build does not know. */
export function dtypeName(code: number): DType | null {
  return NAMES.get(code) ?? null;
}

const BITS: Partial<Record<DType, number>> = {
  float32: 32, uint8: 8, int8: 8, uint16: 16, int16: 16, int32: 32, int64: 64, bool: 8, float16: 16, float64: 64, uint32: 32,
  uint64: 64, complex64: 64, complex128: 128, bfloat16: 16, float8e4m3fn: 8, float8e4m3fnuz: 8, float8e5m2: 8, float8e5m2fnuz: 8,
  uint4: 4, int4: 4, float4e2m1: 4, float8e8m0: 8, uint2: 2, int2: 2,
  float6e2m3: 6, float6e3m2: 6,
};

/** Bits of one element as stored in raw data; null for strings. */
export function dtypeBits(dtype: DType): number | null {
  return BITS[dtype] ?? null;
}

/** Bytes that `count` elements take in raw data (sub-byte types are packed); null for strings. */
export function dtypeBytes(dtype: DType, count: number): number | null {
  const bits = dtypeBits(dtype);
  return bits === null ? null : Math.ceil((bits * count) / 8);
}

export const FLOAT_DTYPES: ReadonlySet<DType> = new Set(['float16', 'bfloat16', 'float32', 'float64']);
