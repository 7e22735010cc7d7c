import { dtypeName } from '../contracts/dtype.ts';
import { UserError } from '../contracts/errors.ts';
import type { TensorProto } from './proto.ts';

/** Raw little-endian data of a tensor message, wherever it lies: in the message, in its typed fields, in the model file, or in an external file. */
export function tensorBytes(tensor: TensorProto): Uint8Array {
  if (tensor.rawData && tensor.rawData.length > 0) return tensor.rawData;
  const dtype = dtypeName(Number(tensor.dataType ?? 0));
  if (dtype === 'float32') return new Uint8Array(Float32Array.from(tensor.floatData ?? []).buffer);
  if (dtype === 'int64') return new Uint8Array(BigInt64Array.from((tensor.int64Data ?? []).map((v) => BigInt(v.toString()))).buffer);
  throw new UserError(`Tensor "${tensor.name ?? ''}" (${dtype}) holds no data that can be read.`);
}
