import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readBudget } from '../../../cli/work/quantize-budget.ts';
import { inputContract } from '../../../cli/work/contract.ts';
import { chosenRows, testSets } from '../../../cli/work/quantize-ablation.ts';
import { quantizePictures } from '../../../cli/work/quantize-pictures.ts';
import { openModel } from '../../../cli/work/open-model.ts';
import { repoRoot } from '../../support/paths.ts';

const path = join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2.onnx');
const samples = join(repoRoot, 'models/zoo/samples');

test('what judges is not what calibrates; pictures of raised contrast come from the calibration alone; the output is an image', async () => {
  const { model, close } = openModel(path);
  const contract = inputContract(model, {});
  const request = { images: samples, most: 8, size: 128 };
  const all = await quantizePictures(model, contract, request, false);
  const split = await quantizePictures(model, contract, request, true);
  expect([all.calibration.length, split.calibration.length, all.judged.length, split.judged.length]).toEqual([8, 6, 0, 1]);
  expect(split.judged[0]).toContain('still-life');
  const bytes = (feeds: typeof all.calibration): string[] => feeds.map((feed) => Buffer.from((feed.get(contract.name)?.data as Float32Array).buffer as ArrayBuffer).toString('base64').slice(0, 4000));
  expect(bytes(split.calibration)).toEqual(bytes(all.calibration).slice(0, 6));
  expect(split.extremes.length).toBe(3);
  expect(split.extremes.every((feed) => [...(feed.get(contract.name)?.data as Float32Array)].some((v) => v === 1))).toBe(true);
  expect(all.outputRange).toEqual([0, 1]);
  await expect(quantizePictures(model, contract, { ...request, images: join(samples, 'house.png') }, true)).rejects.toThrow('one picture only');
  close();
});

test('budgets, rows and test sets as they are typed', () => {
  expect(['0.05', '0.05 dB', ' 1dB '].map(readBudget)).toEqual([0.05, 0.05, 1]);
  for (const text of ['', 'dB', '-1', '0.1 dbm', '1e-3']) expect(() => readBudget(text)).toThrow('no budget');
  expect(chosenRows('w4').map(({ scheme }) => scheme)).toEqual(['w4a8', 'w4a16']);
  expect(() => chosenRows('w4,adaround')).toThrow('"adaround"');
  expect(() => testSets(undefined, { images: samples }, '/')).toThrow('needs pictures to judge');
  expect(() => testSets(samples, { images: samples }, '/')).toThrow('those that calibrate');
  expect(testSets('a, b', { images: samples }, '/x')).toEqual(['/x/a', '/x/b']);
});
