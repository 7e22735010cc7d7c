import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../../models/contracts/index.ts';
import { isBmp, readBmp } from './bmp.ts';
import type { Image } from './image.ts';

export interface ReadImage {
  readonly image: Image;
  /** What was done to the pixels on the way in (16 bits scaled, alpha dropped), or null. */
  readonly note: string | null;
}

/**
 * Reads PNG, JPEG, WebP, TIFF, GIF, AVIF (through sharp) or BMP as 8-bit RGB. Embedded colour profiles and EXIF rotation are not applied:
 * metrics compare stored pixels. Throws UserError for a file that is no image or is damaged.
 */
export async function readImage(path: string): Promise<ReadImage> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`Cannot read ${path}: ${error.code ?? error.message}.`, ['Check the path and its permissions.'], { cause: error });
  });
  if (isBmp(bytes)) {
    const { width, height, rgb } = readBmp(bytes, basename(path));
    return { image: deinterleave(rgb, width, height, 3), note: null };
  }
  return readWithSharp(bytes, path);
}

async function readWithSharp(bytes: Buffer, path: string): Promise<ReadImage> {
  try {
    const { depth, channels, hasAlpha } = await sharp(bytes).metadata();
    const wide = depth === 'ushort';
    const decoder = sharp(bytes, { ignoreIcc: true, failOn: 'warning' });
    const { data, info } = await (wide ? decoder.toColourspace('rgb16').raw({ depth: 'ushort' }) : decoder.raw()).toBuffer({
      resolveWithObject: true,
    });
    const samples = wide ? to8Bits(data) : data;
    const image = deinterleave(samples, info.width, info.height, info.channels);
    return { image: { ...image, gray: channels < 3 }, note: notes(wide, hasAlpha) };
  } catch (error) {
    throw new UserError(
      `${path} cannot be read as an image: ${(error as Error).message.split('\n')[0]}.`,
      ['Remove it from the folder, or save it as PNG.'],
      { cause: error },
    );
  }
}

/** 65535 ↦ 255 exactly. */
function to8Bits(data: Buffer): Uint8Array {
  const words = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  return Uint8Array.from(words, (word) => Math.round(word / 257));
}

function deinterleave(samples: Uint8Array, width: number, height: number, channels: number): Image {
  const count = width * height;
  const planes = [0, 1, 2].map((c) => {
    const plane = new Uint8Array(count);
    const offset = channels < 3 ? 0 : c;
    for (let i = 0; i < count; i++) plane[i] = samples[i * channels + offset] as number;
    return plane;
  });
  return { width, height, planes, gray: channels < 3 };
}

function notes(wide: boolean, alpha: boolean): string | null {
  const texts = [wide ? '16-bit levels scaled to 8 bits' : null, alpha ? 'alpha channel dropped' : null];
  return texts.filter((text) => text !== null).join(', ') || null;
}
