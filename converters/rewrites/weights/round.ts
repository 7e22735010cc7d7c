import type { DType } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';

/** Float64 results rounded once to a float type. The reason instead, where a value is not finite or leaves the type's range. */
export function roundTo(dtype: DType, dims: readonly number[], values: Float64Array, what: string): Tensor | string {
  if (!areFinite(values)) return `${what} would hold a value that is not finite`;
  const tensor = Tensor.of(dtype, dims, values);
  if (!areFinite(tensor.numbers())) return `${what} would leave the range of ${dtype}`;
  return tensor;
}

function areFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
