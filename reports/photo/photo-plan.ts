import { UserError } from '../../models/contracts/errors.ts';
import type { Size } from '../quality/infer.ts';
import { type Blend, shares, type TileShare } from '../quality/tile-canvas.ts';
import type { TileSpan } from '../quality/tile-span.ts';
import { planTiles } from '../quality/tiles.ts';
import { BICUBIC_REACH } from './tile-face.ts';

/** How far a model sees, and how that is known. */
export interface Sight {
  /** Input pixels on each side that an output depends on; where that is all of the picture, those that change it by more than `levels`. */
  readonly margin: number;
  readonly period: number;
  /** Tiles that share twice the margin compute what the whole picture would. */
  readonly exact: boolean;
  /** `computed` from the graph, or by changing lines of a picture. */
  readonly evidence: 'computed' | 'measured(host)';
  /** Why the graph alone did not tell, or why nothing is enough; null where it did. */
  readonly why: string | null;
}

export interface PlanRequest {
  readonly picture: Size;
  readonly tile: Size;
  /** False where the model takes tiles of this size alone; else they may be smaller, and sides must be multiples of `multiple`. */
  readonly flexible: boolean;
  readonly multiple: number;
  readonly scale: number;
  readonly sight: Sight;
  /** Input pixels that two neighbours share; null for twice what the model sees. */
  readonly overlap: number | null;
  /** Null for fading where a model sees all of the picture, so that tiles differ as a whole, and else for cutting, which is nearer to the truth. */
  readonly blend: Blend | null;
  /** Parts of the result are interpolated, which sees a little, too. */
  readonly interpolates: boolean;
}

/** Which tiles a photo is cut into, and what of each goes where. */
export interface PhotoPlan {
  readonly across: readonly TileSpan[];
  readonly down: readonly TileSpan[];
  readonly columns: readonly TileShare[];
  readonly rows: readonly TileShare[];
  readonly tiles: number;
  /** The largest. */
  readonly tile: Size;
  readonly scale: number;
  /** Input pixels that two neighbours share at least. */
  readonly overlap: number;
  /** Those that they would have to share. */
  readonly needed: number;
  readonly period: number;
  readonly blend: Blend;
  /** Pixels computed over pixels of the picture, less 1. */
  readonly redundancy: number;
  /** Tiles compute what the model would make of the whole picture; null says that a smaller picture is filled up to the model's size. */
  readonly exact: boolean;
  readonly notes: readonly string[];
}

/** Cuts a photo into tiles. Throws UserError where a tile is no larger than what neighbours are to share. */
export function planPhoto({ picture, tile, flexible, multiple, scale, sight, overlap, blend, interpolates }: PlanRequest): PhotoPlan {
  const margin = Math.max(sight.margin, interpolates ? BICUBIC_REACH : 0);
  const given = overlap === null ? null : Math.floor(overlap / 2);
  const short = Math.min(tile.width >= picture.width ? Number.POSITIVE_INFINITY : tile.width, tile.height >= picture.height ? Number.POSITIVE_INFINITY : tile.height);
  if (given !== null && short - 2 * given < sight.period) {
    throw new UserError(`Tiles of ${tile.width}×${tile.height} cannot share ${overlap} pixels with each neighbour.`, ['Give a larger --tile or a smaller --overlap.']);
  }
  const most = Math.max(0, Math.floor(short * (sight.exact ? MOST_EXACT : MOST_INEXACT)));
  const used = given ?? Math.min(margin, most);
  const along = (length: number, size: number): TileSpan[] => planTiles(length, flexible ? evened(length, size, used, Math.max(sight.period, multiple)) : size, used, sight.period, flexible ? multiple : null);
  const [across, down] = [along(picture.width, tile.width), along(picture.height, tile.height)];
  const split = across.length * down.length > 1;
  const enough = !split || (sight.exact && used >= margin);
  const chosen = blend ?? (sight.exact ? 'crop' : 'feather');
  const computed = across.reduce((sum, { size }) => sum + size, 0) * down.reduce((sum, { size }) => sum + size, 0);
  const padded = [[across, picture.width], [down, picture.height]].some(([spans, length]) => beyond(spans as TileSpan[], length as number));
  return {
    across, down, columns: shares(across, scale, chosen), rows: shares(down, scale, chosen), tiles: across.length * down.length, scale,
    tile: { width: (across[0] as TileSpan).size, height: (down[0] as TileSpan).size },
    overlap: 2 * used, needed: 2 * margin, period: sight.period, blend: chosen, redundancy: computed / (picture.width * picture.height) - 1, exact: enough && !padded,
    notes: [
      ...(enough ? [] : [reasonOf(sight, used, margin, given !== null)]),
      ...(padded ? [flexible ? `Sides are filled up to multiples of ${multiple} by repeating the edge, and the result is cut back.` : 'The picture is filled up to the tiles of the model by repeating its edge, and the result is cut back.'] : []),
    ],
  };
}

/** The smallest tiles, multiples of `step`, that cover a length with no more of them than tiles of `size` do. */
function evened(length: number, size: number, margin: number, step: number): number {
  if (length <= size || size <= 2 * margin) return size;
  const count = Math.ceil((length - 2 * margin) / (size - 2 * margin));
  return Math.min(size, Math.ceil((Math.ceil((length - 2 * margin) / count) + 2 * margin) / step) * step);
}

/** Shares of a tile that an overlap takes on each side at most, unless it was asked for. */
const MOST_EXACT = 0.4;
const MOST_INEXACT = 0.25;

function beyond(spans: readonly TileSpan[], length: number): boolean {
  const last = spans.at(-1) as TileSpan;
  return last.start + last.size > length;
}

function reasonOf({ exact, why }: Sight, used: number, margin: number, asked: boolean): string {
  if (!exact) return `Tiles cannot compute what the whole picture would: ${why}. Neighbours share ${2 * used} pixels.`;
  return `Neighbours share ${2 * used} pixels, and the model sees ${margin} on each side, which takes ${2 * margin}${asked ? '' : ': larger than such tiles allow'}. Seams are possible.`;
}
