import { readFileSync } from 'node:fs';
import type { DType } from '../../models/contracts/dtype.ts';
import type { NdArray, NumericArray } from '../../models/contracts/ndarray.ts';

/** Reads a NumPy `.npy` file (format 1 to 3, little-endian, C order; format: numpy.lib.format). */
export function readNpy(path: string): NdArray {
  const file = readFileSync(path);
  if (file.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error(`${path} is not an .npy file`);
  const wide = (file[6] as number) >= 2;
  const start = wide ? 12 : 10;
  const length = wide ? file.readUInt32LE(8) : file.readUInt16LE(8);
  const header = file.toString('latin1', start, start + length);
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  if (/'fortran_order':\s*True/.test(header)) throw new Error(`${path} is in Fortran order`);
  const dims = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const known = TYPES[descr];
  if (!known) throw new Error(`${path} holds ${descr}, which this reader does not know`);
  const bytes = Uint8Array.from(file.subarray(start + length));
  return {
    dtype: known.dtype,
    dims,
    data: new known.array(
      bytes.buffer,
      0,
      dims.reduce((a, b) => a * b, 1),
    ),
  };
}

type ArrayType = new (buffer: ArrayBuffer, offset: number, length: number) => NumericArray;

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
