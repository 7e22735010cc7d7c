import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { UserError } from '../../models/contracts/errors.ts';
import { isBmp, readBmp } from '../quality/bmp.ts';
import { type Image, imageOf, type Plane } from '../quality/image.ts';
import { bytesAt, HEADER_BYTES, readVipsHeader, type VipsHeader } from './vips-file.ts';

/** Some rows of a photo: red, green and blue in levels 0 to 255 (of 16 bits unrounded), and its opacity where it has one. */
export interface PictureRows {
  readonly image: Image;
  readonly alpha: Image | null;
}

/** A photo, decoded to a file and read in rows. */
export interface SourcePicture {
  readonly header: VipsHeader;
  readonly gray: boolean;
  readonly hasAlpha: boolean;
  /** As sharp names it: `jpeg`, `png`, …, or `bmp`. */
  readonly format: string;
  /** What was done to the pixels on the way in. */
  readonly notes: readonly string[];
  readonly decodeMs: number;
  rows(from: number, to: number): PictureRows;
  close(): void;
}

/**
 * Decodes PNG, JPEG, WebP, TIFF, GIF, AVIF or BMP into a file of `folder`, upright as EXIF says, pixels otherwise as they are stored: a colour profile is
 * kept and not applied. Throws UserError for what is no picture, is damaged, or is too large.
 */
export async function openPicture(path: string, folder: string): Promise<SourcePicture> {
  if (!existsSync(path) || !statSync(path).isFile()) throw new UserError(`There is no picture ${path}.`, ['Give the path of a PNG, JPEG, WebP, TIFF, AVIF or BMP file.']);
  const started = performance.now();
  const file = join(folder, 'in.v');
  const about = await decode(path, file);
  const descriptor = openSync(file, 'r');
  const header = readVipsHeader(descriptor);
  const { width, height, bands, depth } = header;
  const stride = (width * bands * depth) / 8;
  const [gray, hasAlpha] = [bands < 3, bands === 2 || bands === 4];
  return {
    header, gray, hasAlpha, ...about, decodeMs: performance.now() - started,
    rows: (from, to) => {
      const bytes = bytesAt(descriptor, HEADER_BYTES + from * stride, (Math.min(to, height) - from) * stride);
      return planesFrom(bytes, header, gray, hasAlpha);
    },
    close: () => closeSync(descriptor),
  };
}

async function decode(path: string, file: string): Promise<Pick<SourcePicture, 'format' | 'notes'>> {
  try {
    const head = readHead(path);
    if (isBmp(head)) {
      const { width, height, rgb } = readBmp(readFileSync(path), path);
      await sharp(rgb, { raw: { width, height, channels: 3 } }).toFile(file);
      return { format: 'bmp', notes: [] };
    }
    const about = await sharp(path).metadata();
    await upright(sharp(path, { ignoreIcc: about.space !== 'cmyk', failOn: 'warning', sequentialRead: true }), about).toFile(file);
    return { format: about.format ?? 'unknown', notes: notesOf(about) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const message = (error as Error).message.split('\n')[0]?.trim();
    throw new UserError(`${path} cannot be read as a picture: ${message}.`, [/pixel limit/.test(message ?? '') ? 'At most 268 million pixels are read.' : 'Save it anew as PNG, JPEG or TIFF.'], { cause: error });
  }
}

function upright(picture: Sharp, { depth, channels }: Metadata): Sharp {
  const wide = depth === 'ushort';
  const space = channels < 3 ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb';
  return picture.autoOrient().keepMetadata().toColourspace(space);
}

function notesOf({ orientation, depth, space, pages }: Metadata): string[] {
  return [
    (orientation ?? 1) > 1 ? 'turned upright as its EXIF says' : null,
    depth !== 'uchar' && depth !== 'ushort' && space !== 'cmyk' ? `${depth} samples brought to 8 bits` : null,
    space === 'cmyk' ? 'converted from CMYK to sRGB' : null,
    (pages ?? 1) > 1 ? `the first of its ${pages} pages` : null,
  ].filter((note) => note !== null);
}

function readHead(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    return bytesAt(descriptor, 0, 64);
  } finally {
    closeSync(descriptor);
  }
}

function planesFrom(bytes: Buffer, { width, bands, depth }: VipsHeader, gray: boolean, hasAlpha: boolean): PictureRows {
  const height = (bytes.length * 8) / (width * bands * depth);
  const samples = depth === 16 ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2) : bytes;
  const plane = (band: number): Plane => {
    const data = depth === 16 ? new Float64Array(width * height) : new Uint8Array(width * height);
    for (let i = 0, at = band; i < data.length; i++, at += bands) data[i] = depth === 16 ? (samples[at] as number) / 257 : (samples[at] as number);
    return { width, height, data };
  };
  const colors = gray ? new Array<Plane>(3).fill(plane(0)) : [plane(0), plane(1), plane(2)];
  return { image: imageOf(colors, gray), alpha: hasAlpha ? imageOf([plane(bands - 1)], true) : null };
}
