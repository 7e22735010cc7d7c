import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import type { Image } from '../quality/image.ts';
import type { TileSpan } from '../quality/tile-span.ts';
import { cutTile } from '../quality/tiles.ts';
import type { PictureRows } from './source-picture.ts';
import { feedsOf, tilesFrom } from './tile-face.ts';

/** Something that runs a loaded model, one call at a time. */
export interface Lane {
  /** Tiles handed to one call. */
  readonly atOnce: number;
  run(feeds: readonly NamedArrays[]): Promise<readonly NamedArrays[]>;
}

/** What goes into a model and comes out: pictures as its contract says, `batch` of them in one feed. */
export interface ModelFace {
  readonly contract: InputContract;
  readonly batch: number;
}

/** Milliseconds of one call, over its tiles: cutting and filling tensors, the model, reading and placing what came out. */
export interface TileTimes {
  readonly tiles: number;
  readonly prepareMs: number;
  readonly predictMs: number;
  readonly readMs: number;
}

export interface TileAt {
  readonly h: TileSpan;
  readonly v: TileSpan;
}

/** Cuts tiles out of rows of a photo that begin at `top`, runs them, and hands each result to `place`. */
export async function runTiles(
  rows: PictureRows, top: number, tiles: readonly TileAt[], lane: Lane, { contract, batch }: ModelFace, place: (tile: Image, at: TileAt) => void,
): Promise<TileTimes> {
  const started = performance.now();
  const cut = tiles.map(({ h, v }): PictureRows => ({ image: piece(rows.image, h, v, top), alpha: rows.alpha && piece(rows.alpha, h, v, top) }));
  const feeds = feedsOf(cut, contract, batch);
  const prepared = performance.now();
  const results = await lane.run(feeds);
  const predicted = performance.now();
  tilesFrom(results, cut, contract, batch).forEach((tile, i) => {
    place(tile, tiles[i] as TileAt);
  });
  return { tiles: tiles.length, prepareMs: prepared - started, predictMs: predicted - prepared, readMs: performance.now() - predicted };
}

function piece(image: Image, h: TileSpan, v: TileSpan, top: number): Image {
  return cutTile(image, h.start, v.start - top, h.size, v.size);
}
