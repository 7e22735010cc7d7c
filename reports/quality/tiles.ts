import { cropPlane, type Image, imageOf, mapPlanes } from './image.ts';
import { shares, TileCanvas } from './tile-canvas.ts';
import type { TileSpan } from './tile-span.ts';

/**
 * Covers `length` with tiles that overlap by at least `2 · margin` and lie flush with both ends, so that a model whose receptive field
 * reaches no farther than `margin` computes exactly what it would on the whole. Tiles start at multiples of `period`: a network that unshuffles
 * its input computes something else on a picture moved by one pixel. All are `tile` long, so that an image shorter than a tile gets one tile,
 * padded, and the last tile may reach beyond the end by less than the period; where the model takes every multiple of `multiple`, the last tile is as
 * short as the picture wants it.
 */
export function planTiles(length: number, tile: number, margin: number, period = 1, multiple: number | null = null): TileSpan[] {
  const whole = multiple === null ? length : Math.ceil(length / multiple) * multiple;
  if (whole <= tile) return [{ start: 0, size: multiple === null ? tile : whole, from: 0, to: length }];
  const step = Math.max(1, Math.floor((tile - 2 * margin) / period)) * period;
  const last = Math.ceil((whole - tile) / period) * period;
  const count = Math.ceil(last / step) + 1;
  const starts = Array.from({ length: count }, (_, i) => Math.min(i * step, last));
  const borders = starts.slice(1).map((start, i) => Math.min(length, Math.floor((start + (starts[i] as number) + tile) / 2)));
  return starts.map((start, i) => ({
    start, size: multiple !== null && start === last ? whole - last : tile, from: i === 0 ? 0 : (borders[i - 1] as number), to: borders[i] ?? length,
  }));
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
  const [columns, rows] = [shares(across, scale, 'crop'), shares(down, scale, 'crop')];
  const [width, height] = [across, down].map((spans) => Math.round((spans[spans.length - 1] as TileSpan).to * scale)) as [number, number];
  const { planes } = tiles[0] as Image;
  const canvas = new TileCanvas(planes.map(() => new Float64Array(width * height)), width);
  rows.forEach((v, row) => {
    columns.forEach((h, column) => {
      canvas.add(tiles[row * across.length + column] as Image, h, v);
    });
  });
  return canvas.take(height, (planes) => imageOf(planes.map((data) => ({ width, height, data: new Float64Array(data) }))));
}
