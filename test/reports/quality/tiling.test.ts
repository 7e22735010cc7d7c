import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { InputContract } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, Prng } from '../../../models/run/index.ts';
import { measureTiling, openUpscaler, widest } from '../../../reports/quality/index.ts';
import { cropImage, type Image, imageOf, planesOf } from '../../../reports/quality/image.ts';
import { cutTile, planTiles } from '../../../reports/quality/tiles.ts';
import { buildModel, type NodeSpec, toBytes } from '../../support/build-model.ts';
import { ndarray } from '../../support/ort.ts';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const executor = createHostExecutor({ threads: 1 });
afterAll(() => executor.close());
const contract: InputContract = {
  name: 'input', kind: 'image', color: 'rgb', range: [0, 1], mean: [0], std: [1], layout: 'NCHW', dtype: 'float32', shape: [1, 3, null, null],
};

const random = new Prng(5);
const weights = (...dims: number[]): Tensor => Tensor.fromNdArray(ndarray('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.uniform() - 0.4)));

interface Layer { readonly kernel: number; readonly dilation?: number; readonly padLeft?: number }

/** Convolutions 3→3 in a row on an input of this size, between an unshuffle and a shuffle by `block`. */
function chain(name: string, size: number, layers: readonly Layer[], block = 1): string {
  const channels = 3 * block * block;
  const nodes: NodeSpec[] = [];
  const initializers: Record<string, Tensor> = {};
  let value = 'input';
  const add = (op: string, inputs: string[], attributes: Record<string, unknown>): void => {
    const output = `v${nodes.length}`;
    nodes.push([op, inputs, [output], attributes] as NodeSpec);
    value = output;
  };
  if (block > 1) add('SpaceToDepth', [value], { blocksize: block });
  layers.forEach(({ kernel, dilation = 1, padLeft }, i) => {
    initializers[`w${i}`] = weights(channels, channels, kernel, kernel);
    const whole = (kernel - 1) * dilation;
    const left = padLeft ?? Math.floor(whole / 2);
    add('Conv', [value, `w${i}`], { pads: [left, left, whole - left, whole - left], dilations: [dilation, dilation] });
  });
  if (block > 1) add('DepthToSpace', [value], { blocksize: block });
  (nodes.at(-1) as unknown as [string, string[], string[]])[2] = ['out'];
  const path = temporary(`${name}.onnx`);
  writeFileSync(path, toBytes(buildModel({ inputs: { input: ['float32', [1, 3, size, size]] }, outputs: { out: ['float32', null] }, nodes, initializers })));
  return path;
}

describe('how far a network sees', () => {
  test.each<[string, readonly Layer[], number, number, number]>([
    ['one 1×1', [{ kernel: 1 }], 1, 0, 1],
    ['three 3×3', [{ kernel: 3 }, { kernel: 3 }, { kernel: 3 }], 1, 3, 1],
    ['5×5, dilated 3×3', [{ kernel: 5 }, { kernel: 3, dilation: 4 }], 1, 6, 1],
    ['padded on one side only', [{ kernel: 3, padLeft: 0 }, { kernel: 3, padLeft: 0 }], 1, 4, 1],
    ['unshuffled by 2', [{ kernel: 3 }, { kernel: 3 }], 2, 5, 2],
    ['unshuffled by 4', [{ kernel: 3 }], 4, 7, 4],
  ])('%s: radius and period as arithmetic has them', async (name, layers, block, margin, period) => {
    const path = chain(name.replace(/\W/g, '-'), 48, layers, block);
    expect(await measureTiling({ executor, modelPath: path, contract }, { width: 48, height: 48 })).toEqual({ size: { width: 48, height: 48 }, margin, period, complete: true });
  });

  test('the bundled networks: four and, at half the size, six convolutions of 3×3', async () => {
    const of = (name: string) => measureTiling({ executor, modelPath: join(repoRoot, 'models/zoo/weights', `${name}.onnx`), contract }, { width: 128, height: 128 });
    expect(await of('quicksrnet-small-x2')).toMatchObject({ margin: 4, period: 1, complete: true });
    expect(await of('ultramini-x2')).toMatchObject({ margin: 13, period: 2, complete: true });
  });

  test('one that sees everything says that tiles cannot share enough', async () => {
    const path = temporary('global.onnx');
    writeFileSync(path, toBytes(buildModel({
      inputs: { input: ['float32', [1, 3, 32, 32]] }, outputs: { out: ['float32', null] },
      nodes: [['GlobalAveragePool', ['input'], ['mean']], ['Sub', ['input', 'mean'], ['out']]],
    })));
    const tiling = await measureTiling({ executor, modelPath: path, contract }, { width: 32, height: 32 });
    expect(tiling).toMatchObject({ margin: 15, complete: false });
    expect((await openUpscaler({ executor, modelPath: path, contract, tiling })).note).toContain('seams are possible');
  });

  test('one tiling for several is wide enough for each', () => {
    const size = { width: 8, height: 8 };
    expect(widest([{ size, margin: 2, period: 4, complete: true }, { size, margin: 3, period: 1, complete: false }])).toEqual({ size, margin: 3, period: 4, complete: false });
  });
});

test('tiles with the measured margin compute what the whole does, with one less they do not', async () => {
  const fixed = chain('fixed', 32, [{ kernel: 5 }, { kernel: 3 }], 2);
  const tiling = await measureTiling({ executor, modelPath: fixed, contract }, { width: 32, height: 32 });
  const image = noise(90, 76);
  const tiled = await (await openUpscaler({ executor, modelPath: fixed, contract, tiling })).run(image);
  const generous = await (await openUpscaler({ executor, modelPath: fixed, contract, tiling: { ...tiling, margin: tiling.margin + 2 } })).run(image);
  const narrow = await (await openUpscaler({ executor, modelPath: fixed, contract, tiling: { ...tiling, margin: tiling.margin - 2 } })).run(image);
  expect(largest(tiled, generous)).toBeLessThan(0.01);
  expect(largest(tiled, narrow)).toBeGreaterThan(0.1);
  const odd = cropImage(image, 0, 0, 89, 76);
  const padded = cutTile(odd, 0, 0, 90, 76);
  const of = async (picture: Image, period: number): Promise<Image> => (await openUpscaler({ executor, modelPath: fixed, contract, tiling: { ...tiling, period } })).run(picture);
  const expected = cropImage(await of(padded, 2), 0, 0, 89, 76);
  expect(largest(await of(odd, 2), expected)).toBeLessThan(0.01);
  expect(largest(await of(odd, 1), expected)).toBeGreaterThan(0.1);
});

test('tiles start at multiples of the period and cover every length', () => {
  for (const [length, tile, margin, period] of [[129, 32, 5, 2], [130, 32, 5, 4], [40, 32, 15, 8], [500, 128, 13, 2]] as const) {
    const spans = planTiles(length, tile, margin, period);
    expect(spans.every(({ start }) => start % period === 0)).toBe(true);
    expect([spans[0]?.from, spans.at(-1)?.to]).toEqual([0, length]);
    spans.slice(1).forEach((span, i) => {
      expect(span.from).toBe(spans[i]?.to);
      expect(span.from - span.start).toBeGreaterThanOrEqual(Math.min(margin, Math.floor((tile - period) / 2)));
    });
    expect((spans.at(-1)?.start as number) + tile).toBeGreaterThanOrEqual(length);
    expect((spans.at(-1)?.start as number) + tile - length).toBeLessThan(period);
  }
});

function noise(width: number, height: number): Image {
  const draw = new Prng(9);
  return imageOf([0, 1, 2].map(() => ({ width, height, data: Uint8Array.from({ length: width * height }, () => Math.floor(draw.uniform() * 256)) })));
}

function largest(a: Image, b: Image): number {
  let most = 0;
  planesOf(a).forEach(({ data }, c) => {
    for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs((data[i] as number) - (b.planes[c]?.[i] as number)));
  });
  return most;
}
