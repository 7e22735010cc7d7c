import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';

/** An original and, where the data set has them, its low-resolution file. */
export interface ImageFile {
  /** File name without folder. */
  readonly name: string;
  readonly hr: string;
  readonly lr: string | null;
}

export interface ImageSet {
  readonly name: string;
  readonly files: readonly ImageFile[];
}

/** A folder of originals, a folder with `HR` and `LR_bicubic/X2` inside, one image, or two folders said apart. */
export type ImageSource = string | { readonly hr: string; readonly lr: string };

const EXTENSIONS = new Set(['.png', '.jpg', '.jpeg', '.webp', '.tif', '.tiff', '.bmp', '.gif', '.avif']);

/**
 * Finds the originals of a data set and the low-resolution files that belong to a scale. Low-resolution names may equal the original's or
 * carry `x2`, `_x2` or `LR` for `HR`. Throws UserError where nothing is found or an original lacks its partner.
 */
export async function openImages(source: ImageSource, scale: number): Promise<ImageSet> {
  if (typeof source !== 'string')
    return pairUp(basename(resolve(source.hr)), await listImages(source.hr), await listImages(source.lr), scale);
  const kind = await stat(source).catch(() => null);
  if (kind?.isFile()) return { name: basename(source), files: [{ name: basename(source), hr: resolve(source), lr: null }] };
  if (!kind) throw new UserError(`There is no folder ${source}.`, ['Give a folder of images with --data DIR.']);
  const inside = await listImages(source, false);
  if (inside.length > 0) return fromOneFolder(source, inside, scale);
  const hr = await firstFolder(source, ['HR', 'hr', 'GT', 'original']);
  if (!hr) throw noImages(source);
  const lr = await firstFolder(source, [
    `LR_bicubic/X${scale}`,
    `LR_bicubic/x${scale}`,
    `LR/X${scale}`,
    `LR/x${scale}`,
    `LR_x${scale}`,
    `X${scale}`,
  ]);
  return pairUp(basename(resolve(source)), await listImages(hr), lr ? await listImages(lr) : [], scale);
}

/**
 * Files whose extension is that of an image, by name. Throws UserError for a folder that is missing or, unless told otherwise, has none.
 */
export async function listImages(folder: string, required = true): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`Cannot list ${folder}: ${error.code ?? error.message}.`, ['Give a folder of images with --data DIR.'], {
      cause: error,
    });
  });
  const files = names
    .filter((name) => EXTENSIONS.has(extname(name).toLowerCase()) && !name.startsWith('.'))
    .sort()
    .map((name) => resolve(folder, name));
  if (required && files.length === 0) throw noImages(folder);
  return files;
}

/** Files named `…HR` and `…LR` side by side, as SelfExSR distributes them, or originals only. */
function fromOneFolder(folder: string, files: readonly string[], scale: number): ImageSet {
  const originals = files.filter((file) => /HR$/i.test(stem(file)));
  const small = files.filter((file) => /LR$/i.test(stem(file)));
  const name = basename(resolve(folder));
  return originals.length > 0 && small.length > 0 ? pairUp(name, originals, small, scale) : pairUp(name, files, [], scale);
}

function pairUp(name: string, originals: readonly string[], small: readonly string[], scale: number): ImageSet {
  if (small.length === 0) return { name, files: originals.map((hr) => ({ name: basename(hr), hr, lr: null })) };
  const byStem = new Map(small.map((file) => [stem(file).toLowerCase(), file]));
  const files = originals.map((hr) => {
    const key = stem(hr).toLowerCase();
    const lr = [key, `${key}x${scale}`, `${key}_x${scale}`, `${key}-x${scale}`, key.replace(/hr$/, 'lr')]
      .map((k) => byStem.get(k))
      .find((file) => file !== undefined);
    if (lr === undefined) {
      throw new UserError(`${basename(hr)} has no low-resolution partner for scale ${scale} in ${dirname(small[0] as string)}.`, [
        `Name it ${stem(hr)}x${scale}.png, or give originals only: the low-resolution images are then computed.`,
      ]);
    }
    return { name: basename(hr), hr, lr };
  });
  return { name, files };
}

async function firstFolder(root: string, candidates: readonly string[]): Promise<string | null> {
  for (const candidate of candidates) {
    const path = join(root, candidate);
    if (await stat(path).then((s) => s.isDirectory(), () => false)) return path;
  }
  return null;
}

function stem(file: string): string {
  return basename(file, extname(file));
}

function noImages(folder: string): UserError {
  return new UserError(`${folder} holds no images.`, [
    `Put PNG, JPEG, WebP, TIFF or BMP files there, or give another folder with --data DIR.`,
  ]);
}
