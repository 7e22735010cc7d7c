import { expect, test } from 'vitest';
import type { PixelFace } from '../../../device-harness/runner/index.ts';
import { arrayOf, type Pixels, writePixels } from '../../../device-harness/virtual/iphone/runner/photo-pixels.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { cutTile } from '../../../reports/quality/tiles.ts';
import { imageOf } from '../../../reports/quality/image.ts';
import { imageToTensor } from '../../../reports/quality/tensor-image.ts';
import { buildModel } from '../../support/build-model.ts';
import { runOrt } from '../../support/ort.ts';

const photo: Pixels = { width: 7, height: 5, data: Uint8Array.from({ length: 7 * 5 * 4 }, (_, i) => (i * 53 + 11) % 256) };
const image = imageOf([0, 1, 2].map((c) => ({ width: 7, height: 5, data: Uint8Array.from({ length: 35 }, (_, i) => photo.data[4 * i + c] as number) })));
const FACE: PixelFace = { channels: [0, 1, 2], scale: [1 / 255, 1 / 255, 1 / 255], bias: [0, 0, 0], layout: 'NCHW', dtype: 'float32', block: 1, order: 'CRD' };
const PLACE = { x: 4, y: 2, width: 6, height: 4 };

test.each<[string, Partial<PixelFace>, Parameters<typeof imageToTensor>[1]['color'], 'NCHW' | 'NHWC']>([
  ['red first', {}, 'rgb', 'NCHW'], ['blue first', { channels: [2, 1, 0] }, 'bgr', 'NCHW'], ['channels last', { layout: 'NHWC' }, 'rgb', 'NHWC'],
])('%s: the array of a tile that hangs over the border is that of the contract', (_, change, color, layout) => {
  const contract = { name: 'x', kind: 'image', color, range: [0, 1], mean: [0], std: [1], layout, dtype: 'float32', shape: [1, 3, null, null] } as const;
  const expected = imageToTensor(cutTile(image, PLACE.x, PLACE.y, PLACE.width, PLACE.height), contract);
  const made = arrayOf(photo, PLACE, { ...FACE, ...change });
  expect(made.dims).toEqual(expected.dims);
  made.data.forEach((value, i) => {
    expect(Number(value)).toBeCloseTo(Number(expected.data[i]), 6);
  });
});

test.each(['DCR', 'CRD'] as const)('blocks among the channels, %s, as ONNX Runtime has them; and back', async (order) => {
  const plain = arrayOf(photo, { x: 0, y: 0, width: 6, height: 4 }, FACE);
  const face: PixelFace = { ...FACE, block: 2, order };
  const blocked = arrayOf(photo, { x: 0, y: 0, width: 6, height: 4 }, face);
  expect(blocked.dims).toEqual([1, 12, 2, 3]);
  const outputs = await runOrt(buildModel({
    inputs: { b: ['float32', [1, 12, 2, 3]] }, outputs: { out: ['float32', null] }, nodes: [['DepthToSpace', ['b'], ['out'], { blocksize: 2, mode: order }]],
  }), { b: blocked });
  expect([...(outputs.get('out')?.data as Float32Array)]).toEqual([...(plain.data as Float32Array)]);
  const canvas: Pixels = { width: 6, height: 4, data: new Uint8Array(96) };
  const out: PixelFace = { ...face, scale: [255, 255, 255] };
  writePixels(canvas, Tensor.fromNdArray(blocked).numbers(), out, { width: 6, height: 4 }, { x: 0, y: 0 }, { x: 1, y: 1, width: 4, height: 2 });
  for (let y = 0; y < 4; y++) {
    for (let x = 0; x < 6; x++) {
      const kept = x >= 1 && x < 5 && y >= 1 && y < 3;
      const expected = kept ? [...photo.data.subarray(4 * (7 * y + x), 4 * (7 * y + x) + 3), 255] : [0, 0, 0, 0];
      expect([...canvas.data.subarray(4 * (6 * y + x), 4 * (6 * y + x) + 4)]).toEqual(expected);
    }
  }
});

test('bytes are rounded to even and held; one channel alone is grey', () => {
  const canvas: Pixels = { width: 4, height: 1, data: new Uint8Array(16) };
  const face: PixelFace = { ...FACE, channels: [0], scale: [1], bias: [0] };
  writePixels(canvas, Float64Array.of(0.5, 1.5, -3, 400), face, { width: 4, height: 1 }, { x: 0, y: 0 }, { x: 0, y: 0, width: 4, height: 1 });
  expect([...canvas.data]).toEqual([0, 0, 0, 255, 2, 2, 2, 255, 0, 0, 0, 255, 255, 255, 255, 255]);
});
