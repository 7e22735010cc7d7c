import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resolveConfig } from '../../../cli/config/resolve.ts';
import { qualityDatasets } from '../../../cli/work/quality-datasets.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

async function resolved(config: object, flags: Record<string, unknown> = {}, env: Record<string, string> = {}) {
  mkdirSync(temporary('project'), { recursive: true });
  writeFileSync(temporary('project/dyno.config.json'), JSON.stringify(config));
  return resolveConfig({ cwd: temporary(), env, flags: { config: temporary('project/dyno.config.json'), ...flags } });
}

test('folders and files of the config are found from it, those of flags from where one is', async () => {
  const quality = { metrics: ['psnr:y', 'onnx:nets/lpips.onnx:range=-1..1'], datasets: { plain: 'a', pairs: { hr: 'b/HR', lr: 'b/LR', tags: 'tags.json' } }, baselines: ['lanczos'] };
  const { config, origins } = await resolved({ quality });
  expect(config.quality.datasets).toEqual({ plain: { hr: temporary('project/a') }, pairs: { hr: temporary('project/b/HR'), lr: temporary('project/b/LR'), tags: temporary('project/tags.json') } });
  expect([config.quality.metrics, config.quality.baselines]).toEqual([['psnr:y', `onnx:${temporary('project/nets/lpips.onnx')}:range=-1..1`], ['lanczos']]);
  expect(origins.get('quality.datasets')).toBe(temporary('project/dyno.config.json'));
  const flagged = await resolved({ quality }, { metric: 'module:./m.mjs,ssim', baseline: 'nearest,mitchell' });
  expect([flagged.config.quality.metrics, flagged.config.quality.baselines]).toEqual([[`module:${temporary('m.mjs')}`, 'ssim'], ['nearest', 'mitchell']]);
});

test('pictures named outside of the config are scored in its sets’ place', async () => {
  const config = { images: 'x', quality: { datasets: { plain: 'a' } } };
  for (const [flags, env] of [[{ data: 'photos' }, {}], [{}, { DYNO_IMAGES: 'photos' }]] as const) {
    const { config: found } = await resolved(config, flags, env);
    expect(qualityDatasets(found).map(({ name, images }) => [name, images])).toEqual([['photos', temporary('photos')]]);
  }
  expect(qualityDatasets((await resolved(config)).config).map(({ name, images }) => [name, images])).toEqual([['plain', temporary('project/a')]]);
  expect(qualityDatasets((await resolved({ images: 'x' })).config).map(({ name }) => name)).toEqual(['x']);
});

test('a set’s own degradation goes before the common one, that of a flag before both; files of low resolution have none', async () => {
  const datasets = { own: { hr: 'a', degrade: 'noise:9' }, common: 'b', pairs: { hr: 'c', lr: 'd' } };
  const { config } = await resolved({ seed: 7, quality: { datasets, degrade: 'jpeg' } });
  expect(qualityDatasets(config).map(({ name, degradation }) => [name, degradation?.steps.at(-1), degradation?.seed])).toEqual([
    ['own', { kind: 'noise', sigma: 9 }, 7], ['common', { kind: 'jpeg', quality: 75 }, 7], ['pairs', undefined, undefined],
  ]);
  expect(qualityDatasets((await resolved({ quality: { datasets } }, { dataset: 'own', degrade: 'jpeg:50' })).config).map(({ name, degradation }) => [name, degradation?.steps.at(-1)])).toEqual([['own', { kind: 'jpeg', quality: 50 }]]);
});
