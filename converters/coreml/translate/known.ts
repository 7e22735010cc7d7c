import { type DType, UserError } from '../../../models/contracts/index.ts';
import { numberToHalf, halfToNumber } from '../../../models/onnx/half.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { MilConstant } from '../package/constant.ts';
import type { MilDType } from '../package/data-types.ts';

/** A value that is known when translating: a constant of the program, or one that constexpr operations make of constants. */
export interface Known {
  readonly dtype: MilDType;
  readonly dims: readonly number[];
  numbers(): Float64Array;
  strings(): readonly string[];
}

/** A constant of the program; read once, when first asked. */
export function knownConstant(constant: MilConstant): Known {
  let numbers: Float64Array | null = null;
  const { dtype, shape } = constant.tensor;
  return { dtype, dims: shape, numbers: () => (numbers ??= constant.numbers()), strings: () => constant.strings() };
}

/** Values that were computed; those of fp16 are rounded to it, once. */
export function knownNumbers(dtype: MilDType, dims: readonly number[], values: Float64Array): Known {
  const numbers = dtype === 'fp16' ? values.map((value) => halfToNumber(numberToHalf(value))) : dtype === 'fp32' ? values.map(Math.fround) : values;
  return { dtype, dims, numbers: () => numbers, strings: () => [] };
}

/** As an ONNX tensor; see `onnxType` for element types. */
export function knownTensor(known: Known): Tensor {
  return Tensor.of(onnxType(known.dtype), known.dims, known.numbers());
}

const ONNX_TYPES: Partial<Record<MilDType, DType>> = {
  fp16: 'float32', fp32: 'float32', fp64: 'float64', bool: 'bool', int8: 'int8', int16: 'int16', int32: 'int32', int64: 'int64',
  uint8: 'uint8', uint16: 'uint16', uint32: 'uint32', uint64: 'uint64',
};

/**
 * The element type that a MIL type is computed in. fp16 is computed in float32: every value of it is a float32 too, and each operation's
 * result is rounded to fp16. Throws UserError for sub-byte types and others that only constants have.
 */
export function onnxType(dtype: MilDType): DType {
  const type = ONNX_TYPES[dtype];
  if (!type) throw new UserError(`Values of type ${dtype} cannot be computed with.`, ['Report this with the package.']);
  return type;
}
