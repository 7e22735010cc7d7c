import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { packageRoot } from '../package-root.ts';
import { hashPictures } from '../pipeline/pictures.ts';

type Folder = NonNullable<Config['images']>;

/** A folder of pictures and what is in it. */
export interface Pictures {
  readonly folder: Folder;
  readonly hash: string;
}

/** The four that come with the package. */
export const SAMPLES = join(packageRoot(), 'models/zoo/samples');

/** Null where the folder is not here. Throws UserError for one without pictures. */
export async function picturesAt(folder: Folder): Promise<Pictures | null> {
  const parts = typeof folder === 'string' ? [folder] : [folder.hr, folder.lr];
  return parts.every((part) => existsSync(part)) ? { folder, hash: await hashPictures(folder) } : null;
}
