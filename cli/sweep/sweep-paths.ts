import { resolve } from 'node:path';
import type { SweepFile } from './sweep-file.ts';

type Folder = NonNullable<SweepFile['calibrate']>;
type Dataset = NonNullable<NonNullable<SweepFile['quality']>['datasets']>[string];

/** A config whose paths are relative to a folder, with absolute ones. */
export function absoluteSweep(file: SweepFile, folder: string): SweepFile {
  const at = (source: Folder): Folder => (typeof source === 'string' ? resolve(folder, source) : { hr: resolve(folder, source.hr), lr: resolve(folder, source.lr) });
  const dataset = (said: Dataset): Dataset => {
    if (typeof said === 'string') return resolve(folder, said);
    return { ...said, hr: resolve(folder, said.hr), ...(said.lr === undefined ? {} : { lr: resolve(folder, said.lr) }) };
  };
  const model = (entry: SweepFile['models'][string]): SweepFile['models'][string] => {
    if (typeof entry === 'string') return resolve(folder, entry);
    return 'path' in entry ? { ...entry, path: resolve(folder, entry.path) } : entry;
  };
  const { calibrate, quality } = file;
  return {
    ...file, models: mapped(file.models, model),
    ...(calibrate ? { calibrate: at(calibrate) } : {}),
    ...(quality?.datasets ? { quality: { ...quality, datasets: mapped(quality.datasets, dataset) } } : {}),
  };
}

function mapped<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
