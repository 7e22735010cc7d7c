import type { NdArray } from '../../../../models/contracts/ndarray.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { PixelFace } from '../../../runner/index.ts';

/** Pixels as RGBA without gaps. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The pixels at a place as the array that a face describes; what lies outside repeats the border. */
export function arrayOf(photo: Pixels, { x, y, width, height }: Place, face: PixelFace): NdArray {
  const at = offsetsOf(face, width, height);
  const values = new Float32Array(face.channels.length * width * height);
  for (let row = 0; row < height; row++) {
    const line = held(y + row, photo.height) * photo.width;
    for (let column = 0; column < width; column++) {
      const pixel = 4 * (line + held(x + column, photo.width));
      face.channels.forEach((channel, k) => {
        values[at(k, row, column)] = Math.fround(Math.fround((photo.data[pixel + channel] as number) * Math.fround(face.scale[k] as number)) + Math.fround(face.bias[k] as number));
      });
    }
  }
  const [depth, down, across] = [face.channels.length * face.block ** 2, height / face.block, width / face.block];
  const dims = face.layout === 'NCHW' ? [1, depth, down, across] : [1, down, across, depth];
  return Tensor.of(face.dtype, dims, values).toNdArray();
}

/** Writes the part `keep` of an array of `tile` pixels, which is `from` on the canvas, as bytes: ties to even, held within 0 and 255. One channel alone is grey. */
export function writePixels(canvas: Pixels, values: Float64Array, face: PixelFace, tile: Pick<Place, 'width' | 'height'>, origin: Pick<Place, 'x' | 'y'>, keep: Place): void {
  const at = offsetsOf(face, tile.width, tile.height);
  for (let y = keep.y; y < keep.y + keep.height; y++) {
    for (let x = keep.x; x < keep.x + keep.width; x++) {
      const pixel = 4 * (y * canvas.width + x);
      face.channels.forEach((channel, k) => {
        const value = (values[at(k, y - origin.y, x - origin.x)] as number) * (face.scale[k] as number) + (face.bias[k] as number);
        const byte = Math.min(255, Math.max(0, evenly(value)));
        if (face.channels.length === 1) canvas.data.fill(byte, pixel, pixel + 3);
        else canvas.data[pixel + channel] = byte;
      });
      canvas.data[pixel + 3] = 255;
    }
  }
}

/** Offset of channel `k` of a face at a pixel: with blocks, pixels of one are among the channels, in the face's order. */
function offsetsOf({ channels, layout, block, order }: PixelFace, width: number, height: number): (k: number, y: number, x: number) => number {
  const [count, down, across] = [channels.length, height / block, width / block];
  const depth = count * block * block;
  return (k, y, x) => {
    const inside = (y % block) * block + (x % block);
    const channel = order === 'CRD' ? k * block * block + inside : inside * count + k;
    const [row, column] = [Math.floor(y / block), Math.floor(x / block)];
    return layout === 'NCHW' ? (channel * down + row) * across + column : (row * across + column) * depth + channel;
  };
}

function held(index: number, length: number): number {
  return Math.min(length - 1, Math.max(0, index));
}

function evenly(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
