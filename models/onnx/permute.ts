import type { NumericArray } from '../contracts/ndarray.ts';

/** Values of a row-major array of `dims` with its axes in the order `axes`: axis i of the result is axis `axes[i]` of the source. */
export function permute<T extends NumericArray>(values: T, dims: readonly number[], axes: readonly number[]): T {
  const sizes = axes.map((axis) => dims[axis] as number);
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const steps = axes.map((axis) => strides[axis] as number);
  const result = values.slice() as T;
  const index = new Array<number>(sizes.length).fill(0);
  let at = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = values[at] as never;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      at += steps[axis] as number;
      if ((index[axis] as number) < (sizes[axis] as number)) break;
      at -= (steps[axis] as number) * (sizes[axis] as number);
      index[axis] = 0;
    }
  }
  return result;
}

/** The order of axes that undoes `axes`. */
export function inverse(axes: readonly number[]): number[] {
  const result: number[] = [];
  for (const [at, axis] of axes.entries()) result[axis] = at;
  return result;
}
