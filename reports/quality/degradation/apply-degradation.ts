import sharp from 'sharp';
import { Prng, seedOf } from '../../../models/run/prng.ts';
import { shrink } from '../degrade.ts';
import { type Image, imageOf, mapPlanes, type Plane, planesOf, roundTo8Bits, toInterleaved } from '../image.ts';
import type { LrGeneration } from '../protocol.ts';
import type { Degradation, DegradationStep } from './degradation.ts';
import { gaussianBlur } from './gaussian-blur.ts';

export interface DegradationContext {
  readonly scale: number;
  readonly lr: LrGeneration;
  readonly seed: number;
  /** Name of the picture: what is drawn for it depends on nothing else but the seed. */
  readonly image: string;
}

/**
 * The low-resolution image of an original whose sides are multiples of the scale. Levels are kept unrounded between steps, but that JPEG and
 * resizers round where they must; the end is rounded to 8 bits. The same seed and name give the same pixels, whatever else is degraded.
 */
export async function applyDegradation(original: Image, degradation: Degradation, context: DegradationContext): Promise<Image> {
  let image = original;
  for (const [index, step] of degradation.entries()) image = await applyStep(image, step, index, context);
  return mapPlanes(image, roundTo8Bits);
}

async function applyStep(image: Image, step: DegradationStep, index: number, { scale, lr, seed, image: name }: DegradationContext): Promise<Image> {
  switch (step.kind) {
    case 'resize': return scale === 1 ? image : mapPlanes(image, (plane) => shrink(plane, scale, lr));
    case 'gaussian': return mapPlanes(image, (plane) => gaussianBlur(plane, step.sigma));
    case 'noise': return withNoise(image, step.sigma, new Prng(seedOf(`${seed} ${name} ${index}`)));
    case 'jpeg': return throughJpeg(image, step.quality);
  }
}

/** White Gaussian noise, drawn for each channel of each pixel; one value for all channels of a grey picture. */
function withNoise(image: Image, sigma: number, random: Prng): Image {
  const noise = planesOf(image).map(({ data }, c) => (image.gray && c > 0 ? null : Float64Array.from(data, () => sigma * random.normal())));
  return imageOf(planesOf(image).map((plane, c): Plane => {
    const drawn = noise[c] ?? (noise[0] as Float64Array);
    return { ...plane, data: Float64Array.from(plane.data, (level, i) => level + (drawn[i] as number)) };
  }), image.gray);
}

/** Through a JPEG file and back: 4:2:0, as cameras and browsers write it. */
async function throughJpeg(image: Image, quality: number): Promise<Image> {
  const { width, height } = image;
  const file = await sharp(toInterleaved(image), { raw: { width, height, channels: 3 } }).jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer();
  const pixels = await sharp(file).toColourspace('srgb').raw().toBuffer();
  const planes = [0, 1, 2].map((c): Plane => ({ width, height, data: Uint8Array.from({ length: width * height }, (_, i) => pixels[3 * i + c] as number) }));
  return imageOf(planes, image.gray);
}

/** Versions of what a degradation's pixels depend on, beyond its name and seed; null where it is arithmetic of ours. */
export function degradationTools(degradation: Degradation | null): Readonly<Record<string, string>> | null {
  return degradation?.some(({ kind }) => kind === 'jpeg') ? { 'JPEG (sharp)': sharp.versions.sharp ?? sharp.versions.vips } : null;
}
