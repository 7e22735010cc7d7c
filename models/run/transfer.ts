import { closeSync, fstatSync, openSync, readSync, unlinkSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DType } from '../contracts/dtype.ts';
import type { NamedArrays } from '../contracts/executor.ts';
import type { NumericArray } from '../contracts/ndarray.ts';

/** Bytes on their way to another process: in the message, or in a file that the receiver reads once and removes. */
export type Parcel = { readonly inline: NumericArray } | { readonly file: string; readonly type: ArrayName };

export interface PackedArray {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: Parcel;
}

/** Above this a file is faster than the message pipe, which moves about 80 MB a second. */
const INLINE_BYTES = 1 << 16;

/** Wraps an array for a message; large ones are written to a new file in `folder`. */
export function packArray(data: NumericArray, folder: string): Parcel {
  if (data.byteLength <= INLINE_BYTES) return { inline: data };
  const file = join(folder, randomUUID());
  writeFileSync(file, new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength));
  return { file, type: arrayName(data) };
}

/** Unwraps what `packArray` made, and removes its file. */
export function unpackArray(parcel: Parcel): NumericArray {
  if ('inline' in parcel) return parcel.inline;
  const bytes = readWhole(parcel.file);
  unlinkSync(parcel.file);
  return new ARRAYS[parcel.type](bytes);
}

export function packArrays(arrays: NamedArrays, folder: string): PackedArray[] {
  return [...arrays].map(([name, { dtype, dims, data }]) => ({ name, dtype, dims, data: packArray(data, folder) }));
}

export function unpackArrays(packed: readonly PackedArray[]): NamedArrays {
  return new Map(packed.map(({ name, dtype, dims, data }) => [name, { dtype, dims, data: unpackArray(data) }]));
}

const ARRAYS = {
  Float32Array, Float64Array, Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, BigInt64Array, BigUint64Array,
};
type ArrayName = keyof typeof ARRAYS;

/** By element type and not by class: a Buffer is a Uint8Array. */
function arrayName(data: NumericArray): ArrayName {
  return Object.prototype.toString.call(data).slice(8, -1) as ArrayName;
}

function readWhole(file: string): ArrayBuffer {
  const handle = openSync(file, 'r');
  try {
    const bytes = new Uint8Array(fstatSync(handle).size);
    for (let at = 0; at < bytes.length; ) at += readSync(handle, bytes, at, Math.min(bytes.length - at, 1 << 30), at);
    return bytes.buffer;
  } finally {
    closeSync(handle);
  }
}
