import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, test } from 'vitest';
import type { QualityRecord } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { writeNpy } from '../../../models/run/index.ts';
import type { ReportQualityChange } from '../../../reports/model/report.ts';
import { runMain } from '../../support/main.ts';
import { fixture } from '../../support/paths.ts';
import { doubling, picture, writeModel, writePicture } from '../../support/quality.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const dyno = (...args: string[]) => runMain(args, temporary());

interface Printed {
  readonly records: readonly QualityRecord[];
  readonly changes: readonly ReportQualityChange[];
  readonly reference: string;
  readonly crops?: readonly { readonly of: string; readonly against: string; readonly image: string; readonly files: readonly { readonly picture: string; readonly difference: string | null }[] }[];
}

async function json(...args: string[]): Promise<Printed> {
  const { code, stdout, stderr } = await dyno(...args, '--json');
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Printed;
}

beforeEach(async () => {
  writeModel(temporary('good.onnx'), doubling());
  writeModel(temporary('dark.onnx'), doubling(0.5));
  await writePicture(temporary('photos/a.png'), picture(28, 24, 1));
  await writePicture(temporary('photos/b.png'), picture(28, 24, 2));
});

describe('pictures', () => {
  test('losses are paired with their interval, in JSON, in the table, and the values of pictures as CSV', async () => {
    const { reference, changes, records } = await json('quality', 'good.onnx', 'dark.onnx', '-d', 'photos', '-m', 'psnr:y,color', '--output', 'csv=scores.csv');
    expect(reference).toBe('good');
    const loss = changes.find(({ candidate, protocol }) => candidate === 'dark' && protocol === 'psnr:y:crop:matlab') as ReportQualityChange;
    const mean = (variant: string): number => records.find((r) => r.variant === variant && r.unit === 'dB')?.mean as number;
    expect(loss.drop.center).toBeCloseTo(mean('good') - mean('dark'), 9);
    expect([loss.drop.n, (loss.drop.low as number) <= loss.drop.center, (loss.drop.high as number) >= loss.drop.center]).toEqual([2, true, true]);
    const [title, ...rows] = readFileSync(temporary('scores.csv'), 'utf8').trim().split('\r\n');
    expect(title).toContain('variant,device,unit,metric,dataset,image');
    expect(rows).toHaveLength(3 * 2 * 2);
    const { stdout } = await dyno('quality', 'good.onnx', 'dark.onnx', '-d', 'photos', '-m', 'psnr:y', '--reference', 'dark.onnx', '--per-image', '--baseline', 'nearest');
    expect(stdout).toMatch(/against dark.*change/);
    expect(stdout).toMatch(/ {2}good +psnr:y:crop:matlab +\+\d/);
    expect(stdout).toMatch(/ {2}b\.png +\d+\.\d\d dB/);
    expect(stdout).not.toMatch(/bicubic/);
  });

  test('the windows where models differ most are written, with their list', async () => {
    const { crops = [] } = await json('quality', 'good.onnx', 'dark.onnx', '-d', 'photos', '-m', 'psnr:y', '--crops', 'worst', '--crop-size', '16', '--crop-count', '2');
    expect(crops.map(({ of, against }) => `${of} ${against}`)).toEqual(['good original image', 'good original image', 'dark original image', 'dark original image', 'dark good', 'dark good']);
    const names = crops.flatMap(({ files }) => files.flatMap((file) => [file.picture, ...(file.difference ? [file.difference] : [])]));
    expect(new Set(names).size).toBe(names.length);
    expect(readdirSync(temporary('worst')).sort()).toEqual([...names, 'crops.json'].sort());
    const { width, height } = await sharp(temporary('worst', names[0] as string)).metadata();
    expect([width, height]).toEqual([16, 16]);
    expect(JSON.parse(readFileSync(temporary('worst/crops.json'), 'utf8'))).toEqual(crops);
  });

  test('windows are held against the reference that was named; against none where it is not scored', async () => {
    const pairs = async (...args: string[]): Promise<string[]> => ((await json('quality', '-d', 'photos', '-m', 'psnr:y', '--crops', 'w', '--crop-count', '1', ...args)).crops ?? []).map(({ of, against }) => `${of} ${against}`);
    expect(await pairs('good.onnx', 'dark.onnx', '--reference', 'dark')).toEqual(['good original image', 'good dark', 'dark original image']);
    expect(await pairs('good.onnx', '--reference', 'dark.onnx')).toEqual(['good original image']);
  });

  test.each<[string[], string]>([
    [['-m', 'psnr:z'], '"z" is not known'], [['-m', 'lpips'], '"lpips" is not known'], [['--degrade', 'blur'], '"blur" is not known'], [['--baseline', 'spline'], '"spline" is no baseline'],
    [['--dataset', 'kodak'], 'There is no data set "kodak"'], [['--crops', 'x', '--crop-size', '2'], '--crop-size is "2"'], [['-m', 'module:none.mjs'], 'Cannot read the metric'],
    [['-m', 'onnx:none.onnx'], 'There is no network'], [['--reference', 'none.onnx'], 'no file none.onnx'], [['-m', 'sqnr'], 'compares with a reference model'], [['-d', 'empty'], 'holds no images'],
  ])('%j is refused before anything is measured: %s', async (args, message) => {
    mkdirSync(temporary('empty'), { recursive: true });
    const { code, stderr } = await dyno('quality', 'good.onnx', ...(args.includes('-d') ? [] : ['-d', 'photos']), ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(temporary('x'))).toBe(false);
  });
});

describe('data sets of the config', () => {
  const config = (quality: object, more: object = {}): void => {
    mkdirSync(temporary('project'), { recursive: true });
    writeFileSync(temporary('project/dyno.config.json'), JSON.stringify({ ...more, quality }));
  };
  const named = (...args: string[]): Promise<Printed> => json('quality', 'good.onnx', '-c', 'project/dyno.config.json', ...args);

  test('are found from the config, as are files of metrics; each has its degradation and tags', async () => {
    config({ metrics: ['psnr:y', 'module:../green.mjs'], datasets: { clean: { hr: '../photos', tags: { first: ['a'] } }, noisy: { hr: '../photos', degrade: 'noise:20' } } }, { images: '../nowhere' });
    writeFileSync(temporary('green.mjs'), 'export default (out) => out.height;');
    const { records } = await named();
    const good = records.filter(({ variant }) => variant === 'good');
    expect(good.map(({ protocol, dataset, tag, degradation }) => [protocol, dataset, tag, degradation])).toEqual([
      ['psnr:y:crop:matlab', 'clean', undefined, undefined], ['module:green.mjs:crop:matlab', 'clean', undefined, undefined], ['psnr:y:crop:matlab', 'clean', 'first', undefined], ['module:green.mjs:crop:matlab', 'clean', 'first', undefined],
      ['psnr:y:crop:matlab', 'noisy', undefined, 'bicubic,noise:20, seed 1'], ['module:green.mjs:crop:matlab', 'noisy', undefined, 'bicubic,noise:20, seed 1'],
    ]);
    expect(good[4]?.mean).toBeLessThan(good[0]?.mean as number);
    expect(new Set((await named('--dataset', 'noisy', '-m', 'psnr:y')).records.map(({ dataset }) => dataset))).toEqual(new Set(['noisy']));
    expect(new Set((await named('--data', 'photos', '-m', 'psnr:y')).records.map(({ dataset }) => dataset))).toEqual(new Set(['photos']));
  });

  test.each<[object, string]>([
    [{ datasets: { 'a@b': { hr: 'x' } } }, 'quality.datasets["a@b"]: Invalid key'], [{ datasets: { a: { hr: 'x', lr: 'y', degrade: 'jpeg' } } }, 'say lr or degrade'], [{ datasets: { a: { lr: 'y' } } }, 'datasets.a'],
    [{ datasets: { a: { hr: '../photos', tags: { none: ['z*'] } } } }, 'No picture of photos fits "z*"'], [{ degrade: 'jpeg:0' }, '1 to 100'],
  ])('%j is refused: %s', async (quality, message) => {
    config(quality, { images: '../photos' });
    const { code, stderr } = await dyno('quality', 'good.onnx', '-c', 'project/dyno.config.json', '-m', 'psnr:y');
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('models of any kind', () => {
  const scores = (name: string, bias: number[]): void => {
    writeModel(temporary(name), {
      inputs: { x: ['float32', [1, 6]], mask: ['int64', [1, 3]] }, outputs: { scores: ['float32', null], sum: ['float32', null] },
      initializers: { bias: Tensor.of('float32', [6], bias), axes: Tensor.of('int64', [1], [1n]) },
      nodes: [['Add', ['x', 'bias'], ['scores']], ['Cast', ['mask'], ['m'], { to: 1 }], ['ReduceSum', ['m', 'axes'], ['sum']]],
    });
  };

  test('.npz files by input name, an output by its name, labels from a file', async () => {
    scores('a.onnx', [0, 0, 0, 0, 0, 0]);
    scores('b.onnx', [2, 0, 0, 0, 0, 0]);
    mkdirSync(temporary('inputs'));
    copyFileSync(fixture('quality/stored.npz'), temporary('inputs/one.npz'));
    copyFileSync(fixture('quality/deflated.npz'), temporary('inputs/two.npz'));
    writeFileSync(temporary('inputs/labels.csv'), 'one.npz,5\ntwo.npz,0\n');
    const { records } = await json('quality', 'a.onnx', 'b.onnx', '-d', 'inputs', '-m', 'max,max:output=sum,agree:top1,agree:top2,accuracy:top1');
    expect(records.map(({ variant, protocol, mean, against }) => [variant, protocol, mean, against])).toEqual([
      ['b', 'max', 2, 'a'], ['b', 'max:output=sum', 0, 'a'], ['b', 'agree:top1', 0, 'a'], ['b', 'agree:top2', 0, 'a'], ['a', 'accuracy:top1', 0.5, undefined], ['b', 'accuracy:top1', 0.5, undefined],
    ]);
    expect(records.at(-1)?.perImage).toEqual([{ image: 'one.npz', value: 0 }, { image: 'two.npz', value: 1 }]);
  });

  test('pictures in folders by class: resized as a whole to the input of a classifier', async () => {
    const mean = (name: string, gain: number): string => writeModel(temporary(name), {
      inputs: { image: ['float32', [1, 3, 8, 8]] }, outputs: { scores: ['float32', null] },
      initializers: { gain: Tensor.of('float32', [], [gain]), shape: Tensor.of('int64', [2], [1n, 3n]) }, nodes: [['GlobalAveragePool', ['image'], ['p']], ['Mul', ['p', 'gain'], ['q']], ['Reshape', ['q', 'shape'], ['scores']]],
    });
    mean('float.onnx', 1);
    mean('inverse.onnx', -1);
    for (const [channel, name] of ['red', 'green', 'blue'].entries()) {
      mkdirSync(temporary('classes', name), { recursive: true });
      const data = Uint8Array.from({ length: 20 * 30 * 3 }, (_, i) => (i % 3 === channel ? 200 : 40));
      await sharp(data, { raw: { width: 20, height: 30, channels: 3 } }).png().toFile(temporary('classes', name, 'x.png'));
    }
    writeFileSync(temporary('classes/classes.txt'), 'red\ngreen\nblue\n');
    const { records } = await json('quality', 'inverse.onnx', '-d', 'classes', '-m', 'accuracy:top1,agree:top1,cosine', '--reference', 'float.onnx');
    expect(records.map(({ variant, protocol, mean: value }) => [variant, protocol, Math.round(value * 1e6) / 1e6])).toEqual([
      ['float', 'accuracy:top1', 1], ['inverse', 'accuracy:top1', 0], ['inverse', 'agree:top1', 0], ['inverse', 'cosine', -1],
    ]);
  });

  test('what does not fit is named', async () => {
    scores('a.onnx', [0, 0, 0, 0, 0, 0]);
    scores('b.onnx', [1, 0, 0, 0, 0, 0]);
    const refused = async (message: string, ...args: string[]): Promise<void> => {
      const { code, stderr } = await dyno('quality', 'a.onnx', 'b.onnx', ...args);
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    };
    await refused('Pictures cannot be fed to "x", "mask"', '-d', 'photos', '-m', 'sqnr');
    mkdirSync(temporary('npy'));
    writeNpy(temporary('npy/x.npy'), { dtype: 'float32', dims: [1, 6], data: new Float32Array(6) });
    await refused('which of the 2 inputs', '-d', 'npy', '-m', 'sqnr');
    mkdirSync(temporary('npz'));
    copyFileSync(fixture('quality/stored.npz'), temporary('npz/x.npz'));
    await refused('no output "logits"', '-d', 'npz', '-m', 'sqnr:output=logits');
    await refused('accuracy needs labels, and x.npz has none', '-d', 'npz', '-m', 'accuracy');
  });
});

test('metrics are listed and explained, misspelt ones not', async () => {
  const { stdout } = await dyno('quality', '--list-metrics');
  for (const grammar of ['psnr[:y|rgb]', 'onnx:FILE[:range=LOW..HIGH]', 'agree[:topK][:output=NAME]', 'quicksrnet']) expect(stdout).toContain(grammar);
  expect(JSON.parse((await dyno('explain', 'sqnr:output=a', '--json')).stdout)).toMatchObject({ kind: 'metric', id: 'sqnr:output=a', unit: 'dB', better: 'higher' });
  expect(await dyno('explain', 'psnr:q')).toMatchObject({ code: 2, stderr: expect.stringContaining('"q" is not known') });
  expect(existsSync(join(temporary(), '.dyno'))).toBe(false);
});
