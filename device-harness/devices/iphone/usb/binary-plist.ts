import type { Plist } from './plist-value.ts';

const TRAILER = 32;
/** Seconds from 1970 to 2001, where Apple's clock begins. */
const APPLE_EPOCH = 978_307_200;
const MOST_NESTED = 64;

/** Reads `bplist00`, the form in which macOS stores pair records (CoreFoundation, CFBinaryPList.c). Throws Error for what is damaged. */
export function parseBinaryPlist(bytes: Buffer): Plist {
  if (bytes.length < 8 + TRAILER) throw new Error('the binary property list is cut short');
  const trailer = bytes.length - TRAILER;
  const offsetSize = bytes.readUInt8(trailer + 6);
  const referenceSize = bytes.readUInt8(trailer + 7);
  const top = Number(bytes.readBigUInt64BE(trailer + 16));
  const table = Number(bytes.readBigUInt64BE(trailer + 24));
  const objectAt = (index: number, depth: number): Plist => {
    if (depth > MOST_NESTED) throw new Error('the binary property list is nested too deeply');
    return read(unsigned(bytes, table + index * offsetSize, offsetSize), depth);
  };
  const references = (at: number, count: number): number[] => Array.from({ length: count }, (_, i) => unsigned(bytes, at + i * referenceSize, referenceSize));
  const read = (at: number, depth: number): Plist => {
    const marker = bytes.readUInt8(at);
    const kind = marker >> 4;
    if (kind === 0x0) return marker === 0x09;
    if (kind === 0x1) return integer(bytes, at + 1, 1 << (marker & 0xf));
    if (kind === 0x2) return (marker & 0xf) === 2 ? bytes.readFloatBE(at + 1) : bytes.readDoubleBE(at + 1);
    if (kind === 0x3) return new Date((bytes.readDoubleBE(at + 1) + APPLE_EPOCH) * 1000);
    const { count, start } = sized(bytes, at);
    if (kind === 0x4) return slice(bytes, start, count);
    if (kind === 0x5) return slice(bytes, start, count).toString('latin1');
    if (kind === 0x6) return Buffer.from(slice(bytes, start, count * 2)).swap16().toString('utf16le');
    if (kind === 0xa) return references(start, count).map((index) => objectAt(index, depth + 1));
    if (kind !== 0xd) throw new Error(`the binary property list holds an object of kind ${kind}`);
    const keys = references(start, count);
    const values = references(start + count * referenceSize, count);
    return Object.fromEntries(keys.map((key, i) => [String(objectAt(key, depth + 1)), objectAt(values[i] as number, depth + 1)]));
  };
  return objectAt(top, 0);
}

/** Number of elements, which a marker holds up to 14 and an integer after it beyond. */
function sized(bytes: Buffer, at: number): { readonly count: number; readonly start: number } {
  const small = bytes.readUInt8(at) & 0xf;
  if (small < 0xf) return { count: small, start: at + 1 };
  const width = 1 << (bytes.readUInt8(at + 1) & 0xf);
  return { count: unsigned(bytes, at + 2, width), start: at + 2 + width };
}

function unsigned(bytes: Buffer, at: number, width: number): number {
  return width === 8 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUIntBE(at, width);
}

/** Integers of 8 bytes have a sign, narrower ones have none. */
function integer(bytes: Buffer, at: number, width: number): number | bigint {
  if (width < 8) return bytes.readUIntBE(at, width);
  const value = bytes.readBigInt64BE(at + width - 8);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function slice(bytes: Buffer, start: number, length: number): Buffer {
  if (start + length > bytes.length) throw new Error('the binary property list is cut short');
  return bytes.subarray(start, start + length);
}
