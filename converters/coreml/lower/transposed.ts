import { Tensor } from '../../../models/onnx/index.ts';

/** A float constant with its axes in another order. */
export function transposed(tensor: Tensor, perm: readonly number[]): Tensor {
  const dims = perm.map((axis) => tensor.dims[axis] as number);
  const strides = tensor.dims.map((_, axis) => tensor.dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const steps = perm.map((axis) => strides[axis] as number);
  const source = tensor.numbers();
  const values = new Float64Array(source.length);
  const index = new Array<number>(dims.length).fill(0);
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = source[at] as number;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      at += steps[axis] as number;
      if ((index[axis] as number) < (dims[axis] as number)) break;
      at -= (steps[axis] as number) * (dims[axis] as number);
      index[axis] = 0;
    }
  }
  return Tensor.of('float32', dims, values);
}
