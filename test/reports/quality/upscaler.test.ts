import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { type Executor, ExternalError, type InputContract, type NdArray } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, Prng } from '../../../models/run/index.ts';
import {
  encodeCrop,
  evaluateQuality,
  imageToTensor,
  openUpscaler,
  parseProtocol,
  qualityScorer,
  tensorToImage,
} from '../../../reports/quality/index.ts';
import { type Image, imageOf, planesOf } from '../../../reports/quality/image.ts';
import { cutTile, planTiles, stitch } from '../../../reports/quality/tiles.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { repoRoot } from '../../support/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-upscaler-'));
const executor = createHostExecutor({ threads: 1 });
afterAll(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

const contract: InputContract = {
  name: 'input',
  kind: 'image',
  color: 'rgb',
  range: [0, 1],
  mean: [0],
  std: [1],
  layout: 'NCHW',
  dtype: 'float32',
  shape: [1, 3, null, null],
};
const weights = (name: string): string => join(repoRoot, 'models/zoo/weights', `${name}.onnx`);

function noise(width: number, height: number, channels = 3, seed = 3): Image {
  const random = new Prng(seed);
  return imageOf(
    Array.from({ length: channels }, () => ({
      width,
      height,
      data: Uint8Array.from({ length: width * height }, () => Math.floor(random.uniform() * 256)),
    })),
  );
}

/** In levels, over all planes. */
function largestDifference(a: Image, b: Image): number {
  const other = planesOf(b);
  let largest = 0;
  for (const [c, { data }] of planesOf(a).entries()) {
    for (const [i, value] of data.entries()) largest = Math.max(largest, Math.abs(value - (other[c]?.data[i] as number)));
  }
  return largest;
}

/** Nearest-neighbour enlargement by 2, as a model. */
function nearest(name: string, dims: readonly (number | string)[], channels = 3): string {
  const path = join(folder, `${name}.onnx`);
  writeFileSync(
    path,
    toBytes(
      buildModel({
        inputs: { input: ['float32', [1, channels, ...dims]] },
        outputs: { out: ['float32', null] },
        initializers: { scales: Tensor.of('float32', [4], [1, 1, 2, 2]) },
        nodes: [
          [
            'Resize',
            ['input', '', 'scales'],
            ['out'],
            { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
          ],
        ],
      }),
    ),
  );
  return path;
}

test('every pixel is answered for by one tile, and tiles overlap enough', () => {
  for (const [length, tile, margin] of [[1, 8, 2], [8, 8, 2], [9, 8, 2], [31, 8, 3], [500, 128, 16], [129, 128, 16], [40, 7, 3]] as const) {
    const spans = planTiles(length, tile, margin);
    expect(spans[0]?.from).toBe(0);
    expect(spans.at(-1)?.to).toBe(length);
    spans.forEach((span, i) => {
      if (i > 0) {
        expect(span.from).toBe(spans[i - 1]?.to);
        expect(span.from - span.start).toBeGreaterThanOrEqual(margin);
        expect((spans[i - 1]?.start as number) + tile - span.from).toBeGreaterThanOrEqual(margin);
      }
      expect(span.to).toBeGreaterThan(span.from);
      expect(span.start + tile <= length || spans.length === 1).toBe(true);
    });
  }
});

test('cutting and stitching without a model gives the image back', () => {
  for (const [width, height] of [[5, 4], [8, 8], [23, 17]] as const) {
    const image = noise(width, height);
    const [across, down] = [planTiles(width, 8, 2), planTiles(height, 8, 2)];
    const tiles = down.flatMap((v) => across.map((h) => cutTile(image, h.start, v.start, 8, 8)));
    expect(planesOf(stitch(tiles, across, down, 1)).map((p) => [...p.data])).toEqual(planesOf(image).map((p) => [...p.data]));
  }
});

test('a network of fixed size in tiles computes what its dynamic twin computes on the whole', async () => {
  const image = noise(200, 150);
  const whole = await openUpscaler({ executor, contract, modelPath: weights('ultramini-x2-dynamic') });
  const tiled = await openUpscaler({ executor, contract, modelPath: weights('ultramini-x2') });
  expect([whole.scale, whole.multiple, whole.note]).toEqual([2, 2, null]);
  expect([tiled.scale, tiled.multiple]).toEqual([2, 1]);
  expect(tiled.note).toBe('input fixed at 128×128: images run in tiles that share 32 pixels');
  expect(largestDifference(await whole.run(image), await tiled.run(image))).toBeLessThan(0.01);
});

test('an image smaller than the fixed size is padded and cut back', async () => {
  const upscaler = await openUpscaler({ executor, contract, modelPath: nearest('fixed', [16, 16]) });
  const out = await upscaler.run(noise(5, 9));
  expect([out.width, out.height]).toEqual([10, 18]);
  expect(out.planes[0]?.[0]).toBeCloseTo(noise(5, 9).planes[0]?.[0] as number, 4);
});

test('a wrong input name, an output that is no image, unlike sides: refused', async () => {
  const path = nearest('open', ['H', 'W']);
  await expect(openUpscaler({ executor, contract: { ...contract, name: 'x' }, modelPath: path })).rejects.toThrow(/no input "x"/);
  await expect(openUpscaler({ executor, contract, modelPath: path, output: { name: 'nope' } })).rejects.toThrow(/no output "nope"/);
  const flat = join(folder, 'flat.onnx');
  writeFileSync(flat, toBytes(buildModel({
    inputs: { input: ['float32', [1, 3, 8, 8]] }, outputs: { out: ['float32', null] }, nodes: [['Flatten', ['input'], ['out']]],
  })));
  await expect(openUpscaler({ executor, contract, modelPath: flat })).rejects.toThrow(/\[1, 192\], which is no image/);
});

test('pixels go in and come out as the contract says', () => {
  const image = noise(4, 3);
  const faces: [Partial<InputContract>, number[]][] = [
    [{}, [1, 3, 3, 4]],
    [{ layout: 'NHWC' }, [1, 3, 4, 3]],
    [{ color: 'bgr', range: [0, 255] }, [1, 3, 3, 4]],
    [{ dtype: 'uint8', range: [0, 255] }, [1, 3, 3, 4]],
    [{ dtype: 'float16' }, [1, 3, 3, 4]],
    [{ range: [-1, 1], shape: [3, null, null] }, [3, 3, 4]],
  ];
  for (const [change, dims] of faces) {
    const face = { ...contract, ...change };
    const tensor = imageToTensor(image, face);
    expect(tensor.dims).toEqual(dims);
    expect(largestDifference(tensorToImage(tensor, face), image)).toBeLessThan(0.5);
  }
  const normalised = imageToTensor(image, { ...contract, mean: [0.5, 0.25, 0.1], std: [0.5, 2, 4] });
  expect(normalised.data[12]).toBeCloseTo(((image.planes[1]?.[0] as number) / 255 - 0.25) / 2, 6);
  expect(imageToTensor(image, { ...contract, color: 'bgr' }).data[0]).toBeCloseTo((image.planes[2]?.[0] as number) / 255, 6);
  expect(imageToTensor(image, { ...contract, color: 'y' }).dims).toEqual([1, 1, 3, 4]);
  const bytes: NdArray = { dtype: 'uint8', dims: [1, 1, 2, 2], data: Uint8Array.of(0, 1, 128, 255) };
  expect([...planesOf(tensorToImage(bytes, contract))[0]?.data ?? []]).toEqual([0, 1, 128, 255]);
});

async function folderOf(name: string, images: readonly Image[]): Promise<string> {
  mkdirSync(join(folder, name), { recursive: true });
  for (const [i, image] of images.entries()) {
    const pixels = new Uint8Array(image.width * image.height * 3);
    for (const [c, plane] of image.planes.entries()) for (const [k, value] of plane.entries()) pixels[k * 3 + c] = value;
    await sharp(pixels, { raw: { width: image.width, height: image.height, channels: 3 } }).png().toFile(join(folder, name, `${i}.png`));
  }
  return join(folder, name);
}

test('a luma model is scored on luma as it is, on colour with bicubic chroma, and in tiles', async () => {
  const images = await folderOf('luma', [noise(64, 48), noise(41, 70)]);
  const y: InputContract = { ...contract, color: 'y', shape: [1, 1, null, null] };
  const protocols = ['psnr:y', 'psnr:rgb', 'psnr:y:srcnn', 'ssim:y'].map(parseProtocol);
  const variants = [
    { id: 'open', modelPath: nearest('luma-open', ['H', 'W'], 1), contract: y, executor },
    { id: 'tiles', modelPath: nearest('luma-fixed', [16, 16], 1), contract: y, executor },
  ];
  const seen: string[] = [];
  const { records, crops } = await evaluateQuality({
    images,
    protocols,
    variants,
    cropSize: 32,
    onProgress: (done, total, note) => seen.push(`${done}/${total} ${note}`),
  });
  expect(records.map((r) => `${r.protocol} ${r.variant}`).slice(0, 3)).toEqual([
    'psnr:y:crop:matlab bicubic',
    'psnr:y:crop:matlab open',
    'psnr:y:crop:matlab tiles',
  ]);
  for (let p = 0; p < 4; p++) expect(records[p * 3 + 1]?.mean).toBeCloseTo(records[p * 3 + 2]?.mean as number, 4);
  expect(records.every((r) => r.perImage.length === 2 && Number.isFinite(r.mean))).toBe(true);
  expect(records[2]?.note).toMatch(/fixed at 16×16/);
  expect(seen).toEqual(['1/4 0.png', '2/4 0.png', '3/4 1.png', '4/4 1.png']);
  expect(crops.length).toBeGreaterThan(0);
  const files = await encodeCrop(crops[0] as (typeof crops)[number]);
  expect(files.views.map((view) => view.variant)).toEqual(['original image', 'bicubic', 'open', 'tiles']);
  const meta = await sharp(files.views[1]?.difference?.png).metadata();
  expect([meta.format, meta.width, meta.height]).toEqual(['png', 32, 32]);
  const scorer = qualityScorer({ executor, contract: y, images, protocol: protocols[1] as (typeof protocols)[number] });
  expect(await scorer.score(variants[0]?.modelPath as string)).toBeCloseTo(records[4]?.mean as number, 9);
});

test('models of unlike scale, colour models under a luma protocol, no models: refused', async () => {
  const images = await folderOf('two', [noise(48, 48)]);
  const same = join(folder, 'same.onnx');
  writeFileSync(
    same,
    toBytes(
      buildModel({
        inputs: { input: ['float32', [1, 3, 'H', 'W']] },
        outputs: { out: ['float32', null] },
        nodes: [['Identity', ['input'], ['out']]],
      }),
    ),
  );
  const variants = [
    { id: 'a', modelPath: nearest('a', ['H', 'W']), contract, executor },
    { id: 'b', modelPath: same, contract, executor },
  ];
  const psnr = [parseProtocol('psnr')];
  await expect(evaluateQuality({ images, protocols: psnr, variants })).rejects.toThrow(/a enlarges 2 times and b 1 times/);
  await expect(evaluateQuality({ images, protocols: psnr, variants: [] })).rejects.toThrow(/at least one model/);
  await expect(evaluateQuality({ images, protocols: [parseProtocol('psnr:srcnn')], variants: variants.slice(0, 1) })).rejects.toThrow(
    /feeds luma only/,
  );
  await expect(evaluateQuality({ images: join(folder, 'none'), protocols: psnr, variants: variants.slice(0, 1) })).rejects.toThrow(
    /no folder/,
  );
});

test('one content on one executor runs once; each executor has a row; what an executor refuses is left out and said', async () => {
  const images = await folderOf('shared', [noise(64, 48)]);
  const runs: string[] = [];
  const watched = (id: string): Executor => ({
    id, close: () => Promise.resolve(),
    run: (path, feeds, options) => {
      runs.push(id);
      options?.onFeeds?.(feeds.length);
      return id === 'emulator:B' ? Promise.reject(new ExternalError('no room', 'emulator', '')) : executor.run(path, feeds, options);
    },
  });
  const modelPath = nearest('shared', [16, 16]);
  const [host, a, b] = ['host', 'emulator:A', 'emulator:B'].map(watched) as [Executor, Executor, Executor];
  const about = { modelPath, contract, content: 'x' };
  const refused: string[] = [];
  const told: string[] = [];
  const request = {
    images, protocols: [parseProtocol('psnr:y')],
    variants: [{ ...about, id: 'one', executor: host }, { ...about, id: 'one', executor: a, pictured: false }, { ...about, id: 'two', executor: host }, { ...about, id: 'two', executor: b }],
  };
  const { records, crops } = await evaluateQuality({
    ...request, cropSize: 32, onRefused: ({ id, executor: { id: on } }, { message }) => refused.push(`${id} ${on} ${message}`),
    onRuns: ({ done, of, images: before, total }) => told.push(`${before}/${total} ${done}/${of}`),
  });
  expect(records.map(({ variant, executor: on, evidence }) => `${variant} ${on} ${evidence}`)).toEqual(['bicubic host computed', 'one host computed', 'one emulator:A emulated', 'two host computed']);
  expect(new Set(records.slice(1).map(({ mean }) => mean)).size).toBe(1);
  expect(runs.filter((id) => id === 'host')).toHaveLength(3);
  expect(refused).toEqual(['two emulator:B no room']);
  expect([told[0], told.at(-1)]).toEqual(['0/1 45/90', '0/1 90/90']);
  expect(crops[0]?.views.map(({ variant }) => variant)).toEqual(['bicubic', 'one', 'two']);
  await expect(evaluateQuality(request)).rejects.toThrow('no room');
});

test('the worst piece is the one that the last model spoilt', async () => {
  const images = await folderOf('spoilt', [
    noise(128, 96, 3, 1),
    imageOf([0, 1, 2].map(() => ({ width: 128, height: 96, data: new Uint8Array(128 * 96).fill(90) }))),
  ]);
  const { crops } = await evaluateQuality({
    images,
    protocols: [parseProtocol('psnr')],
    variants: [{ id: 'n', modelPath: nearest('n', ['H', 'W']), contract, executor }],
    cropSize: 32,
  });
  expect(crops.find((crop) => crop.reason === 'worst')?.image).toBe('0.png');
  const worst = crops.find((crop) => crop.reason === 'worst')?.views[1]?.psnr as number;
  for (const crop of crops) expect(crop.views[1]?.psnr).toBeGreaterThanOrEqual(worst);
});
