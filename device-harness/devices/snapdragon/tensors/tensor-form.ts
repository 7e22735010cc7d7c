import type { QnnTensor } from '../../../../converters/qnn/artifact.ts';
import { rawType } from '../../../../converters/qnn/data-types.ts';
import { type DType, FLOAT_DTYPES } from '../../../../models/contracts/dtype.ts';
import { ExternalError, UserError } from '../../../../models/contracts/errors.ts';
import type { NdArray } from '../../../../models/contracts/ndarray.ts';
import { arrayOf, elementsOf, numbersOf, roundHalfEven } from './numbers.ts';
import { inverse, permute } from '../../../../models/onnx/permute.ts';

/**
 * Bytes of a raw input file: an array in the model's words brought into the artifact's order of axes and type. Real numbers become fixed-point ones by
 * q = round(x / scale) − offset, within the type's limits; whole numbers go as they are. Throws UserError for sizes that the artifact was not made for.
 */
export function rawInput(array: NdArray, tensor: QnnTensor): Uint8Array {
  const dims = tensor.axes ? tensor.axes.map((axis) => array.dims[axis] ?? 0) : array.dims;
  if (!sameSizes(dims, tensor.dims)) {
    throw new UserError(`Input "${tensor.onnxName}" is [${array.dims.join(', ')}], and what was made for the phone takes [${tensor.dims.join(', ')}].`, ['Make it for the size that is measured: --size, or --static.']);
  }
  const ordered = tensor.axes ? permute(array.data, array.dims, tensor.axes) : array.data;
  const target = rawType(tensor.type);
  const data = array.dtype === target ? ordered : elementsOf(target, quantized(numbersOf(array.dtype, ordered), array.dtype, tensor));
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * An output file as an array in the model's words: axes in its order, real numbers by real = (q + offset) · scale. `dtype` is the output's type in the
 * model; null takes float32 for what is real and the file's own type else. Throws ExternalError for a file of another length.
 */
export function outputArray(bytes: Uint8Array, tensor: QnnTensor, dtype: DType | null): NdArray {
  const raw = rawType(tensor.type);
  const values = arrayOf(raw, bytes.length % elementBytes(raw) === 0 ? bytes : new Uint8Array());
  const count = tensor.dims.reduce((a, b) => a * b, 1);
  if (values.length !== count) throw new ExternalError(`Output "${tensor.onnxName}" has ${bytes.length} bytes; [${tensor.dims.join(', ')}] of ${tensor.type} were expected.`, 'qnn-net-run', '');
  const wanted = dtype ?? (isFixed(tensor) || FLOAT_DTYPES.has(raw) ? 'float32' : raw);
  const data = wanted === raw ? values : elementsOf(wanted, FLOAT_DTYPES.has(wanted) ? real(numbersOf(raw, values), tensor) : numbersOf(raw, values));
  if (!tensor.axes) return { dtype: wanted, dims: tensor.dims, data };
  const back = inverse(tensor.axes);
  return { dtype: wanted, dims: back.map((axis) => tensor.dims[axis] as number), data: permute(data, tensor.dims, back) };
}

/** Divided in float32, as ONNX Runtime does: a double quotient would round the other way where it lies between two levels. */
function quantized(values: Float64Array, from: DType, tensor: QnnTensor): Float64Array {
  if (!isFixed(tensor) || !FLOAT_DTYPES.has(from)) return values;
  const { scale, offset } = tensor as { scale: number; offset: number | null };
  return values.map((value) => roundHalfEven(Math.fround(Math.fround(value) / Math.fround(scale))) - (offset ?? 0));
}

function real(values: Float64Array, tensor: QnnTensor): Float64Array {
  if (!isFixed(tensor)) return values;
  const { scale, offset } = tensor as { scale: number; offset: number | null };
  return values.map((value) => (value + (offset ?? 0)) * Math.fround(scale));
}

function isFixed({ type, scale }: QnnTensor): boolean {
  return /fixed/.test(type) && scale !== null;
}

function elementBytes(dtype: DType): number {
  return elementsOf(dtype, new Float64Array(1)).byteLength;
}

function sameSizes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
