import { closeSync, openSync, writeSync } from 'node:fs';
import { extname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { UserError } from '../../models/contracts/errors.ts';
import { TempFile } from '../../models/onnx/temp-file.ts';
import type { SourcePicture } from './source-picture.ts';
import { bytesAt, HEADER_BYTES, type VipsHeader, vipsHead, vipsTail } from './vips-file.ts';

/** A format that photos are written in. */
interface TargetFormat {
  readonly name: string;
  readonly encode: (picture: Sharp, quality: number) => Sharp;
  readonly alpha: boolean;
  readonly wide: boolean;
  /** Longest side. */
  readonly most: number;
  /** Memory that the encoder takes for a pixel, besides the result itself. Measured with libvips 8.18. */
  readonly bytesAPixel: number;
}

const JPEG: TargetFormat = {
  name: 'JPEG', alpha: false, wide: false, most: 65_535, bytesAPixel: 0,
  /** Huffman tables of its own would take the coefficients of the whole picture in memory. */
  encode: (picture, quality) => picture.jpeg({ quality, chromaSubsampling: '4:4:4', optimiseCoding: false }),
};
const TIFF: TargetFormat = { name: 'TIFF', alpha: true, wide: true, most: 2 ** 31 - 1, bytesAPixel: 0, encode: (picture) => picture.tiff({ compression: 'deflate', predictor: 'horizontal' }) };

const FORMATS: Readonly<Record<string, TargetFormat>> = {
  '.png': { name: 'PNG', alpha: true, wide: true, most: 2 ** 31 - 1, bytesAPixel: 0, encode: (picture) => picture.png() },
  '.jpg': JPEG, '.jpeg': JPEG, '.tif': TIFF, '.tiff': TIFF,
  '.webp': { name: 'WebP', alpha: true, wide: false, most: 16_383, bytesAPixel: 20, encode: (picture, quality) => picture.webp(quality >= 100 ? { lossless: true } : { quality }) },
};

/** The format that a file's name asks for. Throws UserError for another one, and for a picture that is too large for it. */
export function targetFormat(path: string, { width, height }: Pick<VipsHeader, 'width' | 'height'>): TargetFormat {
  const format = FORMATS[extname(path).toLowerCase()];
  if (!format) throw new UserError(`${path} names no format that photos are written in.`, [`End its name in ${Object.keys(FORMATS).join(', ')}.`]);
  if (Math.max(width, height) <= format.most) return format;
  throw new UserError(`${format.name} holds sides of at most ${format.most} pixels, and the result has ${width}×${height}.`, ['Write PNG or TIFF.']);
}

/** Memory for encoding a result: its file, which is mapped meanwhile (the system may take these pages back), and what the encoder keeps. */
export function encodingBytes(path: string, header: VipsHeader): number {
  const { width, height, bands, depth } = header;
  return width * height * ((bands * depth) / 8 + targetFormat(path, header).bytesAPixel);
}

/** The header of a result: like the photo's, as far as the format of `path` has room. Throws UserError as `targetFormat` does. */
export function targetHeader({ header, hasAlpha, gray }: Pick<SourcePicture, 'header' | 'hasAlpha' | 'gray'>, scale: number, path: string): { header: VipsHeader; notes: string[] } {
  const size = { width: Math.round(header.width * scale), height: Math.round(header.height * scale) };
  const format = targetFormat(path, size);
  const [alpha, wide] = [hasAlpha && format.alpha, header.depth === 16 && format.wide];
  return {
    header: { ...header, ...size, bands: (gray ? 1 : 3) + (alpha ? 1 : 0), depth: wide ? 16 : 8, interpretation: interpretationOf(gray, wide) },
    notes: [
      ...(hasAlpha && !alpha ? [`${format.name} has no room for opacity, which is dropped.`] : []),
      ...(header.depth === 16 && !wide ? [`${format.name} has 8 bits a sample: the 16 of the photo are rounded.`] : []),
    ],
  };
}

/** `VipsInterpretation`: b-w, grey16, srgb, rgb16. */
function interpretationOf(gray: boolean, wide: boolean): number {
  if (gray) return wide ? 26 : 1;
  return wide ? 25 : 22;
}

/** Rows of levels 0 to 255, plane by plane, as they come from the canvas. */
export type Levels = readonly (Float32Array | Float64Array)[];

/** The enlarged photo while it is made: rows go to a file, pieces can be read again, and at the end the file is encoded. */
export class TargetPicture {
  readonly header: VipsHeader;
  readonly #file: string;
  readonly #descriptor: number;
  #written = HEADER_BYTES;

  constructor(folder: string, header: VipsHeader) {
    this.header = header;
    this.#file = join(folder, 'out.v');
    this.#descriptor = openSync(this.#file, 'w+');
    this.#write(vipsHead(header), 0);
  }

  /** Appends rows, rounded half up to the depth of the file and clamped. */
  append(planes: Levels): void {
    const { bands, depth } = this.header;
    const count = (planes[0] as Float32Array).length;
    const samples = depth === 16 ? new Uint16Array(count * bands) : new Uint8Array(count * bands);
    const [gain, most] = depth === 16 ? [257, 65_535] : [1, 255];
    planes.forEach((plane, band) => {
      for (let i = 0, at = band; i < count; i++, at += bands) samples[at] = Math.min(most, Math.max(0, Math.floor((plane[i] as number) * gain + 0.5)));
    });
    this.#write(Buffer.from(samples.buffer), this.#written);
    this.#written += samples.byteLength;
  }

  /** Levels of one band in a rectangle that lies inside of what was written. */
  band(band: number, { x, y, width, height }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }): Float64Array {
    const { width: across, bands, depth } = this.header;
    const size = (bands * depth) / 8;
    const levels = new Float64Array(width * height);
    for (let row = 0; row < height; row++) {
      const bytes = bytesAt(this.#descriptor, HEADER_BYTES + ((y + row) * across + x) * size, width * size);
      for (let i = 0; i < width; i++) levels[row * width + i] = depth === 16 ? bytes.readUInt16LE(2 * (i * bands + band)) / 257 : (bytes[i * bands + band] as number);
    }
    return levels;
  }

  /** Encodes what was written to `path`, which is replaced only when all of it is there. */
  async encode(path: string, quality: number): Promise<void> {
    this.#write(vipsTail(this.header), this.#written);
    const { bands, depth } = this.header;
    const format = targetFormat(path, this.header);
    const space = bands < 3 ? (depth === 16 ? 'grey16' : 'b-w') : depth === 16 ? 'rgb16' : 'srgb';
    const file = new TempFile(path);
    try {
      const picture = sharp(this.#file, { ignoreIcc: true, limitInputPixels: false, sequentialRead: true }).keepMetadata().toColourspace(space);
      await format.encode(picture, quality).toFile(file.path);
      file.commit();
    } catch (error) {
      file.discard();
      throw error instanceof UserError ? error : new UserError(`${path} cannot be written: ${(error as Error).message.split('\n')[0]}.`, ['Check the space that is left, or write another format.'], { cause: error });
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done);
  }
}
