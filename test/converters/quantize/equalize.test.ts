import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { channelScales } from '../../../converters/quantize/equalize/channel-scales.ts';
import { type Equalized, equalize } from '../../../converters/quantize/index.ts';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { float, inferShapes, Model } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, Prng, seededInputs } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { runOrt } from '../../support/ort.ts';

const executor = createHostExecutor();
const folder = mkdtempSync(join(tmpdir(), 'dyno-equalize-'));
afterAll(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

const prng = new Prng(8);
/** Weights whose output channels differ by up to two orders of magnitude. */
const uneven = (...dims: number[]): Tensor => {
  const inner = dims.slice(1).reduce((a, b) => a * b, 1);
  return Tensor.of('float32', dims, Array.from({ length: (dims[0] as number) * inner }, (_, i) => prng.normal() * 10 ** (-(Math.floor(i / inner) % 5) / 2.5)));
};
const PADS = { pads: [1, 1, 1, 1] };

interface Ran extends Equalized {
  /** Largest difference over the largest output, on the inputs that calibrated and on others. */
  readonly seen: number;
  readonly unseen: number;
  readonly feeds: readonly NamedArrays[];
}

async function run(spec: ModelSpec, strength = 1): Promise<Ran> {
  const proto = buildModel(spec);
  const modelPath = join(folder, `${prng.uint32()}.onnx`);
  writeFileSync(modelPath, toBytes(proto));
  const model = new Model(proto);
  inferShapes(model);
  const inputs = Object.entries(spec.inputs).map(([name, [dtype, dims]]) => ({ name, dtype, dims: dims ?? [] }));
  const [feeds, others] = [seededInputs(inputs, { seed: 1, kinds: ['unit'] }), seededInputs(inputs, { seed: 2, kinds: ['normal'] })];
  const result = await equalize(model, { executor, modelPath, calibration: feeds, strength });
  expect([...model.graph.nodes()].map((n) => n.opType)).toEqual(spec.nodes.map(([type]) => type));
  const differ = async (inputs: readonly NamedArrays[]): Promise<number> => (result.model ? difference(toBytes(proto), toBytes(result.model.toProto()), inputs) : 0);
  return { ...result, feeds, seen: await differ(feeds), unseen: await differ(others) };
}

async function difference(before: Uint8Array, after: Uint8Array, feeds: readonly NamedArrays[]): Promise<number> {
  let [worst, largest] = [0, 1e-9];
  for (const feed of feeds) {
    const [a, b] = [await runOrt(before, feed), await runOrt(after, feed)];
    for (const [name, { data }] of a) {
      (data as Float32Array).forEach((v, i) => {
        largest = Math.max(largest, Math.abs(v));
        worst = Math.max(worst, Math.abs(v - Number((b.get(name) as NdArray).data[i])));
      });
    }
  }
  return worst / largest;
}

const x = { x: ['float32', [2, 3, 10, 9]] } as const;
const y = { y: ['float32', null] } as const;
const chain = (between: ModelSpec['nodes'], extra: ModelSpec['initializers'] = {}): ModelSpec => ({
  inputs: { ...x }, outputs: { ...y }, initializers: { w1: uneven(8, 3, 3, 3), b1: uneven(8), w2: uneven(5, 8, 3, 3), ...extra },
  nodes: [['Conv', ['x', 'w1', 'b1'], ['a'], PADS], ...between, ['Conv', ['z', 'w2'], ['y'], PADS]],
});

test.each([
  ['Relu', chain([['Relu', ['a'], ['z']]])],
  ['nothing between', chain([['Identity', ['a'], ['z']]])],
  ['LeakyRelu, MaxPool', chain([['LeakyRelu', ['a'], ['r'], { alpha: float(0.1) }], ['MaxPool', ['r'], ['z'], { kernel_shape: [2, 2] }]])],
  ['PRelu with a slope per channel', chain([['PRelu', ['a', 's'], ['z']]], { s: uneven(8, 1, 1) })],
  ['a residual stream', chain([['Relu', ['a'], ['r']], ['Conv', ['r', 'w3', 'b1'], ['c'], PADS], ['Add', ['c', 'r'], ['s']], ['Relu', ['s'], ['z']]], { w3: uneven(8, 8, 3, 3) })],
  ['groups, strides', { ...chain([['Relu', ['a'], ['r']], ['Conv', ['r', 'w3'], ['z'], { ...PADS, group: 4, strides: [2, 2] }]]), initializers: { w1: uneven(8, 3, 3, 3), b1: uneven(8), w2: uneven(5, 8, 3, 3), w3: uneven(8, 2, 3, 3) } }],
  ['ConvTranspose in groups', chain([['Relu', ['a'], ['r']], ['ConvTranspose', ['r', 'w3'], ['z'], { strides: [2, 2], group: 2 }]], { w3: uneven(8, 4, 2, 2) })],
  ['a weight that two layers share', { ...chain([['Relu', ['a'], ['r']], ['Conv', ['r', 'w3'], ['c'], PADS], ['Relu', ['c'], ['d']], ['Conv', ['d', 'w3'], ['z'], PADS]]), initializers: { w1: uneven(8, 3, 3, 3), b1: uneven(8), w2: uneven(5, 8, 3, 3), w3: uneven(8, 8, 3, 3) } }],
] as const)('%s: another scaling of channels, the same function, on inputs that nobody saw too', async (_, spec) => {
  const { model, sets, seen, unseen } = await run(spec as ModelSpec);
  expect(model).not.toBeNull();
  expect(sets).toBeGreaterThan(0);
  expect(seen).toBeLessThan(2e-6);
  expect(unseen).toBeLessThan(2e-6);
});

test('channels fill one range afterwards, but for one that would need more than the largest factor', async () => {
  const { model, feeds } = await run(chain([['Relu', ['a'], ['z']]]));
  const path = join(folder, 'peaks.onnx');
  writeFileSync(path, toBytes((model as Model).toProto()));
  const runs = await executor.run(path, feeds, { fetch: ['z'] });
  const peaks = new Array<number>(8).fill(0);
  for (const out of runs) {
    const { data, dims: [, , height = 1, width = 1] } = out.get('z') as NdArray;
    (data as Float32Array).forEach((v, i) => {
      const c = Math.floor(i / (height * width)) % 8;
      peaks[c] = Math.max(peaks[c] as number, v);
    });
  }
  const alive = peaks.filter((p) => p > 0);
  expect(alive.length).toBeGreaterThan(3);
  expect(Math.max(...alive) / Math.min(...alive)).toBeLessThan(1.05);
});

test('below a Clip channels are raised to its bound, and what calibration saw is computed as before', async () => {
  const { clipped, seen } = await run(chain([['Clip', ['a', 'lo', 'hi'], ['z']]], { lo: Tensor.of('float32', [], [0]), hi: Tensor.of('float32', [], [6]) }));
  expect(clipped).toBe(1);
  expect(seen).toBeLessThan(2e-6);
});

test.each([
  ['a value that is an output', { ...chain([['Relu', ['a'], ['z']]]), outputs: { ...y, z: ['float32', null] } }],
  ['Sigmoid between', chain([['Sigmoid', ['a'], ['z']]])],
  ['Clip from below zero', chain([['Clip', ['a', 'lo', 'hi'], ['z']]], { lo: Tensor.of('float32', [], [-1]), hi: Tensor.of('float32', [], [6]) })],
  ['a constant added', chain([['Add', ['a', 'k'], ['z']]], { k: uneven(8, 1, 1) })],
  ['a reader that mixes positions', chain([['Relu', ['a'], ['r']], ['Softmax', ['r'], ['s'], { axis: 1 }], ['Add', ['r', 's'], ['z']]])],
] as const)('%s: left as it is', async (_, spec) => {
  expect((await run(spec as unknown as ModelSpec)).model).toBeNull();
});

test('scales: zero channels and the largest stay, strength is an exponent, a bound is never crossed', () => {
  expect([...channelScales({ bound: null }, [0, 1, 4, 16], 0.5)]).toEqual([1, 4, 2, 1]);
  expect([...channelScales({ bound: 6 }, [3, 6, 7, 1e-9], 1)]).toEqual([2, 1, 1, 64]);
});
