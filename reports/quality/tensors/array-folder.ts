import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of arrays of a data set: one `.npy`, or one `.npz` with an array for each input. */
export interface ArrayFile {
  /** File name; `night/a.npz` where folders inside of a data set are its tags. */
  readonly name: string;
  readonly path: string;
  readonly tags: readonly string[];
}

/** The `.npy` and `.npz` files of a folder, or of the folders in it; empty where there are none. */
export async function listArrays(folder: string): Promise<ArrayFile[]> {
  if (!(await stat(folder).catch(() => null))?.isDirectory()) return [];
  const here = await arraysIn(folder);
  if (here.length > 0) return here.map((name) => ({ name, path: join(folder, name), tags: [] }));
  const entries = await readdir(folder, { withFileTypes: true });
  const lists = await Promise.all(entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name).sort()
    .map(async (tag) => (await arraysIn(join(folder, tag))).map((file): ArrayFile => ({ name: `${tag}/${file}`, path: join(folder, tag, file), tags: [tag] }))));
  return lists.flat();
}

async function arraysIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => /\.np[yz]$/i.test(name) && !name.startsWith('.')).sort();
}
