import { UserError } from '../../models/contracts/index.ts';

export interface BmpPixels {
  readonly width: number;
  readonly height: number;
  /** Interleaved RGB. */
  readonly rgb: Uint8Array;
}

/** Whether the bytes begin like a BMP file, which libvips as shipped with sharp cannot read. */
export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length > 54;
}

/**
 * Decodes uncompressed BMP of 8 (palette), 24 or 32 bits per pixel (header BITMAPINFOHEADER or later). Throws UserError for other kinds.
 */
export function readBmp(bytes: Uint8Array, name: string): BmpPixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = view.getUint32(14, true);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  const plain = compression === 0 || (compression === 3 && bits === 32 && usesBgrMasks(view));
  if (headerSize < 40 || ![8, 24, 32].includes(bits) || !plain || width <= 0 || height === 0) {
    throw new UserError(`${name} is a BMP of a kind that is not read (${bits} bits, compression ${compression}).`, ['Save it as PNG.']);
  }
  const start = view.getUint32(10, true);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (start + stride * height > bytes.length) throw new UserError(`${name} is cut short.`, ['Copy the file again.']);
  const palette = bits === 8 ? bytes.subarray(14 + headerSize, start) : null;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = start + stride * (signedHeight > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x++) {
      const source = palette ?? bytes;
      const at = palette ? (bytes[row + x] as number) * 4 : row + (x * bits) / 8;
      for (let c = 0; c < 3; c++) rgb[(y * width + x) * 3 + c] = source[at + 2 - c] ?? 0;
    }
  }
  return { width, height, rgb };
}

function usesBgrMasks(view: DataView): boolean {
  return view.getUint32(54, true) === 0xff0000 && view.getUint32(58, true) === 0xff00 && view.getUint32(62, true) === 0xff;
}
