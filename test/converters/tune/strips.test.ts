import { expect, test } from 'vitest';
import { planStrips, type StripPlan, stripCount } from '../../../converters/tune/strips.ts';
import type { NdArray } from '../../../models/contracts/index.ts';
import { bindInputShapes, inferShapes, Model } from '../../../models/graph/index.ts';
import { readModel, Tensor } from '../../../models/onnx/index.ts';
import { Prng, seededInputs } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { runOrt } from '../../support/ort.ts';
import { repoRoot } from '../../support/paths.ts';

function planOf(spec: ModelSpec): StripPlan | string {
  const model = new Model(buildModel(spec));
  inferShapes(model);
  return planStrips(model.graph);
}

const prng = new Prng(3);
const weights = (...dims: number[]): Tensor => Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() * 0.3));

/** Rows [from, to) of an [1, C, H, W] array. */
function rowsOf({ dims, data }: NdArray, from: number, to: number): NdArray {
  const [, channels, height, width] = dims as [number, number, number, number];
  const values = Array.from({ length: channels }, (_, c) => [...(data as Float32Array).subarray((c * height + from) * width, (c * height + to) * width)]).flat();
  return { dtype: 'float32', dims: [1, channels, to - from, width], data: Float32Array.from(values) };
}

/** Largest difference between the whole and what strips of `rows`, answered as far as `margin` says, put together. */
async function stripError(bytes: (height: number) => Uint8Array, height: number, rows: number, { margin, period }: StripPlan, scale: number): Promise<number> {
  const [feed] = seededInputs([{ name: 'input', dtype: 'float32', dims: [1, 3, height, 12], range: [0, 1] }], { seed: 9, kinds: ['unit'] });
  const input = feed?.get('input') as NdArray;
  const [[, whole]] = [...(await runOrt(bytes(height), new Map([['input', input]])))] as [[string, NdArray]];
  const advance = Math.floor((rows - 2 * margin) / period) * period;
  let worst = 0;
  for (let start = 0, last = false; !last; start += advance) {
    last = start + rows >= height;
    const at = last ? height - rows : start;
    const [[, strip]] = [...(await runOrt(bytes(rows), new Map([['input', rowsOf(input, at, at + rows)]])))] as [[string, NdArray]];
    const [from, to] = [at === 0 ? 0 : at + margin, last ? height : at + rows - margin];
    const [a, b] = [rowsOf(whole, from * scale, to * scale), rowsOf(strip, (from - at) * scale, (to - at) * scale)];
    a.data.forEach((value: number | bigint, i: number) => { worst = Math.max(worst, Math.abs(Number(value) - Number(b.data[i]))); });
  }
  return worst;
}

test.each([['quicksrnet-small-x2', 4, 1]] as const)('%s: strips put together are the whole, and with a row less of margin they are not', async (name, margin, period) => {
  const file = readModel(`${repoRoot}/models/zoo/weights/${name}-dynamic.onnx`);
  const bytes = (height: number): Uint8Array => {
    const model = new Model(file.proto);
    bindInputShapes(model, new Map([['input', [1, 3, height, 12]]]));
    return toBytes(model.toProto());
  };
  const model = new Model(file.proto);
  bindInputShapes(model, new Map([['input', [1, 3, 48, 12]]]));
  const plan = planStrips(model.graph);
  expect(plan).toEqual({ margin, period });
  expect(await stripError(bytes, 48, 20, plan as StripPlan, 2)).toBeLessThan(1e-5);
  expect(await stripError(bytes, 48, 20, { margin: margin - 1, period }, 2)).toBeGreaterThan(1e-5);
  file.close();
});

test('dilation, strides, an unshuffle before and a shuffle behind: margin and period hold', async () => {
  const initializers = { a: weights(8, 12, 3, 3), b: weights(48, 8, 3, 3) };
  const spec = (height: number): ModelSpec => ({
    inputs: { input: ['float32', [1, 3, height, 12]] }, outputs: { y: ['float32', null] }, initializers,
    nodes: [['SpaceToDepth', ['input'], ['s'], { blocksize: 2 }], ['Conv', ['s', 'a'], ['c'], { pads: [2, 2, 2, 2], dilations: [2, 2] }], ['Relu', ['c'], ['r']],
      ['Conv', ['r', 'b'], ['d'], { pads: [1, 1, 1, 1] }], ['DepthToSpace', ['d'], ['y'], { blocksize: 4 }]],
  });
  const plan = planOf(spec(48)) as StripPlan;
  expect(plan).toEqual({ margin: 7, period: 2 });
  expect(await stripError((height) => toBytes(buildModel(spec(height))), 48, 24, plan, 2)).toBeLessThan(1e-5);
});

test('how many strips cover a height', () => {
  const plan = { margin: 4, period: 1 };
  expect([stripCount(540, 540, plan), stripCount(540, 274, plan), stripCount(540, 273, plan), stripCount(540, 600, plan), stripCount(540, 8, plan)]).toEqual([1, 2, 3, null, null]);
  expect(stripCount(64, 21, { margin: 1, period: 2 })).toBeNull();
});

test.each([
  ['two inputs', { inputs: { x: ['float32', [1, 3, 8, 8]], z: ['float32', [1, 3, 8, 8]] }, nodes: [['Add', ['x', 'z'], ['y']]] }, 'one input'],
  ['a mean over the picture', { inputs: { x: ['float32', [1, 3, 8, 8]] }, nodes: [['GlobalAveragePool', ['x'], ['m']], ['Mul', ['x', 'm'], ['y']]] }, 'GlobalAveragePool'],
  ['a layer that shrinks', { inputs: { x: ['float32', [1, 3, 8, 8]] }, nodes: [['Conv', ['x', 'w'], ['y']]], initializers: { w: weights(3, 3, 3, 3) } }, 'does not keep the height'],
  ['other axes', { inputs: { x: ['float32', [8, 8]] }, nodes: [['Relu', ['x'], ['y']]] }, 'four axes'],
] as unknown as readonly [string, ModelSpec, string][])('%s: no strips, and why', (_, spec, reason) => {
  expect(planOf({ ...spec, outputs: { y: ['float32', null] } })).toContain(reason);
});
