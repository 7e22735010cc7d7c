import type { DType } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';

/** Float64 results rounded once to a float type. The reason instead, where a value is not finite or leaves the type's range. */
export function roundTo(dtype: DType, dims: readonly number[], values: Float64Array, what: string): Tensor | string {
  const tensor = Tensor.of(dtype, dims, values);
  const rounded = dtype === 'float32' ? (tensor.toNdArray().data as Float32Array) : tensor.numbers();
  if (areFinite(rounded)) return tensor;
  return areFinite(values) ? `${what} would leave the range of ${dtype}` : `${what} would hold a value that is not finite`;
}

function areFinite(values: Float64Array | Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
