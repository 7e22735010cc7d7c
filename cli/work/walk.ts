import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A search looks at so many entries, so deep, and stops. */
const MOST_ENTRIES = 20_000;
const DEEPEST = 8;

const SKIPPED = new Set(['node_modules', 'dist', 'build', '__pycache__', 'venv', 'site-packages']);
const PICTURE = /\.(png|jpe?g|webp|bmp|tiff?)$/i;

export interface Walked {
  readonly models: readonly { readonly path: string; readonly kind: 'onnx' | 'package'; readonly bytes: number | null; readonly modified: number }[];
  /** Folders with pictures, and how many each has. */
  readonly pictures: readonly { readonly path: string; readonly count: number }[];
  readonly truncated: boolean;
}

/** Models and pictures from a folder down, nearest first. Hidden folders, and those of builds and packages, are left out; so are links. */
export async function walk(root: string, signal: AbortSignal): Promise<Walked> {
  const models: Walked['models'][number][] = [];
  const pictures: Walked['pictures'][number][] = [];
  const queue = [{ folder: root, depth: 0 }];
  let left = MOST_ENTRIES;
  for (let next = queue.shift(); next !== undefined && left > 0; next = queue.shift()) {
    signal.throwIfAborted();
    const { folder, depth } = next;
    const entries = await readable(folder);
    left -= entries.length;
    const count = entries.filter((entry) => entry.isFile() && PICTURE.test(entry.name)).length;
    if (count > 0) pictures.push({ path: folder, count });
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isFile() && /\.onnx$/i.test(entry.name)) models.push({ path, kind: 'onnx', ...(await sizeOf(path)) });
      else if (entry.isDirectory() && /\.mlpackage$/i.test(entry.name)) models.push({ path, kind: 'package', ...(await sizeOf(path)), bytes: null });
      else if (entry.isDirectory() && !entry.name.startsWith('.') && !SKIPPED.has(entry.name) && depth < DEEPEST) queue.push({ folder: path, depth: depth + 1 });
    }
  }
  return { models, pictures, truncated: left <= 0 };
}

/** Folders that must not be read hold nothing for us. */
async function readable(folder: string): Promise<Dirent[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

async function sizeOf(path: string): Promise<{ bytes: number; modified: number }> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { bytes: size, modified: mtimeMs };
  } catch {
    return { bytes: 0, modified: 0 };
  }
}
