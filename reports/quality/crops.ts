import { cropImage, type Image, planesOf, roundTo8Bits } from './image.ts';
import { luma } from './luma.ts';
import { psnr } from './psnr.ts';
import type { TestCase } from './test-case.ts';

/** Why a piece of an image was kept. */
export type CropReason = 'worst' | 'median' | 'detail';

/** What one variant made of an image. */
export interface CropView {
  readonly variant: string;
  readonly image: Image;
}

/** How the original is called among what a piece shows. */
export const ORIGINAL = 'original image';

/** A piece of an image as the original and the variants show it. */
export interface CropChoice {
  readonly reason: CropReason;
  /** Of a window where one variant differs most: which, and from what. */
  readonly of?: string;
  readonly against?: string;
  readonly image: string;
  readonly x: number;
  readonly y: number;
  readonly original: Image;
  /** PSNR over red, green and blue of this piece, in dB. */
  readonly views: readonly (CropView & { readonly psnr: number })[];
}

interface Candidate extends CropChoice {
  readonly score: number;
}

/**
 * Picks what a reader should look at, judged by the last variant of each image: the tile with the worst PSNR, the tile with the median
 * one, and the tile with the most detail. Of every image only its three candidates are kept, so memory does not grow with its size.
 */
export class CropPicker {
  readonly #size: number | null;
  readonly #candidates: Candidate[] = [];

  constructor(size: number | null) {
    this.#size = size;
  }

  add(test: TestCase, views: readonly CropView[]): void {
    const last = views[views.length - 1]?.image;
    if (this.#size === null || !last || last.planes.length !== test.hr.planes.length) return;
    const tiles = gridTiles(test.hr, this.#size).map((tile) => ({ ...tile, ...rate(test.hr, last, tile) }));
    const byPsnr = [...tiles].sort((a, b) => a.psnr - b.psnr);
    const median = byPsnr[Math.floor((byPsnr.length - 1) / 2)] as Rated;
    const detail = tiles.reduce((best, tile) => (tile.detail > best.detail ? tile : best));
    this.#keep('worst', byPsnr[0] as Rated, (byPsnr[0] as Rated).psnr, test, views);
    this.#keep('median', median, median.psnr, test, views);
    this.#keep('detail', detail, -detail.detail, test, views);
  }

  /** The chosen pieces, each place once. */
  choose(): CropChoice[] {
    const sorted = (reason: CropReason) => this.#candidates.filter((c) => c.reason === reason).sort((a, b) => a.score - b.score);
    const medians = sorted('median');
    const chosen = [sorted('worst')[0], medians[Math.floor((medians.length - 1) / 2)], sorted('detail')[0]];
    const seen = new Set<string>();
    return chosen.flatMap((candidate) => {
      const place = candidate && `${candidate.image} ${candidate.x} ${candidate.y}`;
      if (!candidate || place === undefined || seen.has(place)) return [];
      seen.add(place);
      const { score: _score, ...choice } = candidate;
      return [choice];
    });
  }

  #keep(reason: CropReason, { x, y, width, height }: Tile, score: number, test: TestCase, views: readonly CropView[]): void {
    const cut = (image: Image): Image => cropImage(image, x, y, width, height);
    const original = cut(test.hr);
    const pieces = views.map(({ variant, image }) => {
      const piece = cut(image);
      return { variant, image: piece, psnr: psnr(planesOf(original), planesOf(piece).map(roundTo8Bits)) };
    });
    this.#candidates.push({ reason, score, image: test.name, x, y, original, views: pieces });
  }
}

interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Rated extends Tile {
  readonly psnr: number;
  /** Mean absolute luma gradient. */
  readonly detail: number;
}

/** Tiles of `size` at half-size steps, flush with the far edges; smaller where the image is. */
function gridTiles(image: Image, size: number): Tile[] {
  const width = Math.min(size, image.width);
  const height = Math.min(size, image.height);
  const steps = (length: number, side: number): number[] => {
    const starts: number[] = [];
    for (let at = 0; at < length - side; at += Math.max(1, side >> 1)) starts.push(at);
    return [...starts, length - side];
  };
  return steps(image.height, height).flatMap((y) => steps(image.width, width).map((x) => ({ x, y, width, height })));
}

function rate(hr: Image, test: Image, { x, y, width, height }: Tile): { psnr: number; detail: number } {
  const original = cropImage(hr, x, y, width, height);
  const piece = planesOf(cropImage(test, x, y, width, height)).map(roundTo8Bits);
  return { psnr: psnr(planesOf(original), piece), detail: gradient(original) };
}

function gradient(image: Image): number {
  const { data, width, height } =
    image.planes.length === 3 ? luma(image) : (planesOf(image)[0] as { data: Uint8Array; width: number; height: number });
  let sum = 0;
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const here = data[y * width + x] as number;
      sum += Math.abs((data[y * width + x + 1] as number) - here) + Math.abs((data[(y + 1) * width + x] as number) - here);
    }
  }
  return sum / (width * height);
}
