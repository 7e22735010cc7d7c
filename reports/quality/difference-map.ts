import { colorAt } from './color-map.ts';
import { type Image, type Plane, planesOf, roundTo8Bits } from './image.ts';

export interface DifferenceMap {
  readonly width: number;
  readonly height: number;
  /** Interleaved RGB. */
  readonly rgb: Uint8Array;
  /** Largest |Δ| of any channel, in 8-bit levels. */
  readonly maxLevels: number;
}

/** Levels that the brightest colour stands for: differences are shown 255 / 32 ≈ 8 times as strong. */
export const FULL_SCALE_LEVELS = 32;

/**
 * |Δ| of the worst channel of each pixel, on a fixed scale of 0 to `FULL_SCALE_LEVELS` levels, so that maps of several variants compare.
 */
export function differenceMap(reference: Image, test: Image): DifferenceMap {
  const a = planesOf(reference).map((plane) => roundTo8Bits(plane).data);
  const b = planesOf(test).map((plane) => roundTo8Bits(plane).data);
  const count = reference.width * reference.height;
  const rgb = new Uint8Array(count * 3);
  let maxLevels = 0;
  for (let i = 0; i < count; i++) {
    const delta = a.reduce(
      (worst, plane, c) => Math.max(worst, Math.abs((plane[i] as number) - ((b[c] as Plane['data'])[i] as number))),
      0,
    );
    maxLevels = Math.max(maxLevels, delta);
    rgb.set(colorAt(delta / FULL_SCALE_LEVELS), i * 3);
  }
  return { width: reference.width, height: reference.height, rgb, maxLevels };
}
