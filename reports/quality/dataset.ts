import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { pairUp } from './pair-images.ts';

/** An original and, where the data set has them, its low-resolution file. */
export interface ImageFile {
  /** File name without folder; `night/a.png` where folders inside of a data set are its tags. */
  readonly name: string;
  readonly hr: string;
  readonly lr: string | null;
  /** Groups of the data set that it belongs to. */
  readonly tags: readonly string[];
}

export interface ImageSet {
  readonly name: string;
  readonly files: readonly ImageFile[];
}

/** A folder of originals, a folder with `HR` and `LR_bicubic/X2` inside, folders whose names are tags, one image, or two folders said apart. */
export type ImageSource = string | { readonly hr: string; readonly lr: string };

const EXTENSIONS = new Set(['.png', '.jpg', '.jpeg', '.webp', '.tif', '.tiff', '.bmp', '.gif', '.avif']);

/**
 * Finds the originals of a data set and the low-resolution files that belong to a scale, in the layouts that data sets are handed out in
 * (docs/quality.md). Throws UserError where nothing is found, or where originals and low-resolution files do not pair up one to one.
 */
export async function openImages(source: ImageSource, scale: number): Promise<ImageSet> {
  if (typeof source !== 'string') return { name: basename(resolve(source.hr)), files: pairUp(await listImages(source.hr), await listImages(await ofScale(source.lr, scale)), scale) };
  const kind = await stat(source).catch(() => null);
  if (kind?.isFile()) return { name: basename(source), files: [{ name: basename(source), hr: resolve(source), lr: null, tags: [] }] };
  if (!kind) throw new UserError(`There is no folder ${source}.`, ['Give a folder of images with --data DIR.']);
  const name = basename(resolve(source));
  const inside = await listImages(source, false);
  if (inside.length > 0) return { name, files: fromOneFolder(inside, scale) };
  const folders = await foldersIn(source);
  const hr = folders.find((folder) => HR_FOLDER.test(folder));
  if (hr !== undefined) {
    const lr = await lrFolder(source, folders, scale);
    return { name, files: pairUp(await listImages(join(source, hr)), lr === null ? [] : await listImages(lr), scale) };
  }
  const tagged = await taggedFolders(source, folders);
  if (tagged.length === 0) throw noImages(source);
  return { name, files: tagged };
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

/** `HR`, `GT`, `GTmod12`, `original`, `DIV2K_valid_HR`. */
const HR_FOLDER = /^(hr|gt|gtmod\d+|originals?|.*_hr)$/i;

/** The folder of low-resolution images of a scale beside the originals, or null: then they are computed. */
async function lrFolder(root: string, folders: readonly string[], scale: number): Promise<string | null> {
  const named = folders.find((folder) => new RegExp(`^((.*_)?lr(_?bicubic|bic|bi)?_?)?x${scale}$`, 'i').test(folder));
  if (named !== undefined) return join(root, named);
  const general = folders.find((folder) => /^(.*_)?lr(_?bicubic|bic|bi)?$/i.test(folder));
  if (general === undefined) return null;
  const found = await ofScale(join(root, general), scale);
  return (await listImages(found, false)).length > 0 ? found : null;
}

/** `LR_bicubic/X2` or `LR/LRBI/x2` inside a folder of low-resolution images, where it is split by scale; else the folder itself. */
async function ofScale(folder: string, scale: number): Promise<string> {
  const inside = (await listImages(folder, false)).length > 0 ? [] : await foldersIn(folder);
  const next = inside.find((name) => name.toLowerCase() === `x${scale}`) ?? inside.find((name) => /^lr_?bi(cubic)?$/i.test(name));
  return next === undefined ? folder : ofScale(join(folder, next), scale);
}

/** Originals in folders by tag. */
async function taggedFolders(root: string, folders: readonly string[]): Promise<ImageFile[]> {
  const lists = await Promise.all(folders.map(async (tag) => (await listImages(join(root, tag), false)).map((hr): ImageFile => ({ name: `${tag}/${basename(hr)}`, hr, lr: null, tags: [tag] }))));
  return lists.flat();
}

/** Files named `…HR` and `…LR` side by side, as SelfExSR distributes them, or originals only. */
function fromOneFolder(files: readonly string[], scale: number): readonly ImageFile[] {
  const ends = (end: RegExp): string[] => files.filter((file) => end.test(basename(file, extname(file))));
  const [originals, small] = [ends(/HR$/i), ends(/LR$/i)];
  return originals.length > 0 && small.length > 0 ? pairUp(originals, small, scale) : pairUp(files, [], scale);
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink())).map(({ name }) => name).sort();
}

function noImages(folder: string): UserError {
  return new UserError(`${folder} holds no images.`, [
    `Put PNG, JPEG, WebP, TIFF or BMP files there, or give another folder with --data DIR.`,
  ]);
}
