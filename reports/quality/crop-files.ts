import sharp from 'sharp';
import { type CropChoice, type CropReason, ORIGINAL } from './crops.ts';
import { differenceMap, FULL_SCALE_LEVELS } from './difference-map.ts';
import { type Image, toInterleaved } from './image.ts';

/** One PNG of a crop. */
export interface CropPng {
  readonly variant: string;
  readonly psnr: number | null;
  readonly png: Uint8Array;
  /** Difference to the original as a colour map; null for the original itself. */
  readonly difference: { readonly png: Uint8Array; readonly maxLevels: number } | null;
}

/** A crop ready for a report. */
export interface CropPngs {
  readonly reason: CropReason;
  /** Of a window where one variant differs most: which, and from what. */
  readonly of?: string;
  readonly against?: string;
  readonly image: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Levels that the brightest colour of the difference maps stands for. */
  readonly differenceScale: number;
  /** The original first. */
  readonly views: readonly CropPng[];
}

/** Encodes a crop and its difference maps as PNG. */
export async function encodeCrop(choice: CropChoice): Promise<CropPngs> {
  const { original, views: shown, ...about } = choice;
  const views: CropPng[] = [{ variant: ORIGINAL, psnr: null, png: await encodePng(original), difference: null }];
  for (const view of shown) {
    const map = differenceMap(original, view.image);
    views.push({
      variant: view.variant, psnr: view.psnr, png: await encodePng(view.image),
      difference: { png: await encodeRgb(map.rgb, map.width, map.height), maxLevels: map.maxLevels },
    });
  }
  return { ...about, width: original.width, height: original.height, differenceScale: FULL_SCALE_LEVELS, views };
}

/** An image as PNG bytes, rounded to 8 bits. */
export function encodePng(image: Image): Promise<Uint8Array> {
  return encodeRgb(toInterleaved(image), image.width, image.height);
}

function encodeRgb(rgb: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return sharp(rgb, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 9 }).toBuffer();
}
