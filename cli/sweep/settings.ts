import type { Config, DatasetSettings } from '../config/config.ts';
import type { Resolved } from '../config/resolve.ts';
import { type Pictures, picturesAt, SAMPLES } from './pictures.ts';
import type { SweepFile } from './sweep-file.ts';

/** A set of pictures that the config names. */
export interface Dataset {
  readonly name: string;
  readonly said: DatasetSettings;
  /** Null where it is not here. */
  readonly pictures: Pictures | null;
}

/** What a sweep does besides its matrix, complete. */
export interface SweepSettings extends Pick<Config, 'phone' | 'farms' | 'convert'> {
  /** Null where nothing is timed. */
  readonly bench: Config['bench'] | null;
  readonly quality: Config['quality'];
  readonly datasets: readonly Dataset[];
  /** Null where the folder that was named is not here. */
  readonly calibrate: Pictures | null;
  /** Pieces of those pictures that quantization sees, at most. */
  readonly pieces: number;
  readonly seed: number;
}

/** The config's own words before those of the project, flags before both. Throws UserError for folders without pictures. */
export async function sweepSettings(file: SweepFile, { config, origins }: Resolved): Promise<SweepSettings> {
  const { bench, quality = {}, seed, calibrate = SAMPLES } = file;
  const isFlag = (path: string): boolean => /^(--|DYNO_)/.test(origins.get(path) ?? '');
  const said = Object.fromEntries(Object.entries(bench === false ? {} : (bench ?? {})).filter(([key, value]) => value !== undefined && !isFlag(`bench.${key}`)));
  const merged = { ...config.bench, ...said } as Config['bench'] & { readonly on: string | readonly string[] };
  const datasets: Dataset[] = [];
  for (const [name, folder] of Object.entries(quality.datasets ?? {})) {
    const said = typeof folder === 'string' ? { hr: folder } : folder;
    datasets.push({ name, said, pictures: await picturesAt(said.lr === undefined ? said.hr : { hr: said.hr, lr: said.lr }) });
  }
  return {
    phone: config.phone, farms: config.farms, convert: config.convert, seed: isFlag('seed') ? config.seed : (seed ?? config.seed),
    bench: bench === false ? null : { ...merged, on: [merged.on].flat(), mode: 'burst' },
    quality: { ...config.quality, datasets: {}, metrics: quality.protocols ?? ['psnr:y'], on: quality.on ?? ['host'], tile: quality.tile ?? config.quality.tile },
    datasets, calibrate: await picturesAt(calibrate), pieces: file.pieces ?? config.quantize.images,
  };
}
