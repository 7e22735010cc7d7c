import type { Resize, ResizedAxis } from './resize.ts';

/** Index of the input that each output position takes, with mode nearest. */
export function nearestIndices(axis: ResizedAxis, { coordinates, nearest }: Pick<Resize, 'coordinates' | 'nearest'>): number[] {
  return Array.from({ length: axis.to }, (_, i) => clamp(rounded(coordinate(i, axis, coordinates), nearest), axis.from));
}

/** Weight of every input position in each output position (`to` rows of `from`), with mode linear or cubic. */
export function weightRows(axis: ResizedAxis, { mode, coordinates, cubicA, excludeOutside }: Resize): Float64Array[] {
  return Array.from({ length: axis.to }, (_, i) => {
    const x = coordinate(i, axis, coordinates);
    return mode === 'cubic' ? cubicRow(x, axis.from, cubicA, excludeOutside) : linearRow(Math.min(Math.max(x, 0), axis.from - 1), axis.from);
  });
}

/**
 * Where output position `i` lies on the input's axis (ONNX Resize, `coordinate_transformation_mode`), in single precision as ONNX Runtime
 * computes it.
 */
function coordinate(i: number, { from, to, scale }: ResizedAxis, coordinates: string): number {
  const f = Math.fround;
  if (from === to && scale === 1) return i;
  if (coordinates === 'asymmetric') return f(i / scale);
  if (coordinates === 'align_corners') return to === 1 ? 0 : f(f(i * (from - 1)) / (to - 1));
  if (coordinates === 'pytorch_half_pixel') return to > 1 ? f(f((i + 0.5) / scale) - 0.5) : 0;
  if (coordinates === 'tf_half_pixel_for_nn') return f((i + 0.5) / scale);
  const offset = coordinates === 'half_pixel_symmetric' ? f((from / 2) * f(1 - f(to / f(scale * from)))) : 0;
  return f(f(offset + f((i + 0.5) / scale)) - 0.5);
}

function rounded(x: number, nearest: string): number {
  if (nearest === 'ceil') return Math.ceil(x);
  if (nearest === 'floor') return Math.floor(x);
  return nearest === 'round_prefer_ceil' ? Math.floor(x + 0.5) : Math.ceil(x - 0.5);
}

function linearRow(x: number, size: number): Float64Array {
  const row = new Float64Array(size);
  const low = Math.floor(x);
  const high = Math.min(low + 1, size - 1);
  row[low] = (row[low] as number) + 1 - (x - low);
  row[high] = (row[high] as number) + (x - low);
  return row;
}

/** Keys' kernel over four neighbours; those outside count as the border, or not at all and the rest is scaled up. */
function cubicRow(x: number, size: number, a: number, excludeOutside: boolean): Float64Array {
  const row = new Float64Array(size);
  const low = Math.floor(x);
  let sum = 0;
  for (let at = low - 1; at <= low + 2; at++) {
    const outside = at < 0 || at >= size;
    if (outside && excludeOutside) continue;
    const weight = keys(Math.abs(x - at), a);
    sum += weight;
    row[clamp(at, size)] = (row[clamp(at, size)] as number) + weight;
  }
  return excludeOutside ? row.map((weight) => weight / sum) : row;
}

function keys(d: number, a: number): number {
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
}

function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
