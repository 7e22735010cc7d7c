import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Report } from '../../reports/model/report.ts';
import { runMain } from '../support/main.ts';
import { repoRoot } from '../support/paths.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const temporary = temporaryFolder();

async function project(quality: object): Promise<void> {
  mkdirSync(temporary('photos'), { recursive: true });
  copyFileSync(join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx'), temporary('ultra.onnx'));
  for (const name of ['foliage', 'house', 'page', 'still-life']) {
    await sharp(join(repoRoot, 'models/zoo/samples', `${name}.png`)).extract({ left: 40, top: 40, width: 96, height: 80 }).toFile(temporary('photos', `${name}.png`));
  }
  configure(quality);
}

function configure(quality: object): void {
  writeFileSync(temporary('dyno.config.json'), JSON.stringify({
    models: { ultra: 'ultra.onnx' }, targets: ['htp:SM8550'], images: 'photos', bench: { on: ['host'], units: ['cpu:1'], rounds: [1, 1], wait: 0 }, quantize: { images: 4 }, convert: { coreml: false },
    quality: { metrics: ['psnr:y:crop2:matlab', 'color', 'sqnr'], on: ['host'], baselines: ['bicubic', 'lanczos'], ...quality },
    gate: {
      gates: [
        { variant: '*-w8a8-*', quality: { metric: 'psnr:y:*@photos#built', maxDrop: '1 dB', vs: 'original-fp32' } },
        { variant: '*-w8a8-*', quality: { metric: 'psnr:y:*', dataset: 'noisy', maxDrop: '0 dB', vs: 'original-fp32' } },
        { variant: '*-w8a8-*', quality: { metric: 'sqnr', min: '20 dB' } },
      ],
    },
  }));
}

const env = { DYNO_CACHE: join(process.env['TMPDIR'] ?? '/tmp', 'dyno-no-cache') };

function lastReport(): Report {
  const [run] = readdirSync(temporary('.dyno/runs')).sort().slice(-1);
  return JSON.parse(readFileSync(temporary('.dyno/runs', run as string, 'report.json'), 'utf8')) as Report;
}

test('a run over named data sets: records, gates that name them, the worst windows; a baseline of another degradation is not compared', async () => {
  await project({ datasets: { photos: { hr: 'photos', tags: { built: ['house', 'page'] } }, noisy: { hr: 'photos', degrade: 'noise:8' } } });
  const first = await runMain(['run', '--format', 'plain'], temporary(), env);
  expect(first.code).toBe(1);
  const report = lastReport();
  const sets = [...new Set(report.quality.map(({ dataset, tag, degradation }) => [dataset, tag, degradation].filter(Boolean).join(' ')))];
  expect(sets).toEqual(['photos', 'photos built', 'noisy bicubic,noise:8, seed 1']);
  expect(report.gates.map(({ status, title }) => `${status} ${title.split(' of ')[0]}`)).toEqual([
    'ok psnr:y:crop2:matlab@photos#built', 'failed psnr:y:crop2:matlab@noisy', 'ok sqnr@photos', 'ok sqnr@noisy',
  ]);
  expect([...new Set(report.quality.map(({ variant }) => variant))]).toEqual(['bicubic', 'lanczos', 'original-fp32', 'htp-sm8550-fp32', 'htp-sm8550-w8a8-minmax']);
  expect(report.quality.filter(({ against }) => against !== undefined).map(({ protocol, variant, against }) => `${protocol} ${variant} ${against}`)).toEqual(
    expect.arrayContaining(['sqnr htp-sm8550-fp32 original-fp32', 'sqnr htp-sm8550-w8a8-minmax original-fp32']));
  const windows = report.crops.filter(({ of }) => of !== undefined);
  expect(windows.map(({ of, against }) => `${of} ${against}`)).toContain('htp-sm8550-w8a8-minmax original-fp32');
  const [run] = readdirSync(temporary('.dyno/runs'));
  expect(windows.every(({ views }) => views.every(({ picture }) => existsSync(temporary('.dyno/runs', run as string, picture.path))))).toBe(true);
  expect(report.qualityChanges.some(({ tag, drop }) => tag === 'built' && drop.n === 2 && drop.low !== null)).toBe(true);

  expect((await runMain(['gate', '--base', 'baseline.json', '--update'], temporary(), env)).code).toBe(0);
  configure({ datasets: { photos: { hr: 'photos', degrade: 'noise:2' } } });
  const second = await runMain(['run', '--format', 'plain', '--base', 'baseline.json'], temporary(), env);
  expect(second.code).toBe(2);
  expect(lastReport().gates.filter(({ message }) => message.includes('degradation was not stated, is bicubic,noise:2, seed 1')).length).toBeGreaterThan(0);
}, 1_200_000);
