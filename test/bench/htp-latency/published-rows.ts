import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EstimatePrecision } from '../../../converters/estimate/index.ts';

/** A row of `published.csv`: a latency that others measured, and what the compiler was seen to say of the same network before. */
export interface PublishedRow {
  readonly source: string;
  readonly model: string;
  readonly height: number;
  readonly width: number;
  readonly scale: number;
  readonly precision: EstimatePrecision;
  readonly chip: string;
  readonly macs: number;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly spillBytes: number;
  readonly ms: number;
}

/** `published.csv`: what `shared/data` holds; `published-more.csv`: further rows of the same source, nothing compiled before. */
export function publishedRows(file: 'published.csv' | 'published-more.csv'): PublishedRow[] {
  const [, ...lines] = readFileSync(join(import.meta.dirname, file), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [source, model, input, scale, precision, chip, macs, readBytes, writeBytes, spillBytes, ms] = line.split(',') as string[];
    const [height, width] = (input as string).split('x').map(Number) as [number, number];
    return {
      source: source as string, model: model as string, height, width, scale: Number(scale), precision: precision as EstimatePrecision, chip: chip as string,
      macs: Number(macs), readBytes: Number(readBytes), writeBytes: Number(writeBytes), spillBytes: Number(spillBytes), ms: Number(ms),
    };
  });
}
