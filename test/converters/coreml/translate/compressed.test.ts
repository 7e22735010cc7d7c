import { afterAll, describe, expect, test } from 'vitest';
import { packageExecutor, readPackage, translate } from '../../../../converters/coreml/index.ts';
import type { NamedArrays, NdArray } from '../../../../models/contracts/index.ts';
import { type ModelProto, readModel, Tensor } from '../../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { readNpy } from '../../../support/npy.ts';
import { runOrt } from '../../../support/ort.ts';
import { fixture, repoRoot } from '../../../support/paths.ts';
import { witnesses } from './witnesses.ts';

/** QuickSRNet-Small before compression, from PyTorch's own ONNX export of the same weights. */
const original = readModel(`${repoRoot}/models/zoo/weights/quicksrnet-small-x2-dynamic.onnx`).proto;
const LAYERS = ['first', 'body.0', 'body.1', 'last'];
const host = createHostExecutor({ threads: 1 });
const executor = packageExecutor(host);
afterAll(() => host.close());

const half = (values: Float64Array): Float64Array => Tensor.of('float16', [values.length], values).numbers();

/** Weights of the four convolutions as the package's own are decompressed. */
function decompressed(name: string): Tensor[] {
  const { program } = readPackage(fixture('coreml-witnesses', `${name}.mlpackage`));
  const { initializer } = translate(program ?? expect.fail('no program'), 'main').proto.graph ?? {};
  return LAYERS.map((_, i) => Tensor.fromProto(initializer?.find((tensor) => tensor.name?.startsWith(`c_${i}_weight`)) ?? expect.fail(`no weight ${i}`)));
}

function originalWeight(layer: string): Float64Array {
  return Tensor.fromProto(original.graph?.initializer?.find(({ name }) => name === `${layer}.weight`) ?? expect.fail(layer)).numbers();
}

function withWeights(weights: readonly Tensor[]): ModelProto {
  const initializer = original.graph?.initializer?.map((tensor) => {
    const layer = LAYERS.findIndex((name) => tensor.name === `${name}.weight`);
    return layer < 0 ? tensor : (weights[layer] as Tensor).toProto(tensor.name ?? '');
  });
  return { ...original, graph: { ...original.graph, ...(initializer ? { initializer } : {}) } };
}

function psnr(a: NdArray, b: NdArray): number {
  const [x, y] = [Tensor.fromNdArray(a).numbers(), Tensor.fromNdArray(b).numbers()];
  return -10 * Math.log10(y.reduce((sum, value, i) => sum + (value - (x[i] as number)) ** 2, 0) / y.length);
}

describe.each(witnesses().compressed)('%s', (name) => {
  const weights = decompressed(name).map((tensor) => tensor.numbers());

  test('its weights are those of the network, as far as its compression goes', () => {
    LAYERS.forEach((layer, i) => {
      const [now, before] = [weights[i] as Float64Array, originalWeight(layer)];
      expect(now.length).toBe(before.length);
      if (name.includes('w8')) expectEightBits(now, before, Tensor.fromProto(original.graph?.initializer?.find((t) => t.name === `${layer}.weight`) ?? {}).dims[0] as number);
      else if (name.includes('pal4')) expectPalette(now, before);
      else expectPruned(now, before);
    });
  });

  test('it computes what the network computes with these weights: fp16 costs no more than 66 dB', async () => {
    const file = (what: string): string => fixture('coreml-witnesses', `${name}.${what}`);
    const input = readNpy(file('input.npy'));
    const [outputs] = await executor.run(file('mlpackage'), [new Map([['x', input]])]);
    const computed = (outputs as NamedArrays).get('y') as NdArray;
    const expected = [...(await runOrt(withWeights(decompressed(name)), { input })).values()][0] as NdArray;
    expect(psnr(computed, expected)).toBeGreaterThan(66);
    const torch = readNpy(file('output.npy'));
    expect(psnr(computed, torch)).toBeCloseTo(psnr(expected, torch), 1);
  });
});

/** Symmetric, by output channel: a level is 1/127 of the largest weight, rounding errs by half a level at most. */
function expectEightBits(now: Float64Array, before: Float64Array, channels: number): void {
  const each = now.length / channels;
  for (let c = 0; c < channels; c++) {
    const [own, was] = [now.subarray(c * each, (c + 1) * each), before.subarray(c * each, (c + 1) * each)];
    const level = Math.max(...was.map(Math.abs)) / 127;
    expect(Math.max(...own.map((value, i) => Math.abs(value - (was[i] as number))))).toBeLessThan(level * 0.5 + level * 127 * 2 ** -9);
    expect(new Set(own).size).toBeLessThan(256);
  }
}

/** At most 16 values, and each weight went to the nearest of them; coremltools compares in fp16, so two that are as near to 2 % of their distance count as ties. */
function expectPalette(now: Float64Array, before: Float64Array): void {
  const palette = [...new Set(now)];
  expect(palette.length).toBeLessThanOrEqual(16);
  expect(palette.length).toBeGreaterThan(8);
  const tie = ((Math.max(...palette) - Math.min(...palette)) / 15) * 0.02;
  before.forEach((value, i) => {
    const nearest = Math.min(...palette.map((entry) => Math.abs(entry - value)));
    expect(Math.abs((now[i] as number) - value)).toBeLessThanOrEqual(nearest + tie);
  });
}

/** Half of the weights are gone, the smallest ones; the others are those of fp16. */
function expectPruned(now: Float64Array, before: Float64Array): void {
  const rounded = half(before);
  const gone = [...before].filter((_, i) => now[i] === 0).map(Math.abs);
  const kept = [...before].filter((_, i) => now[i] !== 0).map(Math.abs);
  expect(Math.abs(gone.length - before.length / 2)).toBeLessThanOrEqual(before.length * 0.001);
  expect(Math.max(...gone)).toBeLessThanOrEqual(Math.min(...kept) * (1 + 2 ** -10));
  now.forEach((value, i) => {
    if (value !== 0) expect(value).toBe(rounded[i]);
  });
}
