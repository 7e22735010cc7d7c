import { basename, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { ImageSource } from '../../reports/quality/dataset.ts';
import { parseDegradation } from '../../reports/quality/degradation/degradation.ts';
import type { TagRules } from '../../reports/quality/tags.ts';
import type { SeededDegradation } from '../../reports/quality/test-case.ts';
import type { Config } from '../config/config.ts';

/** A data set that is scored. */
export interface QualityDataset {
  readonly name: string;
  readonly images: ImageSource;
  readonly degradation: SeededDegradation | null;
  /** Rules, or a JSON file of them. */
  readonly tags: TagRules | string;
}

/** The named data sets of the config, those that are asked for; without any, the pictures of the config. Throws UserError where there are none. */
export function qualityDatasets({ images, quality, seed = 1 }: Pick<Config, 'images' | 'quality'> & Partial<Pick<Config, 'seed'>>): QualityDataset[] {
  const { datasets, use, degrade } = quality;
  const known = Object.entries(datasets);
  const unknown = use.find((name) => !Object.hasOwn(datasets, name));
  if (unknown !== undefined) {
    throw new UserError(`There is no data set "${unknown}".`, [
      known.length > 0 ? `Data sets of the config: ${Object.keys(datasets).join(', ')}.` : 'Name it in the config under quality.datasets, or give a folder with --data DIR.',
    ]);
  }
  const seeded = (text: string | undefined): SeededDegradation | null => {
    const said = text ?? degrade;
    return said === null ? null : { steps: parseDegradation(said), seed };
  };
  if (known.length === 0) {
    if (images === null) throw new UserError('Quality needs pictures.', ['Give a folder with --data DIR, or "images" in the config.']);
    return [{ name: nameOf(images), images, degradation: seeded(undefined), tags: {} }];
  }
  return known.filter(([name]) => use.length === 0 || use.includes(name)).map(([name, { hr, lr, degrade: own, tags = {} }]) => ({
    name, images: lr === undefined ? hr : { hr, lr }, degradation: lr === undefined ? seeded(own) : null, tags,
  }));
}

function nameOf(images: ImageSource): string {
  return basename(resolve(typeof images === 'string' ? images : images.hr));
}
