import type { PictureRows, SourcePicture } from '../../reports/photo/source-picture.ts';
import type { TileProbe } from '../../reports/photo/choose-tile.ts';
import { type Lane, runTiles, type TileAt, type TileTimes } from '../../reports/photo/run-tiles.ts';
import { TileCanvas } from '../../reports/quality/tile-canvas.ts';
import type { Size } from '../../reports/quality/infer.ts';
import type { PhotoModel } from './learn-model.ts';

/** Timed calls for each size, after one that is not timed. */
const CALLS = 2;

/** A process that tiles are tried in. */
export interface Probe {
  readonly lane: Lane;
  readonly peakBytes: () => number | null;
}

/** Runs tiles of one size out of the middle of a photo, and puts them into a canvas of their own. */
export async function probeTile(source: SourcePicture, model: PhotoModel, { lane, peakBytes }: Probe, tile: Size, signal: AbortSignal): Promise<TileProbe> {
  const { width, height } = source.header;
  const at = (length: number, size: number): number => Math.max(0, Math.floor((length - size) / 2 / model.sight.period) * model.sight.period);
  const [x, y] = [at(width, tile.width), at(height, tile.height)];
  const rows: PictureRows = source.rows(y, y + tile.height);
  const span = (start: number, size: number): TileAt['h'] => ({ start, size, from: start, to: start + size });
  const tiles = new Array<TileAt>(model.batch).fill({ h: span(x, tile.width), v: span(y, tile.height) });
  const share = (size: number) => ({ origin: 0, first: 0, weights: new Float64Array(Math.round(size * model.scale)).fill(1) });
  const [columns, lines] = [share(tile.width), share(tile.height)];
  const room = columns.weights.length * lines.weights.length;
  const canvas = new TileCanvas(Array.from({ length: source.header.bands }, () => new Float32Array(room)), columns.weights.length);
  const times: TileTimes[] = [];
  for (let i = 0; i <= CALLS; i++) {
    signal.throwIfAborted();
    times.push(await runTiles(rows, y, tiles, lane, model, (result) => canvas.add(result, columns, lines)));
  }
  const mean = (of: (one: TileTimes) => number): number => times.slice(1).reduce((sum, one) => sum + of(one) / one.tiles, 0) / CALLS;
  return { tile, prepareMs: mean(({ prepareMs }) => prepareMs), predictMs: mean(({ predictMs }) => predictMs), readMs: mean(({ readMs }) => readMs), runtimeBytes: peakBytes() };
}
