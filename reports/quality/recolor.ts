import { bicubicUpscale } from './degrade.ts';
import type { Image } from './image.ts';
import { chroma, fromYcbcr } from './luma.ts';

/**
 * Gives the output of a model that works on luma alone its colour, by bicubic chroma of the input; other outputs are returned as they
 * are.
 */
export function recolor(output: Image, input: Image, scale: number): Image {
  if (output.planes.length === 3 || input.planes.length === 1) return output;
  const [cb, cr] = chroma(bicubicUpscale(input, scale, 'matlab'));
  return fromYcbcr({ width: output.width, height: output.height, data: output.planes[0] as Float64Array }, cb, cr);
}
