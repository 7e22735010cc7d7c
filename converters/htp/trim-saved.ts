import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { surplus } from '../toolchain/index.ts';

export interface TrimOptions {
  /** Bytes that the folders may hold together. */
  readonly limitBytes: number;
  /** Folders used after this time (milliseconds of the epoch) stay: another process may be running what is in them. */
  readonly usedBefore: number;
}

/** Name of the file whose time of change is when a folder was last used, and that tells its size. */
export const MANIFEST = 'context.json';

/** Removes the folders that were not used for the longest, until the rest fits. Folders that cannot be read or removed are passed over. */
export async function trimSaved(parent: string, { limitBytes, usedBefore }: TrimOptions): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const known = (await Promise.all(names.map((name) => look(join(parent, name))))).filter((folder) => folder !== null);
  for (const { folder } of surplus(known, limitBytes).filter(({ usedAt }) => usedAt < usedBefore)) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

interface Known {
  readonly folder: string;
  readonly bytes: number;
  readonly usedAt: number;
}

async function look(folder: string): Promise<Known | null> {
  try {
    const path = join(folder, MANIFEST);
    const { files } = JSON.parse(await readFile(path, 'utf8')) as { files: readonly { bytes: number }[] };
    return { folder, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), usedAt: (await stat(path)).mtimeMs };
  } catch {
    return null;
  }
}
