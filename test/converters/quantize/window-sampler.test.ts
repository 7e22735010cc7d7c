import { expect, test } from 'vitest';
import { WindowSampler } from '../../../converters/quantize/window-sampler.ts';
import { readConv } from '../../../converters/rewrites/weights/index.ts';
import type { NdArray } from '../../../models/contracts/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { Prng } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, type NodeSpec, toBytes } from '../../support/build-model.ts';
import { runOrt } from '../../support/ort.ts';

const prng = new Prng(3);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => prng.normal());
const size = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

const layer = (type: string, x: number[], w: number[], attributes: NodeSpec[3] = {}): [string, number[], ModelSpec] => [
  `${type} ${x} by ${w} ${JSON.stringify(attributes)}`, x,
  { inputs: { x: ['float32', x] }, outputs: { y: ['float32', null] }, initializers: { w: Tensor.of('float32', w, numbers(size(w))) }, nodes: [[type, ['x', 'w'], ['y'], attributes]] },
];

test.each([
  layer('Conv', [2, 4, 9, 7], [6, 4, 3, 3], { pads: [1, 0, 2, 1] }),
  layer('Conv', [1, 4, 9, 8], [6, 2, 3, 2], { strides: [2, 3], group: 2, pads: [1, 1, 0, 0] }),
  layer('Conv', [1, 3, 12, 11], [2, 3, 3, 3], { dilations: [2, 3], pads: [2, 3, 2, 3] }),
  layer('Conv', [2, 6, 5, 5], [6, 1, 3, 3], { group: 6, auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  layer('Conv', [2, 3, 13], [4, 3, 5], { pads: [2, 1], strides: [2] }),
  layer('ConvTranspose', [1, 4, 5, 6], [4, 3, 3, 3], { strides: [2, 2], pads: [1, 0, 1, 1], output_padding: [1, 0] }),
  layer('ConvTranspose', [2, 4, 4, 5], [4, 3, 2, 3], { strides: [1, 3], group: 2, dilations: [2, 1] }),
  layer('Gemm', [7, 5], [5, 4]), layer('Gemm', [7, 5], [4, 5], { transB: 1 }), layer('MatMul', [2, 3, 5], [5, 4]),
])('%s: weights times window is what ONNX Runtime computes there', async (_, dims, spec) => {
  const proto = buildModel(spec);
  const model = new Model(proto);
  inferShapes(model);
  const view = readConv([...model.graph.nodes()][0] as never);
  if (typeof view === 'string') throw new Error(view);
  const x: NdArray = { dtype: 'float32', dims, data: numbers(size(dims)) };
  const y = (await runOrt(toBytes(proto), new Map([['x', x]]))).get('y') as NdArray;
  const sampler = WindowSampler.of(view) as WindowSampler;
  const weights = view.weights();
  const window = new Float64Array(sampler.size);
  const seen = new Set<string>();
  for (const place of sampler.places(x, 200)) {
    seen.add(JSON.stringify(place));
    for (let o = 0; o < view.outChannels; o++) {
      sampler.read(x, place, Math.floor(o / (view.outChannels / view.group)), window);
      const product = window.reduce((sum, value, k) => sum + value * (weights[o * sampler.size + k] as number), 0);
      expect(product).toBeCloseTo(Number(y.data[indexOf(y.dims, place, o, view.kernel.length)]), 3);
    }
  }
  expect(seen.size).toBeGreaterThan(5);
});

function indexOf(dims: readonly number[], { n, y, x }: { n: number; y: number; x: number }, o: number, axes: number): number {
  if (axes === 0) return n * (dims.at(-1) as number) + o;
  const [channels, height, width] = [dims[1] as number, dims.length === 4 ? (dims[2] as number) : 1, dims.at(-1) as number];
  return ((n * channels + o) * height + y) * width + x;
}

test('the same shapes give the same places; an empty output has none', () => {
  const model = new Model(buildModel(layer('Conv', [1, 1, 2, 2], [1, 1, 3, 3])[2]));
  inferShapes(model);
  const view = readConv([...model.graph.nodes()][0] as never);
  if (typeof view === 'string') throw new Error(view);
  const array = (side: number): NdArray => ({ dtype: 'float32', dims: [1, 1, side, side], data: numbers(side * side) });
  const places = (): string => JSON.stringify([...(WindowSampler.of(view) as WindowSampler).places(array(9), 20)]);
  expect(places()).toBe(places());
  expect([...(WindowSampler.of(view) as WindowSampler).places(array(2), 20)]).toEqual([]);
});
