import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { listImages } from '../../reports/quality/dataset.ts';
import type { Config } from '../config/config.ts';
import { hashFile, hashJson } from './hash.ts';

/** A hash of the pictures of a config: names and contents, folders inside included. Throws UserError for a folder without any. */
export async function hashPictures(images: NonNullable<Config['images']>): Promise<string> {
  const sources = typeof images === 'string' ? [images] : [images.hr, images.lr];
  const hashed: [source: number, name: string, sha256: string][] = [];
  for (const [index, source] of sources.entries()) {
    for (const file of await picturesIn(source)) hashed.push([index, relative(source, file), await hashFile(file)]);
  }
  return hashJson(hashed);
}

async function picturesIn(source: string): Promise<string[]> {
  const kind = statSync(source, { throwIfNoEntry: false });
  if (!kind)
    throw new UserError(`There is no folder ${source}.`, ['Give a folder of images with --data DIR, or as "images" in the config.']);
  if (kind.isFile()) return [source];
  const folders = [
    source,
    ...readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name)),
  ];
  const files: string[] = [];
  for (const folder of folders.sort()) files.push(...(await listImages(folder, false)));
  return files.length > 0 ? files : listImages(source);
}
