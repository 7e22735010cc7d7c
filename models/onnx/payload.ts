import { type DType, dtypeBytes, dtypeName } from '../contracts/dtype.ts';
import { UserError } from '../contracts/errors.ts';
import { rangeOf, readRange } from './file-range.ts';
import { toNumber, toNumbers } from './integer.ts';
import type { TensorProto } from './proto.ts';
import { typedBytes } from './typed-fields.ts';

const EXTERNAL = 1;

/**
 * Raw little-endian data of a tensor message, wherever it lies: in the message, in its typed fields, in the model file, or in an external
 * file. May be a view: not to be written to. Throws UserError for strings, for unknown element types and where the data does not fit the
 * dimensions.
 */
export function tensorBytes(tensor: TensorProto): Uint8Array {
  const dtype = dtypeName(Number(tensor.dataType ?? 0));
  const name = tensor.name ?? '';
  if (dtype === null) throw new UserError(`Tensor "${name}" has element type ${tensor.dataType}, which this version does not know.`);
  if (dtype === 'string') throw new UserError(`Tensor "${name}" holds strings, which have no raw data.`);
  const bytes = stored(tensor, dtype);
  const needed = neededBytes(tensor, dtype);
  if (bytes.length === needed) return bytes;
  const dims = toNumbers(tensor.dims);
  throw new UserError(`Tensor "${name}" holds ${bytes.length} bytes; ${dtype}[${dims}] needs ${needed}.`, [
    'The model file is damaged or was written by a faulty tool: export it again.',
  ]);
}

/** Bytes that a tensor's values take as raw data, by its type and dimensions; null for strings and unknown element types. Reads nothing. */
export function payloadLength(tensor: TensorProto): number | null {
  const dtype = dtypeName(Number(tensor.dataType ?? 0));
  return dtype === null || dtype === 'string' ? null : neededBytes(tensor, dtype);
}

/** True when the values lie in another file than the model's. */
export function isExternal(tensor: TensorProto): boolean {
  return tensor.dataLocation === EXTERNAL;
}

function stored(tensor: TensorProto, dtype: DType): Uint8Array {
  if (isExternal(tensor)) {
    const range = rangeOf(tensor.externalData);
    if (!range)
      throw new UserError(`Tensor "${tensor.name ?? ''}" lies in an external file, and the folder of its model is not known.`, [
        'Read the model from its file.',
      ]);
    return readRange(range);
  }
  if (!tensor.rawData) return typedBytes(tensor, dtype);
  const range = rangeOf(tensor.rawData);
  if (range) return readRange(range);
  return tensor.rawData.length > 0 ? tensor.rawData : typedBytes(tensor, dtype);
}

function neededBytes(tensor: TensorProto, dtype: DType): number {
  return (
    dtypeBytes(
      dtype,
      (tensor.dims ?? []).reduce<number>((size, dim) => size * toNumber(dim), 1),
    ) ?? 0
  );
}
