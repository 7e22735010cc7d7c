import type { DType } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { MilDtype } from '../plan.ts';
import { Refused } from './refused.ts';

/**
 * What the plan carries an ONNX element type as. Floats are float32 here; coremltools makes float16 of them. Bytes are floats of whole
 * numbers, which both float types hold exactly. Throws Refused for types that nothing holds.
 */
export function carriedDtype(dtype: DType, constant: Tensor | null): MilDtype {
  if (constant && (dtype === 'int64' || dtype === 'uint32' || dtype === 'uint64')) checkInt32(constant);
  const carried = CARRIED[dtype];
  if (carried) return carried;
  if (dtype === 'float64' && constant) return 'fp32';
  throw new Refused(`Core ML has no ${dtype}`, REMEDIES[dtype] ?? 'Cast to float32 or int32 in the model.');
}

/** Elements in the carried type, little-endian; one byte for a bool. */
export function tensorBytesAs(tensor: Tensor, dtype: MilDtype): Uint8Array {
  if (dtype === 'fp32') return tensor.dtype === 'float32' ? tensor.bytes() : Tensor.of('float32', tensor.dims, tensor.numbers()).bytes();
  if (dtype === 'int32') return tensor.dtype === 'int32' ? tensor.bytes() : Tensor.of('int32', tensor.dims, tensor.numbers()).bytes();
  return tensor.bytes();
}

const CARRIED: Partial<Record<DType, MilDtype>> = {
  float32: 'fp32', float16: 'fp32', bfloat16: 'fp32', int32: 'int32', int64: 'int32', uint32: 'int32', uint64: 'int32', int16: 'int32', uint16: 'int32',
  bool: 'bool', uint8: 'fp32', int8: 'fp32',
};

const REMEDIES: Partial<Record<DType, string>> = {
  float64: 'The rewrite clean/float64-islands computes such parts in float32; else cast to float32 in the model.',
  string: 'Cut the model: --cut-from and --cut-at of dyno rewrite.',
};

function checkInt32(tensor: Tensor): void {
  const wide = tensor.bigints().find((value) => value > 2147483647n || value < -2147483648n);
  if (wide !== undefined) throw new Refused(`the constant ${wide} does not fit into 32 bits, and Core ML has no int64`, 'Keep whole numbers within 32 bits.');
}
