import { writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import type { QualityRecord } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../models/run/index.ts';
import { evaluateQuality, type QualityRequest, type QualityVariant } from '../../../reports/quality/evaluate.ts';
import { parseDegradation } from '../../../reports/quality/degradation/degradation.ts';
import { parseProtocol } from '../../../reports/quality/protocol.ts';
import type { GraphSpec } from '../../support/build-model.ts';
import { doubling, picture, rgbContract, writeModel, writePicture } from '../../support/quality.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const executor = createHostExecutor({ threads: 1 });
afterAll(() => executor.close());

const variant = (id: string, spec: GraphSpec): QualityVariant => ({ id, modelPath: writeModel(temporary(`${id}.onnx`), spec), contract: rgbContract, executor });
const protocols = (...names: string[]) => names.map(parseProtocol);
const evaluate = (request: Partial<QualityRequest> & Pick<QualityRequest, 'protocols'>) =>
  evaluateQuality({ variants: [variant('nearest2', doubling())], images: temporary('set'), cropSize: null, ...request });
const shown = (records: readonly QualityRecord[]): string[] => records.map((r) => `${r.variant} ${r.protocol}${r.tag === undefined ? '' : `#${r.tag}`}`);

test('a model that repeats pixels is the baseline that repeats pixels, under every protocol', async () => {
  await writePicture(temporary('set/a.png'), picture(26, 22));
  const { records } = await evaluate({ protocols: protocols('psnr:y', 'color', 'texture', 'psnr:rgb:pil'), interpolations: ['nearest', 'mitchell'] });
  for (const protocol of new Set(records.map((r) => r.protocol))) {
    const [nearest, mitchell, model] = records.filter((r) => r.protocol === protocol) as [QualityRecord, QualityRecord, QualityRecord];
    expect([nearest.variant, mitchell.variant, model.variant]).toEqual(['nearest', 'mitchell', 'nearest2']);
    expect(model.mean).toBeCloseTo(nearest.mean, 3);
    expect(mitchell.mean).not.toBeCloseTo(nearest.mean, 3);
  }
  expect(records.map(({ better }) => better)).toEqual([...Array(3).fill(undefined), ...Array(3).fill('lower'), ...Array(3).fill('one'), ...Array(3).fill(undefined)]);
});

test('tags have records of their own, of their pictures alone', async () => {
  for (const [name, seed] of [['night/a', 1], ['night/b', 2], ['day/c', 3]] as const) await writePicture(temporary(`set/${name}.png`), picture(24, 24, seed));
  const { records } = await evaluate({ protocols: protocols('psnr:y'), tags: { odd: ['night/a', '*c.png'] } });
  expect(shown(records)).toEqual(['bicubic psnr:y:crop:matlab', 'nearest2 psnr:y:crop:matlab', ...['day', 'night', 'odd'].flatMap((tag) => ['bicubic', 'nearest2'].map((v) => `${v} psnr:y:crop:matlab#${tag}`))]);
  const whole = records[1] as QualityRecord;
  const odd = records.at(-1) as QualityRecord;
  expect(odd.perImage).toEqual(whole.perImage.filter(({ image }) => image !== 'night/b.png'));
  expect(odd.mean).toBeCloseTo(odd.perImage.reduce((sum, { value }) => sum + value, 0) / 2, 12);
});

test('degraded pictures do not depend on which others are looked at, and the record says how they were made', async () => {
  for (const [name, seed] of [['a', 1], ['b', 2]] as const) await writePicture(temporary(`set/${name}.png`), picture(24, 24, seed));
  const degradation = { steps: parseDegradation('noise:8'), seed: 5 };
  const both = await evaluate({ protocols: protocols('psnr:y'), degradation, name: 'photos' });
  const one = await evaluate({ protocols: protocols('psnr:y'), degradation, images: temporary('set/b.png') });
  expect(one.records.map(({ perImage }) => perImage[0]?.value)).toEqual(both.records.map(({ perImage }) => perImage[1]?.value));
  expect(both.records.map(({ dataset, degradation: said, tools }) => [dataset, said, tools])).toEqual(Array(2).fill(['photos', 'bicubic,noise:8, seed 5', undefined]));
  const jpeg = await evaluate({ protocols: protocols('psnr:y'), degradation: { steps: parseDegradation('jpeg'), seed: 5 } });
  const plain = await evaluate({ protocols: protocols('psnr:y'), degradation: { steps: parseDegradation('bicubic'), seed: 5 } });
  expect([jpeg, plain].map(({ records }) => records[0]?.degradation)).toEqual(['bicubic,jpeg:75', undefined]);
  expect(Object.keys(jpeg.records[0]?.tools ?? {})).toEqual(['JPEG (sharp)']);
});

test('a metric of the user’s own stands beside built-in ones, with the hash of its file', async () => {
  await writePicture(temporary('set/a.png'), picture(24, 24));
  writeFileSync(temporary('width.mjs'), 'export default (out, ref, { variant }) => out.width + (variant === "bicubic" ? 0.5 : 0);');
  const { records } = await evaluate({ protocols: protocols('psnr:y', `module:${temporary('width.mjs')}:crop3:lower`) });
  expect(records.slice(2).map(({ variant: id, protocol, mean, better }) => [id, protocol, mean, better])).toEqual([
    ['bicubic', 'module:width.mjs:crop3:matlab:lower', 18.5, 'lower'], ['nearest2', 'module:width.mjs:crop3:matlab:lower', 18, 'lower'],
  ]);
  expect(records.map(({ tools }) => Object.keys(tools ?? {}).join())).toEqual(['', '', 'width.mjs', 'width.mjs']);
  await expect(evaluate({ protocols: protocols('psnr:y', 'psnr') })).rejects.toThrow('asked for twice');
});

describe('odd pictures', () => {
  test('smaller than the window of SSIM, than the border, than one step: named, with the reason', async () => {
    await writePicture(temporary('set/tiny.png'), picture(12, 10));
    await expect(evaluate({ protocols: protocols('ssim:y:crop2') })).rejects.toThrow('tiny.png: SSIM needs at least 11×11 pixels');
    await expect(evaluate({ protocols: protocols('psnr:y:crop5') })).rejects.toThrow('tiny.png: A border of 5 pixels leaves nothing of a 12×10 image');
    await expect(evaluate({ protocols: protocols('texture:crop4') })).rejects.toThrow('tiny.png: Texture needs');
    await writePicture(temporary('set/tiny.png'), picture(1, 9));
    await expect(evaluate({ protocols: protocols('psnr') })).rejects.toThrow('tiny.png (1×9) is smaller than one step of 2');
  });

  test('grey, with alpha, of 16 bits, of odd sides: scored, and said what was done', async () => {
    const gray = Uint8Array.from({ length: 23 * 17 }, (_, i) => (i * 7) % 251);
    await writePicture(temporary('set/odd.png'), picture(25, 19));
    await sharp(gray, { raw: { width: 23, height: 17, channels: 1 } }).toColourspace('b-w').png().toFile(temporary('set/gray.png'));
    await sharp(Uint8Array.from({ length: 20 * 20 * 4 }, (_, i) => (i * 5) % 256), { raw: { width: 20, height: 20, channels: 4 } }).png().toFile(temporary('set/alpha.png'));
    await sharp(Uint16Array.from({ length: 20 * 20 * 3 }, (_, i) => (i * 911) % 65536), { raw: { width: 20, height: 20, channels: 3 } }).toColourspace('rgb16').png().toFile(temporary('set/deep.png'));
    const { records } = await evaluate({ protocols: protocols('psnr:y', 'color', 'texture'), degradation: { steps: parseDegradation('chain'), seed: 1 } });
    expect(records.every(({ perImage }) => perImage.length === 4 && perImage.every(({ value }) => Number.isFinite(value)))).toBe(true);
    expect(records[0]?.note).toMatch(/alpha channel dropped.*16-bit levels scaled/);
  });

  test('equal ones have the values of equal ones, which JSON can hold', async () => {
    const flat = Uint8Array.from({ length: 20 * 20 * 3 }, () => 99);
    await writePicture(temporary('set/a.png'), picture(8, 8));
    await sharp(flat, { raw: { width: 20, height: 20, channels: 3 } }).png().toFile(temporary('set/a.png'));
    const { records } = await evaluate({ protocols: protocols('psnr:rgb', 'ssim:y', 'color', 'color:mean', 'texture') });
    expect(records.map(({ mean }) => Math.round(mean * 1e6) / 1e6)).toEqual([100, 100, 1, 1, 0, 0, 0, 0, 1, 1]);
  });

  test('outputs that are NaN count as black, which is said', async () => {
    await writePicture(temporary('set/a.png'), picture(16, 16));
    const nan: GraphSpec = { ...doubling(), initializers: { ...doubling().initializers, gain: Tensor.of('float32', [], [Number.NaN]) } };
    const { records } = await evaluate({ variants: [variant('broken', nan)], protocols: protocols('psnr:rgb:float', 'ssim:y') });
    expect(records.every(({ mean }) => Number.isFinite(mean))).toBe(true);
    expect(records[1]?.note).toContain('768 values of the output for a.png are not finite: NaN counts as level 0');
  });
});
