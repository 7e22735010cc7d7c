import { Tensor } from '../../../models/onnx/index.ts';
import { permute } from '../../../models/onnx/permute.ts';

/** A float constant with its axes in another order. */
export function transposed(tensor: Tensor, perm: readonly number[]): Tensor {
  return Tensor.of('float32', perm.map((axis) => tensor.dims[axis] as number), permute(Float64Array.from(tensor.numbers()), tensor.dims, perm));
}
