import { readFileSync, writeFileSync } from 'node:fs';
import type { DType } from '../contracts/dtype.ts';
import { UserError } from '../contracts/errors.ts';
import type { NdArray, NumericArray } from '../contracts/ndarray.ts';

/** Reads a NumPy `.npy` file (format 1 to 3, little-endian, C order; format: numpy.lib.format). Throws UserError for anything else. */
export function readNpy(path: string): NdArray {
  return parseNpy(readFileSync(path), path);
}

/** The array in the bytes of an `.npy` file; `path` is for messages. */
export function parseNpy(file: Buffer, path: string): NdArray {
  if (file.length < SHORT_HEAD || file.toString('latin1', 0, 6) !== MAGIC) throw new UserError(`${path} is not an .npy file.`);
  const wide = (file[6] as number) >= 2;
  const start = wide ? LONG_HEAD : SHORT_HEAD;
  const length = wide ? file.readUInt32LE(8) : file.readUInt16LE(8);
  const header = file.toString('latin1', start, start + length);
  const { dtype, array } = typeOf(header, path);
  if (/'fortran_order':\s*True/.test(header)) throw new UserError(`${path} is in Fortran order.`, ['Save numpy.ascontiguousarray(array).']);
  const dims = dimsOf(header);
  const size = dims.reduce((a, b) => a * b, 1);
  const bytes = Uint8Array.from(file.subarray(start + length));
  if (bytes.byteLength !== size * array.BYTES_PER_ELEMENT) throw new UserError(`${path} is cut off or has bytes to spare.`);
  return { dtype, dims, data: new array(bytes.buffer, 0, size) };
}

/** Writes an array as a `.npy` file, format 1. Throws UserError for element types that NumPy has no name for. */
export function writeNpy(path: string, { dtype, dims, data }: NdArray): void {
  const descr = Object.entries(TYPES).find(([, type]) => type.dtype === dtype)?.[0];
  if (!descr) throw new UserError(`NumPy has no element type ${dtype}.`);
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = `${text.padEnd(Math.ceil((SHORT_HEAD + text.length + 1) / ALIGNMENT) * ALIGNMENT - SHORT_HEAD - 1)}\n`;
  const head = Buffer.alloc(SHORT_HEAD);
  head.write(MAGIC, 0, 'latin1');
  head[6] = 1;
  head.writeUInt16LE(header.length, 8);
  writeFileSync(path, Buffer.concat([head, Buffer.from(header, 'latin1'), Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)]));
}

const MAGIC = '\x93NUMPY';
const SHORT_HEAD = 10;
const LONG_HEAD = 12;
/** Data begin at a multiple of this. */
const ALIGNMENT = 64;

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, length: number): NumericArray;
}

const TYPES: Readonly<Record<string, { dtype: DType; array: ArrayType }>> = {
  '<f4': { dtype: 'float32', array: Float32Array },
  '<f8': { dtype: 'float64', array: Float64Array },
  '<f2': { dtype: 'float16', array: Uint16Array },
  '<i8': { dtype: 'int64', array: BigInt64Array },
  '<u8': { dtype: 'uint64', array: BigUint64Array },
  '<i4': { dtype: 'int32', array: Int32Array },
  '<u4': { dtype: 'uint32', array: Uint32Array },
  '<i2': { dtype: 'int16', array: Int16Array },
  '<u2': { dtype: 'uint16', array: Uint16Array },
  '|i1': { dtype: 'int8', array: Int8Array },
  '|u1': { dtype: 'uint8', array: Uint8Array },
  '|b1': { dtype: 'bool', array: Uint8Array },
};

function typeOf(header: string, path: string): { dtype: DType; array: ArrayType } {
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? 'a structure';
  const known = Object.hasOwn(TYPES, descr) ? TYPES[descr] : undefined;
  if (!known) throw new UserError(`${path} holds ${descr}, which this reader does not know.`);
  return known;
}

function dimsOf(header: string): number[] {
  return (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '').split(',').filter((part) => part.trim() !== '').map(Number);
}
