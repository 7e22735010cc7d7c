import { createHash, type Hash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { UserError } from '../models/contracts/errors.ts';
import type { NamedArrays } from '../models/contracts/executor.ts';
import type { Variant } from './devices/device.ts';

/** A variant from a model file, hashed. External data is not part of the hash. Throws UserError when the file cannot be read. */
export async function variantOf(id: string, modelPath: string, feed: NamedArrays): Promise<Variant> {
  const hash = createHash('sha256');
  await addFile(hash, modelPath);
  return { id, modelPath, sha256: hash.digest('hex'), feed };
}

/** A variant from a folder such as a Core ML package: paths and contents of its files, in order. Throws UserError when one cannot be read. */
export async function folderVariantOf(id: string, modelPath: string, feed: NamedArrays): Promise<Variant> {
  const hash = createHash('sha256');
  const files = readdirSync(modelPath, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)).sort();
  for (const file of files) {
    hash.update(`${relative(modelPath, file)}\0`);
    await addFile(hash, file);
  }
  return { id, modelPath, sha256: hash.digest('hex'), feed };
}

async function addFile(hash: Hash, path: string): Promise<void> {
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (error) {
    throw new UserError(`Cannot read ${path}.`, ['Check the path and its permissions.'], { cause: error });
  }
}
