import type { Image } from './image.ts';
import type { TileSpan } from './tile-span.ts';

/** `crop`: each pixel from one tile. `feather`: in the middle half of their overlap tiles fade into each other; the outer quarters, where they know least, do not count. */
export type Blend = 'crop' | 'feather';

/** What a tile gives to the output along one axis: output pixels from `first`, each with its weight; its own first pixel lies at `origin`. */
export interface TileShare {
  readonly origin: number;
  readonly first: number;
  readonly weights: Float64Array;
}

/** Shares of tiles along one axis; the weights of an output pixel sum to 1. */
export function shares(spans: readonly TileSpan[], scale: number, blend: Blend): TileShare[] {
  const px = (lr: number): number => Math.round(lr * scale);
  if (blend === 'crop') return spans.map(({ start, from, to }) => ({ origin: px(start), first: px(from), weights: new Float64Array(px(to) - px(from)).fill(1) }));
  const length = px((spans.at(-1) as TileSpan).to);
  const end = ({ start, size }: TileSpan): number => Math.min(length, px(start + size));
  const all = spans.map((span, i): TileShare => {
    const origin = px(span.start);
    const [before, after] = [spans[i - 1], spans[i + 1]];
    const [fadeIn, fadeOut] = [before ? end(before) - origin : 0, after ? end(span) - px(after.start) : 0];
    const count = end(span) - origin;
    const weights = Float64Array.from({ length: count }, (_, k) => Math.min(faded(k + 0.5, fadeIn), faded(count - k - 0.5, fadeOut)));
    return { origin, first: origin, weights };
  });
  const sums = new Float64Array(length);
  for (const { first, weights } of all) for (const [k, weight] of weights.entries()) sums[first + k] = (sums[first + k] as number) + weight;
  return all.map(({ origin, first, weights }) => ({ origin, first, weights: weights.map((weight, k) => weight / (sums[first + k] as number)) }));
}

/** Weight of a tile at this distance from its end, where it shares `overlap` pixels. */
function faded(distance: number, overlap: number): number {
  return overlap === 0 ? 1 : Math.min(1, Math.max(0, (2 * distance) / overlap - 0.5));
}

/** Rows of an output picture while tiles are put into it: rows that no further tile touches are taken away, and their memory is used again. */
export class TileCanvas {
  readonly #planes: readonly Float32Array[] | readonly Float64Array[];
  readonly #width: number;
  #top = 0;

  /** `planes`, zeroed, hold as many rows of `width` as tiles of one row and what overlaps with the next need. */
  constructor(planes: readonly Float32Array[] | readonly Float64Array[], width: number) {
    this.#planes = planes;
    this.#width = width;
  }

  /** Adds a tile, weighted; `across` and `down` are its shares. */
  add(tile: Image, across: TileShare, down: TileShare): void {
    const left = across.first - across.origin;
    for (const [p, target] of this.#planes.entries()) {
      const source = tile.planes[p] as Uint8Array | Float64Array;
      for (let row = 0; row < down.weights.length; row++) {
        const from = (down.first - down.origin + row) * tile.width + left;
        addRow(target, (down.first + row - this.#top) * this.#width + across.first, source, from, across.weights, down.weights[row] as number);
      }
    }
  }

  /** The rows before `bottom` that were not yet taken, plane by plane, for `read` to copy. */
  take<T>(bottom: number, read: (planes: readonly Float32Array[] | readonly Float64Array[], rows: number) => T): T {
    const rows = bottom - this.#top;
    const result = read(this.#planes.map((plane) => plane.subarray(0, rows * this.#width)) as Float32Array[] | Float64Array[], rows);
    this.#top = bottom;
    for (const plane of this.#planes) {
      plane.copyWithin(0, rows * this.#width);
      plane.fill(0, plane.length - rows * this.#width);
    }
    return result;
  }
}

function addRow(target: Float32Array | Float64Array, to: number, source: Uint8Array | Float64Array, from: number, weights: Float64Array, weight: number): void {
  for (let x = 0; x < weights.length; x++) target[to + x] = (target[to + x] as number) + weight * (weights[x] as number) * (source[from + x] as number);
}
