import { cropImage, type Image, imageOf, type Plane, planesOf } from './image.ts';
import { type ImageModel, infer, scaleOf, type Size } from './infer.ts';

/** How images are cut into tiles, so that tiles compute what the whole would. */
export interface Tiling {
  readonly size: Size;
  /** Input pixels that a tile shares with its neighbour on each side: how far the model sees. */
  readonly margin: number;
  /** Tiles start at multiples of this. */
  readonly period: number;
  /** False where the model sees farther than a tile can share. */
  readonly complete: boolean;
}

/** Rows and columns that are changed, one at a time: enough for networks that unshuffle their input by up to this. */
const PHASES = 8;
const PERIODS = [1, 2, 4, 8];
/** Levels of 255 that count as a change, and as another function. */
const CHANGED = 0.01;
const OTHER = 0.1;
const VISIBLE = 0.5;

/**
 * Measures how far a model sees: rows and columns in the middle of a seeded picture are inverted, and the farthest output pixel that changes
 * tells. And by how much a picture may be moved so that its output moves along: the period of an unshuffle. Runs the model 21 times at `size`.
 */
export async function measureTiling(model: ImageModel, size: Size): Promise<Tiling> {
  const picture = noise(size.width + PHASES, size.height + PHASES);
  const base = cropImage(picture, 0, 0, size.width, size.height);
  const [row, column] = [Math.floor((size.height - PHASES) / 2), Math.floor((size.width - PHASES) / 2)];
  const phases = Array.from({ length: Math.min(PHASES, size.width, size.height) }, (_, i) => i);
  const rows = phases.map((i) => inverted(base, (_, y) => y === row + i));
  const columns = phases.map((i) => inverted(base, (x) => x === column + i));
  const moved = PERIODS.map((by) => cropImage(picture, by, by, size.width, size.height));
  const [first, ...rest] = await infer(model, [base, ...rows, ...columns, ...moved]);
  const output = first as Image;
  const scale = scaleOf(output, size);
  const down = phases.map((i) => reach(output, rest[i] as Image, row + i, size.height, scale, 'y'));
  const across = phases.map((i) => reach(output, rest[phases.length + i] as Image, column + i, size.width, scale, 'x'));
  const seen = Math.max(...down, ...across);
  const most = Math.floor((Math.min(size.width, size.height) - 1) / 2);
  const margin = Math.min(seen, most);
  const period = PERIODS.find((by, i) => movesAlong(output, rest[2 * phases.length + i] as Image, by, margin, scale)) ?? 1;
  return { size, margin, period, complete: seen <= most };
}

/**
 * Input pixels from a changed line within which the output of a model that sees everything changes by more than half a level: what rounding to
 * levels can show. At most half of `size`. Runs the model three times.
 */
export async function visibleReach(model: ImageModel, size: Size): Promise<number> {
  const base = noise(size.width, size.height);
  const [row, column] = [Math.floor(size.height / 2), Math.floor(size.width / 2)];
  const [before, down, across] = (await infer(model, [base, inverted(base, (_, y) => y === row), inverted(base, (x) => x === column)])) as [Image, Image, Image];
  const scale = scaleOf(before, size);
  const seen = Math.max(reach(before, down, row, size.height, scale, 'y', VISIBLE), reach(before, across, column, size.width, scale, 'x', VISIBLE));
  return Math.min(seen, Math.floor((Math.min(size.width, size.height) - 1) / 2));
}

/** One tiling for several models of the same size: wide enough for the one that sees farthest. */
export function widest(tilings: readonly Tiling[]): Tiling {
  const [{ size }] = tilings as [Tiling, ...Tiling[]];
  return {
    size, margin: Math.max(...tilings.map(({ margin }) => margin)), period: Math.max(...tilings.map(({ period }) => period)),
    complete: tilings.every(({ complete }) => complete),
  };
}

/** Input pixels between the changed line and the farthest change along an axis; infinite where the change reaches the end of the picture. */
function reach(before: Image, after: Image, line: number, length: number, scale: number, axis: 'x' | 'y', changed = CHANGED): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const { width } = before;
  before.planes.forEach((plane, c) => {
    const other = after.planes[c] as typeof plane;
    for (let i = 0; i < plane.length; i++) {
      if (Math.abs((plane[i] as number) - (other[i] as number)) <= changed) continue;
      const at = axis === 'x' ? i % width : Math.floor(i / width);
      low = Math.min(low, at);
      high = Math.max(high, at);
    }
  });
  if (high < low) return 0;
  const [from, to] = [Math.floor(low / scale), Math.floor(high / scale)];
  return from <= 0 || to >= length - 1 ? Number.POSITIVE_INFINITY : Math.max(line - from, to - line);
}

/** Whether the output of a picture moved by `by` pixels is the output moved, away from the edges. */
function movesAlong(output: Image, moved: Image, by: number, margin: number, scale: number): boolean {
  const [shift, edge] = [Math.round(by * scale), Math.ceil((margin + by) * scale)];
  let [squares, count] = [0, 0];
  planesOf(output).forEach(({ data, width, height }, c) => {
    const other = (moved.planes[c] as typeof data);
    for (let y = edge; y < height - edge - shift; y++) {
      for (let x = edge; x < width - edge - shift; x++) {
        squares += ((data[(y + shift) * width + x + shift] as number) - (other[y * width + x] as number)) ** 2;
        count++;
      }
    }
  });
  return count === 0 || Math.sqrt(squares / count) < OTHER;
}

function inverted(image: Image, where: (x: number, y: number) => boolean): Image {
  return imageOf(planesOf(image).map((plane): Plane => {
    const data = Uint8Array.from(plane.data);
    for (let y = 0; y < plane.height; y++) {
      for (let x = 0; x < plane.width; x++) if (where(x, y)) data[y * plane.width + x] = 255 - (data[y * plane.width + x] as number);
    }
    return { ...plane, data };
  }));
}

/** Seeded noise of three colours: every line differs from its inverse, and no two places look alike. */
function noise(width: number, height: number): Image {
  let state = 1;
  const plane = (): Plane => ({
    width, height,
    data: Uint8Array.from({ length: width * height }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    }),
  });
  return imageOf([plane(), plane(), plane()]);
}
