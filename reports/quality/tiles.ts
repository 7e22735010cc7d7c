import { cropPlane, type Image, imageOf, mapPlanes, type Plane, planesOf } from './image.ts';

/** A tile along one axis: where it starts, and the part [from, to) of the image that it answers for. */
export interface TileSpan {
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Covers `length` with tiles that overlap by at least `2 · margin` and lie flush with both ends, so that a model whose receptive field
 * reaches no farther than `margin` computes exactly what it would on the whole. Tiles start at multiples of `period`: a network that unshuffles
 * its input computes something else on a picture moved by one pixel. An image shorter than a tile gets one tile, padded; where the length is no
 * multiple of the period, the last tile reaches beyond the end by less than one.
 */
export function planTiles(length: number, tile: number, margin: number, period = 1): TileSpan[] {
  if (length <= tile) return [{ start: 0, from: 0, to: length }];
  const step = Math.max(1, Math.floor((tile - 2 * margin) / period)) * period;
  const last = Math.ceil((length - tile) / period) * period;
  const count = Math.ceil(last / step) + 1;
  const starts = Array.from({ length: count }, (_, i) => Math.min(i * step, last));
  const borders = starts.slice(1).map((start, i) => Math.floor((start + (starts[i] as number) + tile) / 2));
  return starts.map((start, i) => ({ start, from: i === 0 ? 0 : (borders[i - 1] as number), to: borders[i] ?? length }));
}

/** The tile of `width`×`height` at (x, y); pixels beyond the image repeat its edge. */
export function cutTile(image: Image, x: number, y: number, width: number, height: number): Image {
  return mapPlanes(image, (plane) => {
    if (x + width <= plane.width && y + height <= plane.height) return cropPlane(plane, x, y, width, height);
    const data = plane.data instanceof Uint8Array ? new Uint8Array(width * height) : new Float64Array(width * height);
    for (let row = 0; row < height; row++) {
      const start = Math.min(y + row, plane.height - 1) * plane.width;
      for (let column = 0; column < width; column++)
        data[row * width + column] = plane.data[start + Math.min(x + column, plane.width - 1)] as number;
    }
    return { width, height, data };
  });
}

/** Puts the answered parts of upscaled tiles together, row of tiles by row. */
export function stitch(tiles: readonly Image[], across: readonly TileSpan[], down: readonly TileSpan[], scale: number): Image {
  const px = (lr: number) => Math.round(lr * scale);
  const width = px((across[across.length - 1] as TileSpan).to);
  const height = px((down[down.length - 1] as TileSpan).to);
  const planes = (tiles[0] as Image).planes.map((): Plane => ({ width, height, data: new Float64Array(width * height) }));
  down.forEach((v, row) => {
    across.forEach((h, column) => {
      planesOf(tiles[row * across.length + column] as Image).forEach((source, p) => {
        const target = planes[p] as Plane;
        for (let y = px(v.from); y < px(v.to); y++) {
          const start = (y - px(v.start)) * source.width - px(h.start);
          (target.data as Float64Array).set(source.data.subarray(start + px(h.from), start + px(h.to)), y * width + px(h.from));
        }
      });
    });
  });
  return imageOf(planes);
}
