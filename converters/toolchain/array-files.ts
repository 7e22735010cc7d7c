import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DType } from '../../models/contracts/dtype.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import { Tensor } from '../../models/onnx/tensor.ts';

/** An array in a file, little-endian, with NumPy's name of its element type: how arrays go to Python and come back. */
export interface ArrayFile {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly file: string;
}

/** Writes each array to a file of its own in `folder`. `feed` keeps the files of several sets apart. */
export function writeArrays(arrays: NamedArrays, folder: string, feed = 0): ArrayFile[] {
  return [...arrays].map(([name, array], i) => {
    const file = join(folder, `input-${feed}-${i}`);
    writeFileSync(file, Tensor.fromNdArray(array).bytes());
    return { name, dtype: array.dtype, dims: array.dims, file };
  });
}

export function readArrays(files: readonly ArrayFile[]): NamedArrays {
  return new Map(files.map(({ name, dtype, dims, file }) => [name, Tensor.fromBytes(dtype, dims, readFileSync(file)).toNdArray()]));
}
