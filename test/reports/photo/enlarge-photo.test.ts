import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import type { ModelEntry } from '../../../cli/config/config.ts';
import { hostLane } from '../../../cli/photo/lanes.ts';
import { learnModel, type PhotoModel, readFace } from '../../../cli/photo/learn-model.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { readModel, Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, Prng } from '../../../models/run/index.ts';
import { enlargePhoto } from '../../../reports/photo/enlarge-photo.ts';
import { type PhotoPlan, type PlanRequest, planPhoto } from '../../../reports/photo/photo-plan.ts';
import { openPicture } from '../../../reports/photo/source-picture.ts';
import { targetHeader } from '../../../reports/photo/target-picture.ts';
import { interpolates } from '../../../reports/photo/tile-face.ts';
import { cropImage, type Image, imageOf } from '../../../reports/quality/image.ts';
import { infer } from '../../../reports/quality/infer.ts';
import { recolor } from '../../../reports/quality/recolor.ts';
import { cutTile } from '../../../reports/quality/tiles.ts';
import { buildModel, type NodeSpec, toBytes } from '../../support/build-model.ts';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const executor = createHostExecutor({ threads: 1 });
afterAll(() => executor.close());
const signal = new AbortController().signal;
const random = new Prng(11);

const weightsOf = (name: string): string => join(repoRoot, 'models/zoo/weights', `${name}.onnx`);

function saved(name: string, model: Parameters<typeof toBytes>[0]): string {
  const path = temporary(`${name}.onnx`);
  writeFileSync(path, toBytes(model));
  return path;
}

/** A network of the zoo that takes every size. */
function zoo(name: string, scale?: number): string {
  return saved(name, generateNetwork(name, { dynamic: true, ...(scale === undefined ? {} : { scale }) }).model);
}

/** Convolutions in a row on any size, 3 channels to 3, each with ReLU but the last. */
function denoiser(dims: readonly (number | string)[], extra: readonly NodeSpec[] = []): string {
  const w = (): Tensor => Tensor.of('float32', [3, 3, 3, 3], Float64Array.from({ length: 81 }, () => 0.25 * (random.uniform() - 0.4)));
  const out = extra.length > 0 ? 'z' : 'out';
  const nodes: NodeSpec[] = [
    ['Conv', ['input', 'a'], ['x'], { pads: [1, 1, 1, 1] }], ['Relu', ['x'], ['y']], ['Conv', ['y', 'b'], [out], { pads: [1, 1, 1, 1] }], ...extra,
  ];
  return saved(`denoiser-${extra.length}`, buildModel({ inputs: { input: ['float32', dims] }, outputs: { out: ['float32', null] }, nodes, initializers: { a: w(), b: w() } }));
}

function noise(width: number, height: number): Image {
  return imageOf([0, 1, 2].map(() => ({ width, height, data: Uint8Array.from({ length: width * height }, () => Math.floor(random.uniform() * 256)) })));
}

/** A photo through a model, in tiles, as levels that nobody has rounded. */
async function tiled(model: PhotoModel, image: Image, request: Partial<PlanRequest> & Pick<PlanRequest, 'tile'>, jobs = 1): Promise<{ image: Image; plan: PhotoPlan }> {
  const folder = temporary('scratch');
  mkdirSync(folder, { recursive: true });
  const rgb = Buffer.alloc(image.width * image.height * 3);
  image.planes.forEach((plane, c) => {
    for (let i = 0; i < plane.length; i++) rgb[3 * i + c] = plane[i] as number;
  });
  await sharp(rgb, { raw: { width: image.width, height: image.height, channels: 3 } }).png().toFile(temporary('photo.png'));
  const source = await openPicture(temporary('photo.png'), folder);
  const { header } = targetHeader(source, model.scale, 'out.png');
  const plan = planPhoto({
    picture: image, flexible: model.size === null, multiple: model.multiple, scale: model.scale, sight: model.sight, overlap: null, blend: null,
    interpolates: interpolates(model.contract, source), ...request,
  });
  const planes = [0, 1, 2].map(() => new Float64Array(header.width * header.height));
  let written = 0;
  const sessions = await Promise.all(Array.from({ length: jobs }, () => executor.open(model.path, { optimization: 'all' })));
  const lanes = sessions.map((session) => hostLane(session, model.batch, signal));
  try {
    await enlargePhoto({
      source, plan, face: model, lanes, onTiles: () => undefined, signal,
      target: { header, append: (rows) => {
        rows.forEach((row, c) => {
          planes[c]?.set(row, written);
        });
        written += (rows[0] as Float32Array).length;
      } },
    });
  } finally {
    for (const session of sessions) await session.release();
    source.close();
  }
  expect(written).toBe(header.width * header.height);
  return { image: imageOf(planes.map((data) => ({ ...header, data }))), plan };
}

/** The same by one run of ONNX Runtime on all of the picture, filled up to sides that the model takes. */
async function whole({ path, contract, multiple, scale }: PhotoModel, image: Image): Promise<Image> {
  const [width, height] = [image.width, image.height].map((side) => Math.ceil(side / multiple) * multiple) as [number, number];
  const full = cutTile(image, 0, 0, width, height);
  const [output] = await infer({ executor, modelPath: path, contract }, [full]);
  return cropImage(recolor(output as Image, full, scale), 0, 0, Math.round(image.width * scale), Math.round(image.height * scale));
}

function largest(a: Image, b: Image): number {
  expect([a.width, a.height, a.planes.length]).toEqual([b.width, b.height, b.planes.length]);
  let most = 0;
  a.planes.forEach((plane, c) => {
    for (let i = 0; i < plane.length; i++) most = Math.max(most, Math.abs((plane[i] as number) - (b.planes[c]?.[i] as number)));
  });
  return most;
}

function learn(path: string, input?: ModelEntry['input']): Promise<PhotoModel> {
  const ref = { id: 'm', path, ...(input ? { input } : {}) };
  return learnModel(ref, readFace(ref), executor, signal);
}

/** Levels by which sums in another order may differ. */
const ROUNDING = 0.002;

describe('tiles compute what the model makes of the whole picture', () => {
  test.each<[string, () => string, ModelEntry['input'], number, number, number]>([
    ['QuickSRNet', () => weightsOf('quicksrnet-small-x2-dynamic'), undefined, 97, 61, 40],
    ['ABPN, ×3', () => zoo('abpn-28', 3), undefined, 75, 64, 36],
    ['an unshuffled input, sides of odd length', () => weightsOf('ultramini-x2-dynamic'), undefined, 131, 77, 64],
    ['an unshuffled input, six convolutions', () => join(repoRoot, 'test/fixtures/exports/unshuffle_ultra_dynamic_op17.onnx'), undefined, 150, 121, 96],
    ['×1.5', () => zoo('quicksrnet-small', 1.5), undefined, 71, 46, 32],
    ['a model on luma, colours interpolated', () => zoo('sesr-m3-y'), undefined, 67, 45, 40],
    ['bytes in and out', () => join(repoRoot, 'test/fixtures/exports/uint8_io_dynamic_op17.onnx'), undefined, 60, 47, 32],
    ['the same size, 0 to 255, blue first, mean and deviation', () => denoiser([1, 3, 'H', 'W']), { color: 'bgr', range: [0, 255], mean: [104, 117, 123], std: [57, 58, 60] }, 55, 62, 24],
  ])('%s', async (_, path, input, width, height, tile) => {
    const model = await learn(path(), input);
    const picture = noise(width, height);
    const { image, plan } = await tiled(model, picture, { tile: { width: tile, height: tile } });
    expect(plan.tiles).toBeGreaterThan(3);
    expect([plan.blend, plan.overlap]).toEqual(['crop', plan.needed]);
    const bytes = model.contract.dtype === 'uint8';
    expect(largest(image, await whole(model, picture))).toBeLessThanOrEqual(bytes ? 1 : ROUNDING);
  });

  test('channels last', async () => {
    const path = saved('nhwc', buildModel({
      inputs: { input: ['float32', [1, 'H', 'W', 3]] }, outputs: { out: ['float32', null] }, initializers: { w: Tensor.of('float32', [3, 3, 5, 5], Float64Array.from({ length: 225 }, () => 0.1 * random.uniform())) },
      nodes: [['Transpose', ['input'], ['x'], { perm: [0, 3, 1, 2] }], ['Conv', ['x', 'w'], ['y'], { pads: [2, 2, 2, 2] }], ['Transpose', ['y'], ['out'], { perm: [0, 2, 3, 1] }]],
    }));
    const model = await learn(path);
    expect([model.contract.layout, model.sight.margin]).toEqual(['NHWC', 2]);
    const picture = noise(41, 33);
    expect(largest((await tiled(model, picture, { tile: { width: 16, height: 20 } })).image, await whole(model, picture))).toBeLessThan(ROUNDING);
  });

  test('a model that takes three pictures at once, of one size only: as its twin that takes any', async () => {
    const one = denoiser([1, 3, 'H', 'W']);
    const twin = await learn(one);
    const onnx = readModel(one);
    const shape = onnx.proto.graph?.input?.[0]?.type?.tensorType?.shape?.dim ?? [];
    for (const [i, size] of [3, 3, 32, 32].entries()) shape[i] = { dimValue: size };
    const path = saved('three', onnx.proto);
    onnx.close();
    const model = await learn(path);
    expect([model.batch, model.size]).toEqual([3, { width: 32, height: 32 }]);
    const picture = noise(101, 50);
    expect(largest((await tiled(model, picture, { tile: { width: 32, height: 32 } })).image, await whole(twin, picture))).toBeLessThan(ROUNDING);
  });

  test('several lanes give what one gives', async () => {
    const model = await learn(weightsOf('quicksrnet-small-x2-dynamic'));
    const picture = noise(90, 64);
    const request = { tile: { width: 32, height: 32 } };
    expect(largest((await tiled(model, picture, request, 2)).image, (await tiled(model, picture, request)).image)).toBe(0);
  });
});

describe('pictures that are small or thin', () => {
  test.each([[1, 1], [1, 70], [53, 1], [3, 2], [33, 61]])('%i×%i, by a model of any size', async (width, height) => {
    const model = await learn(weightsOf('ultramini-x2-dynamic'));
    const picture = noise(width, height);
    expect(largest((await tiled(model, picture, { tile: { width: 40, height: 40 } })).image, await whole(model, picture))).toBeLessThan(ROUNDING);
  });

  test('1×1 by a model of one size: filled up, said, cut back', async () => {
    const model = await learn(weightsOf('quicksrnet-small-x2'));
    const picture = noise(1, 1);
    const { image, plan } = await tiled(model, picture, { tile: { width: 128, height: 128 } });
    expect([image.width, image.height, plan.tiles, plan.exact]).toEqual([2, 2, 1, false]);
    expect(plan.notes.join()).toContain('filled up');
    const level = picture.planes[0]?.[0] as number;
    for (const value of image.planes[0] as Float64Array) expect(Math.abs(value - level)).toBeLessThan(30);
  });
});

describe('tiles that cannot compute what the whole does', () => {
  test('too little overlap: said, and cut at the middle', async () => {
    const model = await learn(weightsOf('ultramini-x2-dynamic'));
    const picture = noise(140, 120);
    const { image, plan } = await tiled(model, picture, { tile: { width: 64, height: 64 }, overlap: 8 });
    expect([plan.exact, plan.blend]).toEqual([false, 'crop']);
    expect(plan.notes.join()).toMatch(/share 8 pixels, and the model sees 13 on each side, which takes 26/);
    expect(largest(image, await whole(model, picture))).toBeGreaterThan(1);
  });

  test('a model that looks at the mean of the picture: global, its decay measured', async () => {
    const path = denoiser([1, 3, 'H', 'W'], [['GlobalAveragePool', ['z'], ['m']], ['Sub', ['z', 'm'], ['out']]]);
    const { sight } = await learn(path);
    expect(sight).toMatchObject({ exact: false, evidence: 'measured(host)', period: 1 });
    expect(sight.why).toMatch(/GlobalAveragePool.*all places/);
    expect(sight.margin).toBeGreaterThanOrEqual(2);
  });

  test('RFDN resizes by a factor that follows from the size of the picture: never called exact', async () => {
    const { sight } = await learn(saved('rfdn', generateNetwork('rfdn', { scale: 2, size: [40, 40] }).model));
    expect(sight).toMatchObject({ exact: false, evidence: 'measured(host)' });
    expect(sight.why).toMatch(/B1\/esa.*(?:no simple ratio|grids do not match)/);
  });

  test('tiles that differ as a whole fade into each other, in smaller steps than a cut would leave', async () => {
    const path = saved('mean', buildModel({
      inputs: { input: ['float32', [1, 3, 'H', 'W']] }, outputs: { out: ['float32', null] },
      nodes: [['GlobalAveragePool', ['input'], ['m']], ['Sub', ['input', 'm'], ['out']]],
    }));
    const model = await learn(path);
    const ramp = imageOf([0, 1, 2].map(() => ({ width: 96, height: 40, data: Uint8Array.from({ length: 96 * 40 }, (_, i) => 2 * (i % 96)) })));
    const request = { tile: { width: 48, height: 40 }, overlap: 16 };
    const [cut, faded] = [await tiled(model, ramp, { ...request, blend: 'crop' as const }), await tiled(model, ramp, request)];
    expect([cut.plan.exact, faded.plan.blend]).toEqual([false, 'feather']);
    expect(faded.plan.notes.join()).toMatch(/cannot compute what the whole picture would: .*GlobalAveragePool/);
    const border = cut.plan.across[0]?.to as number;
    expect(stepAt(cut.image, border)).toBeGreaterThan(20);
    expect(stepAt(faded.image, border)).toBeLessThan(0.25 * stepAt(cut.image, border));
  });

  test('a tile that is all overlap is refused', async () => {
    const model = await learn(weightsOf('quicksrnet-small-x2-dynamic'));
    await expect(tiled(model, noise(80, 80), { tile: { width: 16, height: 16 }, overlap: 16 })).rejects.toThrow(/16×16 cannot share 16 pixels/);
  });
});

/** How much two columns differ more than a ramp of 2 levels does, on average. */
function stepAt({ planes, width, height }: Image, x: number): number {
  return Array.from({ length: height }, (_, y) => Math.abs((planes[0]?.[y * width + x] as number) - (planes[0]?.[y * width + x - 1] as number) - 2)).reduce((sum, value) => sum + value, 0) / height;
}
