import type { Plane } from './image.ts';
import { roundTo8Bits } from './image.ts';

/**
 * Pillow's `Image.resize(size, BICUBIC)` on 8-bit planes, bit for bit: a = −0.5, antialiased, taps outside dropped and the rest
 * renormalised, weights in 22-bit fixed point, columns first, each pass rounded and clamped.
 */
export function pilResize(plane: Plane, width: number, height: number): Plane {
  const source = roundTo8Bits(plane);
  const across = width === source.width ? source : resample(source, width);
  return height === across.height ? across : transpose(resample(transpose(across), height));
}

const PRECISION = 22;

function resample(plane: Plane, width: number): Plane {
  const taps = fixedPointTaps(plane.width, width);
  const data = new Uint8Array(width * plane.height);
  for (let y = 0; y < plane.height; y++) {
    for (let x = 0; x < width; x++) {
      const { first, weights } = taps[x] as Taps;
      let sum = 2 ** (PRECISION - 1);
      for (let t = 0; t < weights.length; t++) sum += (weights[t] as number) * (plane.data[y * plane.width + first + t] as number);
      data[y * width + x] = Math.min(255, Math.max(0, Math.floor(sum / 2 ** PRECISION)));
    }
  }
  return { width, height: plane.height, data };
}

interface Taps {
  readonly first: number;
  readonly weights: Int32Array;
}

function fixedPointTaps(length: number, outLength: number): Taps[] {
  const scale = length / outLength;
  const filterScale = Math.max(scale, 1);
  const support = 2 * filterScale;
  return Array.from({ length: outLength }, (_, x) => {
    const center = (x + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const last = Math.min(length, Math.trunc(center + support + 0.5));
    const weights = Float64Array.from({ length: last - first }, (_, t) => bicubic((t + first - center + 0.5) / filterScale));
    const sum = weights.reduce((a, b) => a + b, 0);
    return {
      first,
      weights: Int32Array.from(weights, (weight) => Math.trunc((weight / sum) * 2 ** PRECISION + (weight < 0 ? -0.5 : 0.5))),
    };
  });
}

function bicubic(x: number): number {
  const a = Math.abs(x);
  if (a < 1) return (1.5 * a - 2.5) * a * a + 1;
  return a < 2 ? ((-0.5 * a + 2.5) * a - 4) * a + 2 : 0;
}

function transpose(plane: Plane): Plane {
  const { width, height } = plane;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[x * height + y] = plane.data[y * width + x] as number;
  return { width: height, height: width, data };
}
