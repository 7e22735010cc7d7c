import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { UserError } from '../models/contracts/errors.ts';
import type { NamedArrays } from '../models/contracts/executor.ts';
import type { Variant } from './devices/device.ts';

/** A variant from a model file, hashed. External data is not part of the hash. Throws UserError when the file cannot be read. */
export async function variantOf(id: string, modelPath: string, feed: NamedArrays): Promise<Variant> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(modelPath)) hash.update(chunk as Buffer);
  } catch (error) {
    throw new UserError(`Cannot read ${modelPath}.`, ['Check the path and its permissions.'], { cause: error });
  }
  return { id, modelPath, sha256: hash.digest('hex'), feed };
}
