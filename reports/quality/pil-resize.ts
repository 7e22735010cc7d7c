import type { Plane } from './image.ts';
import { roundTo8Bits } from './image.ts';
import { mitchell } from './mitchell.ts';

/** Pillow's filters of resampling, and Mitchell's, which Pillow lacks. */
export type PilFilter = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos' | 'mitchell';

/**
 * Pillow's `Image.resize(size, filter)` on 8-bit planes, bit for bit: antialiased, taps outside dropped and the rest renormalised, weights in
 * 22-bit fixed point, columns first, each pass rounded and clamped; `nearest` takes the pixel at the centre. Bicubic has a = −0.5.
 */
export function pilResize(plane: Plane, width: number, height: number, filter: PilFilter = 'bicubic'): Plane {
  const source = roundTo8Bits(plane);
  if (filter === 'nearest') return nearest(source, width, height);
  const across = width === source.width ? source : resample(source, width, filter);
  return height === across.height ? across : transpose(resample(transpose(across), height, filter));
}

const PRECISION = 22;

function nearest(plane: Plane, width: number, height: number): Plane {
  const [across, down] = [nearestPlaces(plane.width, width), nearestPlaces(plane.height, height)];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = plane.data[(down[y] as number) * plane.width + (across[x] as number)] as number;
  }
  return { width, height, data };
}

/** Centres summed up step by step, as Pillow does it: that decides ties. */
function nearestPlaces(length: number, outLength: number): number[] {
  const step = length / outLength;
  let center = step / 2;
  return Array.from({ length: outLength }, () => {
    const place = Math.min(length - 1, Math.floor(center));
    center += step;
    return place;
  });
}

function resample(plane: Plane, width: number, filter: Convolved): Plane {
  const taps = fixedPointTaps(plane.width, width, FILTERS[filter]);
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

function fixedPointTaps(length: number, outLength: number, { weigh, reach }: Filter): Taps[] {
  const scale = length / outLength;
  const filterScale = Math.max(scale, 1);
  const support = reach * filterScale;
  return Array.from({ length: outLength }, (_, x) => {
    const center = (x + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const last = Math.min(length, Math.trunc(center + support + 0.5));
    const weights = Float64Array.from({ length: last - first }, (_, t) => weigh((t + first - center + 0.5) / filterScale));
    const sum = weights.reduce((a, b) => a + b, 0);
    return {
      first,
      weights: Int32Array.from(weights, (weight) => Math.trunc((weight / sum) * 2 ** PRECISION + (weight < 0 ? -0.5 : 0.5))),
    };
  });
}

type Convolved = Exclude<PilFilter, 'nearest'>;

interface Filter {
  readonly weigh: (x: number) => number;
  readonly reach: number;
}

const FILTERS: Readonly<Record<Convolved, Filter>> = {
  bilinear: { weigh: (x) => Math.max(0, 1 - Math.abs(x)), reach: 1 },
  bicubic: { weigh: bicubic, reach: 2 },
  lanczos: { weigh: (x) => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0), reach: 3 },
  mitchell: { weigh: mitchell, reach: 2 },
};

function bicubic(x: number): number {
  const a = Math.abs(x);
  if (a < 1) return (1.5 * a - 2.5) * a * a + 1;
  return a < 2 ? ((-0.5 * a + 2.5) * a - 4) * a + 2 : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function transpose(plane: Plane): Plane {
  const { width, height } = plane;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[x * height + y] = plane.data[y * width + x] as number;
  return { width: height, height: width, data };
}
