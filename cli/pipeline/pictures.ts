import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { isTensorMetric, parseMetric } from '../../reports/quality/metric.ts';
import { listImages } from '../../reports/quality/dataset.ts';
import { TAGS_FILE } from '../../reports/quality/tags.ts';
import { CLASSES_FILE, LABELS_FILE } from '../../reports/quality/tensors/labels.ts';
import type { Config } from '../config/config.ts';
import { hashFile, hashJson } from './hash.ts';

/** A hash of everything that quality is measured on: the pictures of its data sets, their tags and labels, and files of metrics. */
export async function hashQuality({ images, quality }: Pick<Config, 'images' | 'quality'>): Promise<string | null> {
  const sets = Object.values(quality.datasets);
  const sources = sets.length > 0 ? sets.map(({ hr, lr }) => (lr === undefined ? hr : { hr, lr })) : images === null ? [] : [images];
  if (sources.length === 0) return null;
  const tags = sets.flatMap((set) => (typeof set.tags === 'string' ? [set.tags] : []));
  const files = quality.metrics.flatMap((text) => {
    const metric = parseMetric(text);
    return isTensorMetric(metric) || metric.file === undefined ? [] : [metric.file];
  });
  return hashJson([await Promise.all(sources.map(hashPictures)), await Promise.all([...files, ...tags].map(hashFile))]);
}

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
  for (const folder of folders.sort()) files.push(...(await listImages(folder, false)), ...readdirSync(folder).filter(isDataFile).map((name) => join(folder, name)));
  return files.length > 0 ? files : listImages(source);
}

/** Arrays, tags and labels count as much as pictures. */
function isDataFile(name: string): boolean {
  return /\.np[yz]$/i.test(name) || [TAGS_FILE, LABELS_FILE, CLASSES_FILE].includes(name);
}
