/** Element types of MIL, by the names that MIL's own text uses. */
export type MilDType =
  | 'bool' | 'string' | 'fp16' | 'fp32' | 'fp64' | 'bf16' | 'fp8e4m3fn' | 'fp8e5m2' | 'int4' | 'int8' | 'int16' | 'int32' | 'int64'
  | 'uint1' | 'uint2' | 'uint3' | 'uint4' | 'uint6' | 'uint8' | 'uint16' | 'uint32' | 'uint64';

interface TypeFacts {
  /** Number in MIL.proto's DataType. */
  readonly proto: number;
  /** Number in a weight file's metadata; null where it cannot be stored there. */
  readonly blob: number | null;
  /** Bits of one element; null for strings. */
  readonly bits: number | null;
}

/** MIL.proto `DataType`, and `BlobDataType` of mlmodel/src/MILBlob/Blob/BlobDataType.hpp (apple/coremltools). */
const FACTS: Readonly<Record<MilDType, TypeFacts>> = {
  bool: { proto: 1, blob: null, bits: 8 },
  string: { proto: 2, blob: null, bits: null },
  fp16: { proto: 10, blob: 1, bits: 16 },
  fp32: { proto: 11, blob: 2, bits: 32 },
  fp64: { proto: 12, blob: null, bits: 64 },
  bf16: { proto: 13, blob: 5, bits: 16 },
  int8: { proto: 21, blob: 4, bits: 8 },
  int16: { proto: 22, blob: 6, bits: 16 },
  int32: { proto: 23, blob: 14, bits: 32 },
  int64: { proto: 24, blob: null, bits: 64 },
  int4: { proto: 25, blob: 8, bits: 4 },
  uint8: { proto: 31, blob: 3, bits: 8 },
  uint16: { proto: 32, blob: 7, bits: 16 },
  uint32: { proto: 33, blob: 15, bits: 32 },
  uint64: { proto: 34, blob: null, bits: 64 },
  uint4: { proto: 35, blob: 11, bits: 4 },
  uint2: { proto: 36, blob: 10, bits: 2 },
  uint1: { proto: 37, blob: 9, bits: 1 },
  uint6: { proto: 38, blob: 13, bits: 6 },
  uint3: { proto: 39, blob: 12, bits: 3 },
  fp8e4m3fn: { proto: 40, blob: 16, bits: 8 },
  fp8e5m2: { proto: 41, blob: 17, bits: 8 },
};

const NAMES = new Map(Object.entries(FACTS).map(([name, { proto }]) => [proto, name as MilDType]));

/** The type that MIL.proto gives a number; null for one that this build does not know. */
export function milDType(proto: number): MilDType | null {
  return NAMES.get(proto) ?? null;
}

/** The number that a weight file's metadata gives a type; null where it cannot be stored there. */
export function blobDataType(dtype: MilDType): number | null {
  return FACTS[dtype].blob;
}

/** Bytes of `count` packed elements; null for strings. */
export function milBytes(dtype: MilDType, count: number): number | null {
  const { bits } = FACTS[dtype];
  return bits === null ? null : Math.ceil((bits * count) / 8);
}

/** Bits of one element; null for strings. */
export function milBits(dtype: MilDType): number | null {
  return FACTS[dtype].bits;
}
