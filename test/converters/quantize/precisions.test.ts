import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type LayerPrecision, namedLayers, type QuantizeOptions, type QuantizeResult, quantizeModel } from '../../../converters/quantize/index.ts';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, Prng, seededInputs } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { runOrt } from '../../support/ort.ts';

const executor = createHostExecutor();
const folder = mkdtempSync(join(tmpdir(), 'dyno-precisions-'));
afterAll(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

const prng = new Prng(4);
const weights = (...dims: number[]): Tensor => Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() * 0.2));
const PADS = { pads: [1, 1, 1, 1] };
const spec: ModelSpec = {
  inputs: { x: ['float32', [1, 3, 12, 10]] }, outputs: { y: ['float32', null] },
  initializers: { w1: weights(8, 3, 3, 3), w2: weights(8, 8, 3, 3), w3: weights(12, 8, 3, 3), b: weights(8) },
  nodes: [
    ['Conv', ['x', 'w1', 'b'], ['a'], PADS], ['Relu', ['a'], ['r']], ['Conv', ['r', 'w2', 'b'], ['c'], PADS], ['Add', ['c', 'r'], ['s']], ['Relu', ['s'], ['t']],
    ['Conv', ['t', 'w3'], ['d'], PADS], ['DepthToSpace', ['d'], ['y'], { blocksize: 2 }],
  ],
};
const proto = buildModel(spec);
const modelPath = join(folder, 'model.onnx');
writeFileSync(modelPath, toBytes(proto));
const source = new Model(proto);
inferShapes(source);
const feeds = seededInputs([{ name: 'x', dtype: 'float32', dims: [1, 3, 12, 10] }], { seed: 5, kinds: ['unit', 'normal'] });

const quantized = (options: Partial<QuantizeOptions> = {}): Promise<QuantizeResult> => quantizeModel(source, { scheme: 'w8a8', range: 'minmax', executor, modelPath, calibration: feeds, ...options });
const layers = (precision: LayerPrecision, ...names: string[]): Pick<QuantizeOptions, 'layers'> => ({ layers: new Map(names.map((name) => [name, precision])) });

async function noise({ model }: QuantizeResult): Promise<number> {
  let sum = 0;
  for (const feed of feeds as readonly NamedArrays[]) {
    const [a, b] = [await runOrt(toBytes(proto), feed), await runOrt(toBytes(model.toProto()), feed)];
    (a.get('y') as NdArray).data.forEach((v, i) => { sum += (Number(v) - Number((b.get('y') as NdArray).data[i])) ** 2; });
  }
  return sum;
}

/** Types of grids before and behind each convolution, by the value that it makes. */
function grids({ model }: QuantizeResult): Record<string, readonly [string | undefined, string | undefined]> {
  const grid = (zeroPoint: Tensor | null | undefined): string | undefined => zeroPoint?.dtype;
  return Object.fromEntries([...model.graph.nodes()].filter((n) => n.is('Conv')).map((n) => {
    const relu = n.output()?.soleConsumer?.is('Relu') ? n.output()?.soleConsumer?.output() : n.output();
    return [n.name === '' ? (n.output()?.name ?? '') : n.name, [grid(n.input(0)?.producer?.input(2)?.constant), grid(relu?.soleConsumer?.input(2)?.constant)]];
  }));
}

test('a wide layer reads and makes 16 bits; its neighbours keep 8, with conversions between; opset 21', async () => {
  const narrow = await quantized();
  const middle = await quantized(layers('wide', 'c'));
  expect(middle.model.opset).toBe(21);
  expect(middle.notes.join()).toContain('activations of 16 bits');
  const convs = Object.values(grids(middle));
  expect(convs.map((pair) => pair[0])).toEqual(['uint8', 'uint16', 'uint8']);
  expect(Object.values(grids(narrow)).flat().every((type) => type === 'uint8')).toBe(true);
  const everything = await quantized(layers('wide', 'a', 'c', 'd'));
  expect(await noise(everything)).toBeLessThan((await noise(narrow)) / 4);
  expect(await noise(middle)).toBeLessThan((await noise(narrow)) * 1.05);
});

test('a layer in float keeps its weights, and its Relu with it', async () => {
  const spared = await quantized(layers('float', 'a'));
  expect(spared.floatNodes.length).toBe(2);
  expect(spared.encodings.parameters.has('w1')).toBe(false);
  expect(spared.encodings.parameters.has('w2')).toBe(true);
  expect(spared.model.graph.values.get('a')?.soleConsumer?.opType).toBe('Relu');
  await noise(spared);
});

test('weights alone: no activation is touched, biases take back the shift, opset stays', async () => {
  const { model, encodings, quantizedNodes } = await quantized({ scheme: 'w8' });
  const types = [...model.graph.nodes()].map((n) => n.opType);
  expect([types.includes('QuantizeLinear'), types.filter((t) => t === 'DequantizeLinear').length, quantizedNodes]).toEqual([false, 3, 3]);
  expect(encodings.activations.size).toBe(0);
  expect(model.opset).toBe(source.opset);
  expect(await noise({ model } as QuantizeResult)).toBeLessThan(await noise(await quantized({ scheme: 'w8a16', rounding: 'nearest' })));
});

test('per tensor costs more than per channel, and correcting biases alone less than nothing', async () => {
  const rows = await Promise.all([
    quantized({ rounding: 'nearest', granularity: 'tensor', scheme: 'w4a16' }), quantized({ rounding: 'nearest', scheme: 'w4a16' }),
    quantized({ rounding: 'nearest', biasCorrection: true, scheme: 'w4a16' }), quantized({ scheme: 'w4a16' }),
  ]);
  const [tensor, channel, corrected, careful] = (await Promise.all(rows.map(noise))) as [number, number, number, number];
  expect(channel).toBeLessThan(tensor);
  expect(corrected).toBeLessThan(channel);
  expect(careful).toBeLessThan(corrected);
});

test('fitting to quantized inputs runs the draft, and lowers what 4-bit weights cost', async () => {
  const done: number[] = [];
  const fitted = await quantized({ scheme: 'w4a8', refine: { rounds: 2, scratch: { folder } }, progress: (n) => done.push(n) });
  expect(done).toEqual(Array.from({ length: feeds.length * 3 }, (_, i) => i + 1));
  expect(await noise(fitted)).toBeLessThan((await noise(await quantized({ scheme: 'w4a8' }))) * 1.1);
});

test('an output is cut to what callers use only where it lies there', async () => {
  const cut = await quantized({ outputRange: [-100, 100] });
  expect(cut.encodings.activations.get('y')).toEqual((await quantized()).encodings.activations.get('y'));
  const other = await quantized({ outputRange: [0, 0.1] });
  expect(other.encodings.activations.get('y')).toEqual((await quantized()).encodings.activations.get('y'));
});

test('layers are named by what they make, with the activations that 16 bits would cost', () => {
  expect(namedLayers(source).map(({ id, activations }) => [id, activations])).toEqual([['a', 11 * 120], ['c', 16 * 120], ['d', 20 * 120]]);
});
