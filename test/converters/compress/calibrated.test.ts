import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import type { CompressionCalibration } from '../../../converters/compress/index.ts';
import type { NamedArrays } from '../../../models/contracts/index.ts';
import { readModel, Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { compress, differenceOf, noiseOf, normal, zeroedAlong } from '../../support/compress.ts';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const folder = temporaryFolder();
const executor = createHostExecutor({ threads: 1 });
afterAll(() => executor.close());

const calibration = (feeds: readonly NamedArrays[]): CompressionCalibration => ({ executor, feeds, folder: folder('') });
const feeds = (dims: readonly number[], count: number): NamedArrays[] => Array.from({ length: count }, (_, i) => new Map([['x', normal(dims, 50 + i).toNdArray()]]));

/** Channel 2 of the first layer is channel 5 again, and what is behind it hardly reads it; channel 3 is the same everywhere. */
function redundant(tensor: Tensor, axis: number): Tensor {
  const inner = tensor.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const length = tensor.dims[axis] as number;
  const values = tensor.numbers();
  const at = (i: number): number => Math.floor(i / inner) % length;
  return Tensor.of('float32', tensor.dims, values.map((value, i) => (at(i) === 2 ? (values[i + 3 * inner] as number) : at(i) === 3 ? 0 : value)));
}

/** Weights behind: channels 2 and 3 count little, so that they go. */
function quiet(tensor: Tensor, axis: number): Tensor {
  const inner = tensor.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  return Tensor.of('float32', tensor.dims, tensor.numbers().map((value, i) => ([2, 3].includes(Math.floor(i / inner) % (tensor.dims[axis] as number)) ? value * 0.2 : value)));
}

const bias = Tensor.of('float32', [8], [0.3, -0.2, 0.5, 1.5, 0, 0.5, 0.1, -0.4]);
const conv = (second: NodeSpec, w2: Tensor, more: Partial<ModelSpec['initializers']> = {}): ModelSpec => ({
  inputs: { x: ['float32', [1, 3, 14, 14]] }, outputs: { y: ['float32', null] },
  nodes: [['Conv', ['x', 'w1', 'b1'], ['c'], {}, { name: 'first' }], ['Relu', ['c'], ['h']], second],
  initializers: { w1: redundant(normal([8, 3, 3, 3], 1, 0.5), 0), b1: bias, w2, ...more } as Record<string, Tensor>,
});

describe('layers behind take over what channels gave that others give too', () => {
  test.each([
    ['Conv with a bias', conv(['Conv', ['h', 'w2', 'b2'], ['y']], quiet(normal([5, 8, 3, 3], 2), 1), { b2: normal([5], 3) }), [1, 3, 14, 14]],
    ['Conv without', conv(['Conv', ['h', 'w2'], ['y'], { dilations: [2, 2] }], quiet(normal([5, 8, 2, 2], 2), 1)), [1, 3, 14, 14]],
    ['ConvTranspose', conv(['ConvTranspose', ['h', 'w2'], ['y'], { pads: [1, 1, 1, 1] }], quiet(normal([8, 4, 2, 2], 2), 0)), [1, 3, 14, 14]],
    ['Gemm turned', { inputs: { x: ['float32', [40, 6]] }, outputs: { y: ['float32', null] }, nodes: [['MatMul', ['x', 'w1'], ['m'], {}, { name: 'first' }], ['Add', ['m', 'b1'], ['c']], ['Relu', ['c'], ['h']], ['Gemm', ['h', 'w2', 'b2'], ['y'], { transB: 1, beta: { float: 2 } }]], initializers: { w1: redundant(normal([6, 8], 1), 1), b1: bias, w2: quiet(normal([4, 8], 2), 1), b2: normal([4], 3) } }, [40, 6]],
    ['MatMul, which takes no bias', { inputs: { x: ['float32', [1, 40, 6]] }, outputs: { y: ['float32', null] }, nodes: [['MatMul', ['x', 'w1'], ['m'], {}, { name: 'first' }], ['Add', ['m', 'b1'], ['c']], ['Relu', ['c'], ['h']], ['MatMul', ['h', 'w2'], ['y']]], initializers: { w1: redundant(normal([6, 8], 1), 1), b1: Tensor.of('float32', [8], bias.numbers().map((b, i) => (i === 3 ? 0 : b))), w2: quiet(normal([8, 4], 2), 0) } }, [1, 40, 6]],
  ] satisfies [string, ModelSpec, number[]][])('%s', async (_, spec, dims) => {
    const [held] = feeds(dims, 20).slice(-1) as [NamedArrays];
    const source = buildModel(spec as ModelSpec);
    const seen = calibration(feeds(dims, 12));
    const plain = await compress(source, 'neurons:0.25', { calibration: seen });
    const refitted = await compress(source, 'neurons:0.25:compensated', { calibration: seen });
    for (const { log } of [plain, refitted]) expect(log.steps[0]?.changes.find(({ where }) => where === 'first')?.which).toEqual([2, 3]);
    expect(refitted.log.steps[0]?.kept.filter(({ reason }) => /compensated/.test(reason))).toEqual([]);
    const [before, after] = [await differenceOf(plain.model.toProto(), source, held), await differenceOf(refitted.model.toProto(), source, held)];
    expect(before).toBeGreaterThan(0.02);
    expect(after).toBeLessThan(before / 20);
  });

  test('a trained network, on a picture that calibration did not see', async () => {
    const { proto } = readModel(join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx'));
    const [seen, held] = [[await piece('house', 40), await piece('foliage', 90), await piece('still-life', 10)], await piece('page', 60)];
    const plain = await compress(proto, 'neurons:0.25', { calibration: calibration(seen) });
    const refitted = await compress(proto, 'neurons:0.25:compensated', { calibration: calibration(seen) });
    const [before, after] = [await noiseOf(plain.model.toProto(), proto, held), await noiseOf(refitted.model.toProto(), proto, held)];
    expect(after).toBeLessThan(before * 0.8);
  });

  test('without calibration inputs it is refused', async () => {
    await expect(compress(conv(['Conv', ['h', 'w2'], ['y']], normal([5, 8, 3, 3], 2)), 'neurons:0.25:compensated')).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/needs calibration/) });
  });
});

/** 4 heads of 3. */
const attention = (weights: Record<string, Tensor>): ModelSpec => ({
  inputs: { x: ['float32', [2, 6, 12]] }, outputs: { y: ['float32', null] },
  nodes: [
    ...['q', 'k', 'v'].flatMap((each): NodeSpec[] => [['MatMul', ['x', `w${each}`], [`${each}0`]], ['Reshape', [`${each}0`, 'split'], [`${each}1`]], ['Transpose', [`${each}1`], [each], { perm: each === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3] }]]),
    ['MatMul', ['q', 'k'], ['s']], ['Softmax', ['s'], ['p']], ['MatMul', ['p', 'v'], ['o']], ['Transpose', ['o'], ['t'], { perm: [0, 2, 1, 3] }], ['Reshape', ['t', 'merged'], ['m']], ['MatMul', ['m', 'wo'], ['y']],
  ],
  initializers: { wq: normal([12, 12], 1), wk: normal([12, 12], 2), wv: normal([12, 12], 4), wo: normal([12, 5], 5), split: Tensor.of('int64', [4], [2, 6, 4, 3]), merged: Tensor.of('int64', [3], [2, 6, 12]), ...weights },
});

/** The second half of the features is zero. */
const half = (feed: NamedArrays): NamedArrays => new Map([...feed].map(([name, { dims, data }]) => [name, Tensor.of('float32', dims, Float64Array.from(data as Float32Array, (v, i) => (i % 12 < 6 ? v : 0))).toNdArray()]));

test('projections take over what a head gave that others give too', async () => {
  const source = buildModel(attention({ wq: Tensor.of('float32', [12, 12], new Float32Array(144)) }));
  const seen = calibration(feeds([2, 6, 12], 12).map(half));
  const [plain, refitted] = [await compress(source, 'heads:0.25', { calibration: seen }), await compress(source, 'heads:0.25:compensated', { calibration: seen })];
  expect(refitted.log.steps[0]?.changes).toEqual(plain.log.steps[0]?.changes);
  const held = half(feeds([2, 6, 12], 20)[19] as NamedArrays);
  const [before, after] = [await differenceOf(plain.model.toProto(), source, held), await differenceOf(refitted.model.toProto(), source, held)];
  expect(before).toBeGreaterThan(0.05);
  expect(after).toBeLessThan(before / 10);
  await expect(compress(source, 'heads:0.25:compensated')).rejects.toThrow(/needs calibration/);
});

describe('importance by what units give on calibration inputs', () => {
  test('channels that never fire go, though their weights are the largest', async () => {
    const w1 = normal([8, 3, 3, 3], 1, 0.2).numbers();
    const spec = conv(['Conv', ['h', 'w2'], ['y']], normal([5, 8, 3, 3], 2), { w1: Tensor.of('float32', [8, 3, 3, 3], w1.map((w, i) => (Math.floor(i / 27) === 6 ? Math.abs(w) * 30 : w))), b1: Tensor.of('float32', [8], [0, 0, 0, 0, 0, 0, -1e4, 0]) });
    const byWeights = await compress(spec, 'neurons:0.125');
    const byEnergy = await compress(spec, 'neurons:0.125', { calibration: calibration(feeds([1, 3, 14, 14], 3)) });
    expect(byWeights.log.steps[0]?.changes[0]?.which).not.toEqual([6]);
    expect(byEnergy.log.steps[0]?.changes[0]?.which).toEqual([6]);
    expect(await differenceOf(byEnergy.model.toProto(), buildModel(spec), feeds([1, 3, 14, 14], 9)[8] as NamedArrays)).toBeLessThan(1e-6);
  });

  test('heads that see nothing go', async () => {
    const blind = zeroedAlong(normal([12, 12], 3, 9), 0, [0, 1, 2, 3, 4, 5]).numbers().map((value, i) => (Math.floor((i % 12) / 3) === 1 ? value : 0));
    const value = normal([12, 12], 4).numbers().map((v, i) => (Math.floor((i % 12) / 3) === 1 ? (blind[i] as number) : v));
    const spec = attention({ wv: Tensor.of('float32', [12, 12], value) });
    const seen = feeds([2, 6, 12], 4).map(half);
    const [byWeights, byEnergy] = [await compress(spec, 'heads:0.25'), await compress(spec, 'heads:0.25', { calibration: calibration(seen) })];
    expect(byWeights.log.steps[0]?.changes[0]?.which).not.toEqual([1]);
    expect(byEnergy.log.steps[0]?.changes[0]?.which).toEqual([1]);
    expect(await differenceOf(byEnergy.model.toProto(), buildModel(spec), half(feeds([2, 6, 12], 8)[7] as NamedArrays))).toBeLessThan(2e-6);
  });
});

/** 48×48 pixels of a picture that comes with dyno, as `[1, 3, 48, 48]` in [0, 1]. */
async function piece(name: string, at: number): Promise<NamedArrays> {
  const data = await sharp(join(repoRoot, `models/zoo/samples/${name}.png`)).removeAlpha().extract({ left: at, top: at, width: 48, height: 48 }).raw().toBuffer();
  const planes = Float32Array.from({ length: 3 * 48 * 48 }, (_, i) => (data[(i % 2304) * 3 + Math.floor(i / 2304)] as number) / 255);
  return new Map([['input', { dtype: 'float32', dims: [1, 3, 48, 48], data: planes }]]);
}
