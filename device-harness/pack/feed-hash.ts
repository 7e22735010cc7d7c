import { createHash } from 'node:crypto';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import { Tensor } from '../../models/onnx/index.ts';

/** SHA-256 of names, types, sizes and values. */
export function feedHash(feed: NamedArrays): string {
  const hash = createHash('sha256');
  for (const [name, array] of feed) hash.update(JSON.stringify([name, array.dtype, array.dims])).update(Tensor.fromNdArray(array).bytes());
  return hash.digest('hex');
}
