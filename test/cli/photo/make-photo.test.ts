import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { makePhoto } from '../../../cli/photo/make-photo.ts';
import { type PhotoFlags, photoRequest } from '../../../cli/photo/photo-request.ts';
import type { PhotoOutcome } from '../../../cli/photo/photo-outcome.ts';
import { photoText } from '../../../cli/photo/photo-text.ts';
import { createStyle } from '../../../cli/ui/style.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { imresize } from '../../../reports/quality/imresize.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const style = createStyle(false);

/** Every pixel four times: what becomes of a picture is known without running anything. */
function doubling(channels = 3, dims: readonly (number | string)[] = ['H', 'W']): string {
  const path = temporary(`double-${channels}.onnx`);
  writeFileSync(path, toBytes(buildModel({
    inputs: { input: ['float32', [1, channels, ...dims]] }, outputs: { out: ['float32', null] }, initializers: { s: Tensor.of('float32', [4], [1, 1, 2, 2]) },
    nodes: [['Resize', ['input', '', 's'], ['out'], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }]],
  })));
  return path;
}

const FLAGS: Omit<PhotoFlags, 'model'> = { overlap: 'auto', jobs: '1', on: 'host', seams: 'off', quality: '92', tile: '24', form: 'strided' };

async function photo(picture: string, flags: Partial<PhotoFlags> & { model: string }, signal = new AbortController().signal, progress: (note: string) => void = () => undefined): Promise<PhotoOutcome> {
  const cwd = temporary();
  const request = photoRequest(picture, { ...FLAGS, ...flags }, cwd);
  return makePhoto({ request, ref: { id: 'double', path: flags.model }, device: { selector: 'host', kind: 'host' }, coreml: false, env: process.env, cwd, signal, progress });
}

/** Seeded samples, `channels` a pixel. */
function samples(width: number, height: number, channels: number, most = 255): Uint8Array | Uint16Array {
  let state = 7;
  const all = Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * (most + 1));
  });
  return most > 255 ? Uint16Array.from(all) : Uint8Array.from(all);
}

type Depth = 'uchar' | 'ushort';

async function raw(path: string, depth: Depth = 'uchar', space = 'srgb'): Promise<{ data: Uint8Array | Uint16Array; width: number; height: number; channels: number }> {
  const { data, info } = await sharp(path, { ignoreIcc: true }).toColourspace(space).raw({ depth }).toBuffer({ resolveWithObject: true });
  return { data: depth === 'ushort' ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data, width: info.width, height: info.height, channels: info.channels };
}

/** Whether the bands named hold each pixel of `from` four times. */
function isDoubled(from: ArrayLike<number>, width: number, channels: number, to: { data: ArrayLike<number>; width: number; height: number; channels: number }, bands: readonly number[]): boolean {
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      for (const band of bands) {
        if (to.data[(y * to.width + x) * to.channels + band] !== from[((y >> 1) * width + (x >> 1)) * channels + band]) return false;
      }
    }
  }
  return true;
}

const raws = (width: number, height: number, channels: 1 | 2 | 3 | 4) => ({ raw: { width, height, channels } });

test('8 bits, with a colour profile and EXIF: pixels exact, both kept, tiles and seams told', async () => {
  const pixels = samples(61, 43, 3);
  await sharp(pixels, raws(61, 43, 3)).withIccProfile('p3').png().toFile(temporary('a.png'));
  const stored = await raw(temporary('a.png'));
  const outcome = await photo('a.png', { model: doubling(), seams: 'all', seamMap: 'map.png' });
  expect(outcome).toMatchObject({ scale: 2, source: { width: 61, height: 43, depth: 8, alpha: false, gray: false }, sight: { margin: 0, exact: true, evidence: 'computed' }, plan: { exact: true, blend: 'crop' } });
  expect(outcome.result.path).toBe(temporary('a.x2.png'));
  expect(isDoubled(stored.data, 61, 3, await raw(temporary('a.x2.png')), [0, 1, 2])).toBe(true);
  const about = await sharp(temporary('a.x2.png')).metadata();
  expect(about.icc?.equals((await sharp(temporary('a.png')).metadata()).icc as Buffer)).toBe(true);
  expect(outcome.seams).toMatchObject({ seams: { max: 0, mean: 0 }, inside: { max: 0 } });
  expect(outcome.seams?.looked).toBe(outcome.seams?.places);
  expect((await sharp(temporary('map.png')).metadata()).width).toBe(122);
  const { predicted, measured, ratio } = outcome;
  for (const time of [predicted, measured]) {
    expect(time?.tiles).toBe(outcome.plan.tiles);
    for (const ms of [time?.loadMs, time?.prepareMs, time?.predictMs, time?.readMs]) expect(ms).toBeGreaterThan(0);
  }
  expect(ratio).toBeCloseTo((measured?.totalMs as number) / (predicted?.totalMs as number), 9);
  const text = photoText(outcome, temporary(), style);
  expect(text).toMatch(/a\.png 61×43 → a\.x2\.png 122×86 by double on host/);
  expect(text).toMatch(/seams {5}no seam \(max 0 levels, mean 0\.000 at all \d+ places/);
  expect(readdirSync(temporary()).sort()).toEqual(['a.png', 'a.x2.png', 'double-3.onnx', 'map.png']);
});

test('16 bits stay 16 bits in PNG and TIFF, and are rounded for JPEG with a word', async () => {
  const pixels = samples(30, 26, 3, 65_535) as Uint16Array;
  await sharp(pixels, raws(30, 26, 3)).toColourspace('rgb16').png().toFile(temporary('wide.png'));
  const model = doubling();
  for (const out of ['wide2.png', 'wide2.tif']) {
    expect((await photo('wide.png', { model, out })).result.depth).toBe(16);
    expect(isDoubled(pixels, 30, 3, await raw(temporary(out), 'ushort', 'rgb16'), [0, 1, 2])).toBe(true);
  }
  const { result, notes } = await photo('wide.png', { model, out: 'wide2.jpg', dryRun: true });
  expect([result.depth, notes.join()]).toEqual([8, expect.stringContaining('8 bits a sample')]);
});

test('opacity goes through bicubic interpolation; JPEG drops it with a word', async () => {
  const pixels = samples(40, 33, 4);
  await sharp(pixels, raws(40, 33, 4)).png().toFile(temporary('clear.png'));
  const model = doubling();
  const { result } = await photo('clear.png', { model, out: 'clear2.webp', quality: '100' });
  expect(result.alpha).toBe(true);
  await photo('clear.png', { model, out: 'clear2.png' });
  const out = await raw(temporary('clear2.png'));
  expect(out.channels).toBe(4);
  expect(isDoubled(pixels, 40, 4, out, [0, 1, 2])).toBe(true);
  const opacity = imresize({ width: 40, height: 33, data: Float64Array.from({ length: 40 * 33 }, (_, i) => pixels[4 * i + 3] as number) }, 2);
  opacity.data.forEach((value, i) => {
    expect(out.data[4 * i + 3]).toBe(Math.min(255, Math.max(0, Math.floor(Math.fround(value) + 0.5))));
  });
  expect((await photo('clear.png', { model, out: 'clear2.jpg', dryRun: true })).notes.join()).toContain('no room for opacity');
});

test('grey stays grey, of 8 and of 16 bits, by models on colour and on luma', async () => {
  const pixels = samples(33, 28, 1);
  await sharp(pixels, raws(33, 28, 1)).toColourspace('b-w').png().toFile(temporary('grey.png'));
  for (const channels of [3, 1]) {
    const { source, result } = await photo('grey.png', { model: doubling(channels), out: `grey-${channels}.png` });
    expect([source.gray, result.gray]).toEqual([true, true]);
    const out = await raw(temporary(`grey-${channels}.png`), 'uchar', 'b-w');
    expect(out.channels).toBe(1);
    expect(isDoubled(pixels, 33, 1, out, [0])).toBe(true);
  }
  const wide = samples(20, 21, 1, 65_535) as Uint16Array;
  await sharp(wide, raws(20, 21, 1)).toColourspace('grey16').png().toFile(temporary('grey16.png'));
  await photo('grey16.png', { model: doubling(), out: 'grey16-2.png' });
  expect(isDoubled(wide, 20, 1, await raw(temporary('grey16-2.png'), 'ushort', 'grey16'), [0])).toBe(true);
});

test('a photo lying on its side is turned upright, and is not turned again by a viewer', async () => {
  const pixels = samples(40, 24, 3);
  await sharp(pixels, raws(40, 24, 3)).withMetadata({ orientation: 6 }).tiff({ compression: 'none' }).toFile(temporary('side.tif'));
  const { source, notes } = await photo('side.tif', { model: doubling(), out: 'side2.png' });
  expect([source.width, source.height, notes.join()]).toEqual([24, 40, 'turned upright as its EXIF says']);
  const upright = await sharp(temporary('side.tif')).autoOrient().raw().toBuffer();
  expect(isDoubled(upright, 24, 3, await raw(temporary('side2.png')), [0, 1, 2])).toBe(true);
  expect((await sharp(temporary('side2.png')).metadata()).orientation ?? 1).toBe(1);
});

test('palettes, CMYK and JPEG come in as colours', async () => {
  const pixels = samples(36, 30, 3);
  const picture = sharp(pixels, raws(36, 30, 3)).blur(3);
  await picture.clone().png({ palette: true, colours: 16 }).toFile(temporary('palette.png'));
  await picture.clone().toColourspace('cmyk').jpeg().toFile(temporary('cmyk.jpg'));
  const model = doubling();
  await photo('palette.png', { model, out: 'palette2.png' });
  expect(isDoubled((await raw(temporary('palette.png'))).data, 36, 3, await raw(temporary('palette2.png')), [0, 1, 2])).toBe(true);
  const { result, notes } = await photo('cmyk.jpg', { model, out: 'cmyk2.png' });
  expect([result.width, notes.join()]).toEqual([72, 'converted from CMYK to sRGB']);
  expect((await raw(temporary('cmyk2.png'))).channels).toBe(3);
});

test('a plan alone writes nothing; too little memory is said before anything runs', async () => {
  await sharp(samples(90, 70, 3), raws(90, 70, 3)).png().toFile(temporary('b.png'));
  const model = doubling();
  const { measured, predicted, plan, tried, memory } = await photo('b.png', { model, dryRun: true, tile: undefined as never });
  expect([measured, existsSync(temporary('b.x2.png'))]).toEqual([null, false]);
  expect(predicted?.totalMs).toBeGreaterThan(0);
  expect([tried.length > 0, plan.tiles > 0, (memory.neededBytes ?? 0) > 1e8]).toEqual([true, true, true]);
  await expect(photo('b.png', { model, maxMemory: '50' })).rejects.toThrow(/takes about \d+ MB of memory in such tiles, and 50 MB are allowed/);
  expect(readdirSync(temporary()).sort()).toEqual(['b.png', 'double-3.onnx']);
});

test('stopped in the middle: no result, nothing left, and what was there before stays', async () => {
  await sharp(samples(120, 120, 3), raws(120, 120, 3)).png().toFile(temporary('c.png'));
  writeFileSync(temporary('c.x2.png'), 'before');
  const controller = new AbortController();
  const stopped = photo('c.png', { model: doubling() }, controller.signal, (note) => {
    if (note.startsWith('predicted')) controller.abort(new Error('stop'));
  });
  await expect(stopped).rejects.toThrow();
  expect(readFileSync(temporary('c.x2.png'), 'utf8')).toBe('before');
  expect(readdirSync(temporary()).sort()).toEqual(['c.png', 'c.x2.png', 'double-3.onnx']);
});

test.each<[string, (model: string) => Promise<Partial<PhotoFlags> & { picture?: string; model: string }>, RegExp]>([
  ['no such picture', async (model) => ({ model, picture: 'none.png' }), /no picture .*none\.png/],
  ['text in place of a picture', async (model) => {
    writeFileSync(temporary('t.png'), 'text');
    return { model, picture: 't.png' };
  }, /cannot be read as a picture: .*unsupported image format/],
  ['half of a JPEG', async (model) => {
    const whole = await sharp(samples(90, 90, 3), raws(90, 90, 3)).jpeg().toBuffer();
    writeFileSync(temporary('half.jpg'), whole.subarray(0, whole.length / 2));
    return { model, picture: 'half.jpg' };
  }, /half\.jpg cannot be read as a picture/],
  ['a result in no format', async (model) => ({ model, out: 'x.bmp' }), /names no format that photos are written in/],
  ['more than WebP holds', async (model) => {
    await sharp({ create: { width: 9000, height: 2, channels: 3, background: 'red' } }).png().toFile(temporary('long.png'));
    return { model, picture: 'long.png', out: 'long.webp' };
  }, /WebP holds sides of at most 16383 pixels, and the result has 18000×4/],
  ['over itself', async (model) => ({ model, out: 'ok.png' }), /would take the place of the photo itself/],
  ['no folder', async (model) => ({ model, out: 'nowhere/x.png' }), /nowhere cannot be written to: ENOENT/],
  ['another tile than the model’s', async () => ({ model: doubling(3, [16, 16]), tile: '32' }), /takes 16×16 only, and tiles of 32 were asked for/],
  ['twelve channels', async () => ({ model: doubling(12) }), /takes no picture: its input "input" has the shape \[1, 12, \?, \?\]/],
  ['one side open', async () => ({ model: doubling(3, [16, 'W']) }), /fixes one side/],
  ['more overlap than tile', async (model) => ({ model, overlap: '30' }), /24×24 cannot share 30 pixels/],
  ['a negative overlap', async (model) => ({ model, overlap: '-3' }), /--overlap -3 is no whole number/],
  ['tiles of no size', async (model) => ({ model, tile: '0' }), /--tile 0 is no whole number/],
])('%s: refused with what to do', async (_, arrange, message) => {
  await sharp(samples(60, 50, 3), raws(60, 50, 3)).png().toFile(temporary('ok.png'));
  const { picture = 'ok.png', ...flags } = await arrange(doubling());
  await expect((async () => photo(picture, flags))()).rejects.toThrow(message);
  expect(readdirSync(temporary()).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a model that makes no picture, and one that shrinks, are refused', async () => {
  await sharp(samples(60, 50, 3), raws(60, 50, 3)).png().toFile(temporary('ok.png'));
  const flat = temporary('flat.onnx');
  writeFileSync(flat, toBytes(buildModel({ inputs: { input: ['float32', [1, 3, 16, 16]] }, outputs: { out: ['float32', null] }, nodes: [['Flatten', ['input'], ['out']]] })));
  await expect(photo('ok.png', { model: flat, tile: '16' })).rejects.toThrow(/which is no image/);
  const half = temporary('half.onnx');
  writeFileSync(half, toBytes(buildModel({ inputs: { input: ['float32', [1, 3, 'H', 'W']] }, outputs: { out: ['float32', null] }, nodes: [['MaxPool', ['input'], ['out'], { kernel_shape: [2, 2], strides: [2, 2] }]] })));
  await expect(photo('ok.png', { model: half })).rejects.toThrow(/not the same scale of 1 or more/);
  const two = temporary('two.onnx');
  writeFileSync(two, toBytes(buildModel({ inputs: { a: ['float32', [1, 3, 'H', 'W']], b: ['float32', [1, 3, 'H', 'W']] }, outputs: { out: ['float32', null] }, nodes: [['Add', ['a', 'b'], ['out']]] })));
  await expect(photo('ok.png', { model: two })).rejects.toThrow(/takes 2 inputs \(a, b\)/);
});
