import { fstatSync, readSync } from 'node:fs';
import { BugError } from '../../models/contracts/errors.ts';

/**
 * A picture in libvips's own format: a header of 64 bytes, the rows without gaps, and metadata as XML. sharp reads and writes it in bounded memory, and any
 * row is found by arithmetic. Layout: libvips iofuncs/vips.c.
 */
export interface VipsHeader {
  readonly width: number;
  readonly height: number;
  /** Samples of a pixel. */
  readonly bands: number;
  /** Bits of a sample. */
  readonly depth: 8 | 16;
  /** What the bands mean: `VipsInterpretation`. */
  readonly interpretation: number;
  /** Colour profile, EXIF, XMP and IPTC, as fields of the XML. */
  readonly metadata: readonly string[];
}

export const HEADER_BYTES = 64;
/** In the order of bytes that little-endian machines write. */
const MAGIC = 0x08f2a6b6;
const FORMATS = { 0: 8, 2: 16 } as const;
const KEPT = /<field type="VipsBlob" name="(?:icc-profile-data|exif-data|xmp-data|iptc-data)">[^<]*<\/field>/g;

export function readVipsHeader(descriptor: number): VipsHeader {
  const head = bytesAt(descriptor, 0, HEADER_BYTES);
  const [width, height, bands] = [4, 8, 12].map((at) => head.readInt32LE(at)) as [number, number, number];
  const depth = FORMATS[head.readInt32LE(20) as keyof typeof FORMATS];
  if (head.readUInt32BE(0) !== swapped(MAGIC) || depth === undefined) throw new BugError('libvips wrote a picture in a form that is not known here.');
  const end = HEADER_BYTES + (width * height * bands * depth) / 8;
  const rest = bytesAt(descriptor, end, fstatSync(descriptor).size - end).toString('utf8');
  return { width, height, bands, depth, interpretation: head.readInt32LE(28), metadata: rest.match(KEPT) ?? [] };
}

/** The header as bytes. */
export function vipsHead({ width, height, bands, depth, interpretation }: VipsHeader): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32BE(swapped(MAGIC), 0);
  for (const [i, value] of [width, height, bands, depth, depth === 16 ? 2 : 0, 0, interpretation].entries()) head.writeInt32LE(value, 4 + 4 * i);
  head.writeFloatLE(1, 32);
  head.writeFloatLE(1, 36);
  return head;
}

/** What stands behind the rows. */
export function vipsTail({ metadata }: VipsHeader): Buffer {
  return Buffer.from(`<?xml version="1.0"?>\n<root xmlns="http://www.vips.ecs.soton.ac.uk/vips/8.0.0">\n<header></header>\n<meta>\n${metadata.join('\n')}\n</meta>\n</root>\n`);
}

/** `length` bytes from `position`; fewer at the end of the file. */
export function bytesAt(descriptor: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  let read = 0;
  while (read < buffer.length) {
    const got = readSync(descriptor, buffer, read, buffer.length - read, position + read);
    if (got === 0) break;
    read += got;
  }
  return buffer.subarray(0, read);
}

function swapped(value: number): number {
  return Buffer.from(Uint32Array.of(value).buffer).readUInt32BE(0);
}
