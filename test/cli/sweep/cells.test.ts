import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { SweepFile } from '../../../cli/sweep/sweep-file.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { repoRoot } from '../../support/paths.ts';
import { cell, smallPictures, sweep } from './sweep.ts';

const folder = temporaryFolder();

const WEIGHTS = join(repoRoot, 'models/zoo/weights');

test('figures, scores and reasons are those of the models, each with its evidence', async () => {
  const file: SweepFile = {
    name: 'cells',
    models: {
      trained: { zoo: 'quicksrnet-small', trained: true }, random: { zoo: 'quicksrnet-small' }, file: join(WEIGHTS, 'quicksrnet-small-x2-dynamic.onnx'),
      fixed: join(WEIGHTS, 'quicksrnet-small-x2.onnx'), gone: join(WEIGHTS, 'nobody.onnx'),
    },
    axes: { resolution: ['24x32'], precision: ['fp32', 'fp16-storage'] },
    include: [{ model: 'random', scale: 7 }], exclude: [{ model: ['file', 'fixed', 'gone'], precision: 'fp16-storage' }],
    columns: ['parameters', 'macs', 'size', 'deflated', 'moved', 'quality/samples', 'quality/BSD100', 'drop/samples', 'gain/samples', 'agreement'],
    bench: false,
    quality: { datasets: { samples: await smallPictures(folder('pictures')), BSD100: folder('nowhere') } },
    pareto: [['size', 'quality/samples']],
  };
  const { report, outcomes } = await sweep(file, folder('s'));
  const at = (model: string, precision: string, column: string) => cell(report, { model, precision, scale: 2 }, column);

  // Published: 22.9 k parameters; every one is used once for each of the 24·32 input pixels, but for biases (32 a layer of 4, and 12).
  expect(at('trained', 'fp32', 'parameters')).toEqual({ value: 22_860, evidence: 'computed', note: null, missing: null });
  expect(at('trained', 'fp16-storage', 'parameters').value).toBe(22_860);
  const weights = 27 * 32 + 2 * 288 * 32 + 288 * 12;
  expect(at('trained', 'fp32', 'macs').value).toBe(weights * 24 * 32);
  expect(at('trained', 'fp32', 'moved')).toMatchObject({ value: 4 * (3 * 24 * 32 + 3 * 48 * 64 + 22_860) + extras(at('trained', 'fp32', 'moved').value as number), evidence: 'computed' });

  const sized = report.variants.find(({ id }) => id === 'trained x2 24x32 fp32');
  const bytes = readFileSync(join(folder('s'), 'artifacts', `trained-24x32-${sized?.sha256?.slice(0, 12)}.onnx`));
  expect(at('trained', 'fp32', 'size').value).toBe(bytes.length);
  expect(at('trained', 'fp32', 'deflated').value).toBe(deflateRawSync(bytes).length);

  // The same weights out of the zoo and out of the file give the same pictures.
  expect(at('trained', 'fp32', 'quality/samples/psnr:y/host').value).toBeCloseTo(at('file', 'fp32', 'quality/samples/psnr:y/host').value as number, 6);
  const drop = at('trained', 'fp16-storage', 'drop/samples/psnr:y/host');
  const [before, after] = ['fp32', 'fp16-storage'].map((precision) => at('trained', precision, 'quality/samples/psnr:y/host').value as number) as [number, number];
  expect(drop.value).toBeCloseTo(before - after, 9);
  expect(drop.low).toBeLessThanOrEqual(drop.value as number);
  expect(drop.high).toBeGreaterThanOrEqual(drop.value as number);
  expect(at('trained', 'fp32', 'drop/samples/psnr:y/host')).toMatchObject({ value: null, missing: 'baseline' });

  // Nobody trained it: no score in any column, but how far storage in 16 bits moves its output can be told.
  for (const column of report.columns.filter(({ id }) => /^(quality|drop|gain)/.test(id))) {
    expect(at('random', 'fp16-storage', column.id)).toEqual({ value: null, evidence: null, note: null, missing: 'untrained' });
  }
  expect(at('random', 'fp16-storage', 'agreement')).toMatchObject({ evidence: 'computed' });
  expect(at('random', 'fp16-storage', 'agreement').value).toBeGreaterThan(40);
  expect([...outcomes.keys()].filter((id) => id.startsWith('score:') && id.includes('random'))).toEqual([]);

  expect(at('trained', 'fp32', 'quality/BSD100/psnr:y/host')).toMatchObject({ value: null, missing: 'BSD100 is not here' });
  expect(at('fixed', 'fp32', 'macs').missing).toContain('The file fixes its input at');
  expect(cell(report, { model: 'gone', precision: 'fp32' }, 'macs').missing).toContain('nobody.onnx is not here');
  expect(cell(report, { model: 'random', scale: 7, precision: 'fp32' }, 'macs').missing).toContain('not defined for ×7');

  const [front] = report.pareto[0]?.panels ?? [];
  expect(front?.points.map(({ label }) => label).sort()).toEqual(['file fp32', 'trained fp16-storage', 'trained fp32']);
  expect(front?.without).toContainEqual({ variant: 'random x2 24x32 fp32', label: 'random fp32', why: 'untrained' });
});

/** Bounds of Clip nodes, four bytes each, which are constants and no parameters. */
function extras(moved: number): number {
  const rest = moved - 4 * (3 * 24 * 32 + 3 * 48 * 64 + 22_860);
  expect(rest).toBeGreaterThanOrEqual(0);
  expect(rest).toBeLessThan(64);
  return rest;
}
