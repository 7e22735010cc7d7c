import { bfloat16ToNumber, halfToNumber } from '../../../models/onnx/half.ts';
import { type MilDType, milBits } from './data-types.ts';

/**
 * Packed elements as numbers. Elements below a byte are fields of a stream of bits that begins with the least significant bit of the first
 * byte and runs on across bytes (the packing that coremltools documents at constexpr_lut_to_dense).
 */
export function unpack(dtype: MilDType, bytes: Uint8Array, count: number): Float64Array {
  const bits = milBits(dtype) ?? 0;
  if (bits < 8) return unpackBits(bytes, bits, count, dtype === 'int4');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READERS[dtype];
  if (!read) throw new RangeError(`${dtype} has no numbers`);
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = read(view, (i * bits) / 8);
  return out;
}

function unpackBits(bytes: Uint8Array, bits: number, count: number, signed: boolean): Float64Array {
  const out = new Float64Array(count);
  const mask = (1 << bits) - 1;
  for (let i = 0; i < count; i++) {
    const at = i * bits;
    const pair = (bytes[at >> 3] as number) | ((bytes[(at >> 3) + 1] ?? 0) << 8);
    const value = (pair >> (at & 7)) & mask;
    out[i] = signed && value >> (bits - 1) ? value - mask - 1 : value;
  }
  return out;
}

const READERS: Partial<Record<MilDType, (view: DataView, at: number) => number>> = {
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  fp16: (view, at) => halfToNumber(view.getUint16(at, true)),
  bf16: (view, at) => bfloat16ToNumber(view.getUint16(at, true)),
  fp32: (view, at) => view.getFloat32(at, true),
  fp64: (view, at) => view.getFloat64(at, true),
  int8: (view, at) => view.getInt8(at),
  int16: (view, at) => view.getInt16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint8: (view, at) => view.getUint8(at),
  uint16: (view, at) => view.getUint16(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
  fp8e4m3fn: (view, at) => float8(view.getUint8(at), 3, 7, false),
  fp8e5m2: (view, at) => float8(view.getUint8(at), 2, 15, true),
};

/** 8-bit floats (OCP OFP8): e4m3fn has no infinities and one NaN pattern for each sign, e5m2 is a short binary16. */
function float8(code: number, fractionBits: number, bias: number, infinities: boolean): number {
  const sign = code & 0x80 ? -1 : 1;
  const exponent = (code & 0x7f) >> fractionBits;
  const fraction = code & ((1 << fractionBits) - 1);
  const highest = (1 << (7 - fractionBits)) - 1;
  if (exponent === highest && infinities) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === highest && fraction === (1 << fractionBits) - 1) return Number.NaN;
  const scale = 2 ** (Math.max(exponent, 1) - bias - fractionBits);
  return sign * (exponent === 0 ? fraction : fraction + (1 << fractionBits)) * scale;
}
