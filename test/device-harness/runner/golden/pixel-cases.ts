import type { PixelFace } from '../../../../device-harness/runner/index.ts';
import { halfToNumber, numberToHalf } from '../../../../models/onnx/half.ts';
import { Prng } from '../../../../models/run/prng.ts';

export interface PixelCase {
  readonly face: PixelFace;
  readonly width: number;
  readonly height: number;
  readonly rgba: string;
  /** Dimensions and bytes of the array that the face makes of the picture. */
  readonly dims: readonly number[];
  readonly array: string;
}

/** Pictures and the arrays that faces make of them, as hexadecimal bytes. */
export function pixelCases(): PixelCase[] {
  const prng = new Prng(3);
  return FACES.map((face) => {
    const [width, height] = [face.block * 3, face.block * 2];
    const rgba = Uint8Array.from({ length: width * height * 4 }, () => prng.uint32() & 255);
    return { face, width, height, rgba: hex(rgba), ...arrayOf(rgba, width, height, face) };
  });
}

const FACES: readonly PixelFace[] = [
  { channels: [0, 1, 2], scale: [1 / 255, 1 / 255, 1 / 255], bias: [0, 0, 0], layout: 'NCHW', dtype: 'float32', block: 1, order: 'CRD' },
  { channels: [2, 1, 0], scale: [1 / 58.395, 1 / 57.12, 1 / 57.375], bias: [-2.1179, -2.0357, -1.8044], layout: 'NCHW', dtype: 'float16', block: 1, order: 'CRD' },
  { channels: [0, 1, 2], scale: [1 / 255, 1 / 255, 1 / 255], bias: [0, 0, 0], layout: 'NCHW', dtype: 'float16', block: 2, order: 'CRD' },
  { channels: [0, 1, 2], scale: [1, 1, 1], bias: [0, 0, 0], layout: 'NCHW', dtype: 'float32', block: 3, order: 'DCR' },
  { channels: [0, 1, 2], scale: [1 / 127.5, 1 / 127.5, 1 / 127.5], bias: [-1, -1, -1], layout: 'NHWC', dtype: 'float32', block: 2, order: 'DCR' },
  { channels: [1], scale: [1 / 256], bias: [1e-8], layout: 'NHWC', dtype: 'float16', block: 2, order: 'CRD' },
];

/** What a face makes of a picture, by the formula of the contract. */
export function arrayOf(rgba: Uint8Array, width: number, height: number, face: PixelFace): { dims: number[]; array: string } {
  const { block, channels } = face;
  const [rows, columns, depth] = [height / block, width / block, channels.length * block * block];
  const values = new Float32Array(rows * columns * depth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      channels.forEach((source, k) => {
        const byte = rgba[(y * width + x) * 4 + source] as number;
        const value = elementOf(byte, face, k);
        const [i, j] = [y % block, x % block];
        const channel = face.order === 'CRD' ? (k * block + i) * block + j : (i * block + j) * channels.length + k;
        const [row, column] = [Math.floor(y / block), Math.floor(x / block)];
        values[face.layout === 'NCHW' ? (channel * rows + row) * columns + column : (row * columns + column) * depth + channel] = value;
      });
    }
  }
  const bytes = face.dtype === 'float32' ? values : Uint16Array.from(values, numberToHalf);
  return { dims: face.layout === 'NCHW' ? [1, depth, rows, columns] : [1, rows, columns, depth], array: hex(new Uint8Array(bytes.buffer)) };
}

/** In float32, each operation rounded once. */
export function elementOf(byte: number, { scale, bias }: PixelFace, k: number): number {
  return Math.fround(Math.fround(byte * Math.fround(scale[k] as number)) + Math.fround(bias[k] as number));
}

/** Numbers by the bits of float32, with the bits of the half that each becomes, and halves with their values. */
export function halfCases(): { toHalf: (readonly [number, number])[]; fromHalf: (readonly [number, number])[] } {
  const prng = new Prng(5);
  const view = new DataView(new ArrayBuffer(4));
  const corners = [0, -0, 1, -1, 65504, 65519.99, 65520, 65536, 1e30, Infinity, -Infinity, 2 ** -14, 2 ** -24, 2 ** -25, 1.5 * 2 ** -25, 3 * 2 ** -25, 6.1e-5, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 0.1];
  const drawn = Array.from({ length: 200 }, () => (prng.uniform() - 0.5) * 2 ** Math.floor(40 * prng.uniform() - 24));
  const toHalf = [...corners, ...drawn].map((value) => {
    view.setFloat32(0, value);
    return [view.getUint32(0), numberToHalf(view.getFloat32(0))] as const;
  });
  const fromHalf = [...[0, 0x8000, 1, 0x3ff, 0x400, 0x3c00, 0xbc00, 0x7bff, 0xfbff], ...Array.from({ length: 60 }, () => prng.uint32() % 0x7c00)].map((bits) => [bits, halfToNumber(bits)] as const);
  return { toHalf, fromHalf };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
