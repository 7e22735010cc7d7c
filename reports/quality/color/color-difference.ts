import type { Plane } from '../image.ts';
import { ciede2000 } from './ciede2000.ts';
import { labOf, type Rgb, toLinear } from './lab.ts';

/** Mean CIEDE2000 difference of two pictures, pixel by pixel; planes are red, green and blue in levels of sRGB. */
export function colorDifference(reference: readonly Plane[], test: readonly Plane[]): number {
  const count = (reference[0] as Plane).data.length;
  const linear = linearTable();
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (reference.every((plane, c) => plane.data[i] === (test[c] as Plane).data[i])) continue;
    sum += ciede2000(labOf(pixel(reference, i, linear)), labOf(pixel(test, i, linear)));
  }
  return sum / count;
}

/** CIEDE2000 between the mean colours of two pictures, in linear light: a tint of the whole, blind to detail. */
export function meanColorDifference(reference: readonly Plane[], test: readonly Plane[]): number {
  return ciede2000(labOf(meanOf(reference)), labOf(meanOf(test)));
}

function meanOf(planes: readonly Plane[]): Rgb {
  const linear = linearTable();
  return planes.map(({ data }) => {
    let sum = 0;
    for (const level of data) sum += linear(level);
    return sum / data.length;
  }) as unknown as Rgb;
}

function pixel(planes: readonly Plane[], i: number, linear: (level: number) => number): Rgb {
  return planes.map(({ data }) => linear(data[i] as number)) as unknown as Rgb;
}

/** `toLinear`, by table for whole levels. */
function linearTable(): (level: number) => number {
  const table = Float64Array.from({ length: 256 }, (_, level) => toLinear(level));
  return (level) => table[level] ?? toLinear(level);
}
