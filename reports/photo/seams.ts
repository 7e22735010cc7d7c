import type { Image } from '../quality/image.ts';
import type { TileSpan } from '../quality/tile-span.ts';
import type { PhotoPlan } from './photo-plan.ts';
import { type Lane, type ModelFace, runTiles } from './run-tiles.ts';
import type { SourcePicture } from './source-picture.ts';
import type { TargetPicture } from './target-picture.ts';

/** A piece of a border between two tiles: the border itself at `at` along `axis`, as long as the tile `along` it. */
export interface SeamPlace {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly along: TileSpan;
  readonly tile: TileSpan;
}

/** Differences in levels of 8 bits. */
interface Difference {
  readonly max: number;
  readonly mean: number;
}

export interface SeamReport {
  /** Places looked at, and all that there are. */
  readonly looked: number;
  readonly places: number;
  /** As near to a border as the model sees, and farther away: the photo against tiles that lie across the border. */
  readonly seams: Difference;
  readonly inside: Difference;
}

/** Output pixels on each side of a border that count as the seam at least. */
const LEAST_REACH = 2;

export interface SeamRequest {
  readonly source: SourcePicture;
  readonly target: TargetPicture;
  readonly plan: PhotoPlan;
  readonly face: ModelFace;
  readonly lane: Lane;
  readonly places: readonly SeamPlace[];
  /** Hears every difference that was looked at, by output pixel. */
  readonly onPixel?: (x: number, y: number, levels: number) => void;
  readonly onPlace: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}

/** Every piece of border between two tiles of a plan, with the tile that lies across it; none where a shifted tile would not fit. */
export function seamPlaces({ across, down, period }: Pick<PhotoPlan, 'across' | 'down' | 'period'>): SeamPlace[] {
  const along = (axis: 'x' | 'y', cut: readonly TileSpan[], other: readonly TileSpan[]): SeamPlace[] => cut.slice(1).flatMap((span, i) => {
    const before = cut[i] as TileSpan;
    const tile = Math.round((span.from - before.size / 2) / period) * period;
    const shifted = { start: Math.max(0, tile), size: before.size, from: Math.max(0, tile), to: Math.max(0, tile) + before.size };
    if (shifted.start === before.start || shifted.start === span.start || shifted.to > (cut.at(-1) as TileSpan).to) return [];
    return other.map((one): SeamPlace => ({ axis, at: span.from, along: one, tile: shifted }));
  });
  return [...along('x', across, down), ...along('y', down, across)];
}

/** At most `most` of the places, evenly over all of them. */
export function someOf<T>(places: readonly T[], most: number): T[] {
  if (places.length <= most) return [...places];
  return Array.from({ length: most }, (_, i) => places[Math.floor(((i + 0.5) * places.length) / most)] as T);
}

/**
 * Looks for seams: tiles are run that lie across borders, and what they compute on both sides of them is compared with the photo, and farther
 * away from the border, where no seam can be, as well.
 */
export async function measureSeams({ source, target, plan, face, lane, places, onPixel, onPlace, signal }: SeamRequest): Promise<SeamReport> {
  const [seam, inside] = [new Tally(), new Tally()];
  const reach = Math.max(LEAST_REACH, Math.ceil((plan.needed / 2) * plan.scale));
  for (const [i, place] of places.entries()) {
    signal.throwIfAborted();
    const [h, v] = place.axis === 'x' ? [place.tile, place.along] : [place.along, place.tile];
    const rows = source.rows(v.start, v.start + v.size);
    await runTiles(rows, v.start, [{ h, v }], lane, face, (tile) => {
      compare(tile, place, plan, target, (distance, x, y, levels) => {
        (distance <= reach ? seam : inside).add(levels);
        onPixel?.(x, y, levels);
      });
    });
    onPlace(i + 1, places.length);
  }
  return { looked: places.length, places: seamPlaces(plan).length, seams: seam.result(), inside: inside.result() };
}

/** All output pixels that the shifted tile knows well: as far from its ends as the model sees. */
function compare(tile: Image, { axis, at, along, tile: shifted }: SeamPlace, { scale, needed }: PhotoPlan, target: TargetPicture, add: (distance: number, x: number, y: number, levels: number) => void): void {
  const px = (lr: number): number => Math.round(lr * scale);
  const margin = Math.min(needed / 2, Math.floor(shifted.size / 4));
  const [from, to] = [px(shifted.start + margin), px(shifted.start + shifted.size - margin)];
  const [first, last] = [px(along.from), px(along.to)];
  const area = axis === 'x' ? { x: from, y: first, width: to - from, height: last - first } : { x: first, y: from, width: last - first, height: to - from };
  const [left, top] = axis === 'x' ? [px(shifted.start), px(along.start)] : [px(along.start), px(shifted.start)];
  const border = px(at);
  for (const [band, plane] of tile.planes.entries()) {
    const photo = target.band(band, area);
    for (let i = 0; i < photo.length; i++) {
      const [x, y] = [area.x + (i % area.width), area.y + Math.floor(i / area.width)];
      const level = Math.min(255, Math.max(0, plane[(y - top) * tile.width + x - left] as number));
      const levels = Math.abs(Math.floor(level + 0.5) - Math.floor((photo[i] as number) + 0.5));
      const place = axis === 'x' ? x : y;
      add(place < border ? border - place : place - border + 1, x, y, levels);
    }
  }
}

class Tally {
  #max = 0;
  #sum = 0;
  #count = 0;

  add(levels: number): void {
    this.#max = Math.max(this.#max, levels);
    this.#sum += levels;
    this.#count++;
  }

  result(): Difference {
    return { max: this.#max, mean: this.#count === 0 ? 0 : this.#sum / this.#count };
  }
}
