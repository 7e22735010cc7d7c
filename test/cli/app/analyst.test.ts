import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Analyst } from '../../../cli/app/services/analyst.ts';
import { startingChoices } from '../../../cli/app/state/choices.ts';
import type { CheckedModel, FoundModel } from '../../../cli/app/state/found.ts';
import { DEFAULTS } from '../../../cli/config/defaults.ts';
import { checkFor } from '../../../cli/work/check-model.ts';
import { openModel } from '../../../cli/work/open-model.ts';
import { fixture, repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const folder = temporaryFolder();
const analyst = new Analyst(DEFAULTS);
afterAll(() => analyst.close());

const never = new AbortController().signal;
const found = (path: string, kind: FoundModel['kind'] = 'onnx', id = path): FoundModel => ({ id, path, kind, origin: 'here', bytes: null, modified: null, note: null });
const ultramini = found(join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx'));
const choices = { ...startingChoices(DEFAULTS), targets: ['ane:A15', 'host'] };

test('in a process of its own the same is found as here; what cannot be read does not keep the others from it', async () => {
  writeFileSync(folder('cut.onnx'), readFileSync(fixture('exports/sesr_m3_op17.onnx')).subarray(0, 1500));
  const told: CheckedModel[][] = [];
  const checked = await analyst.check([found(folder('cut.onnx')), ultramini, found(fixture('coreml-packages/plain.mlpackage'), 'package')], { ...choices, targets: ['ane:A15'] }, (value) => void told.push([...value]), never);
  const { model, close } = openModel(ultramini.path);
  expect(checked[1]?.outcome?.causes).toEqual(checkFor(model, 'ane:A15', 'fp16').causes);
  close();
  expect(checked[1]?.outcome?.causes.length).toBeGreaterThan(0);
  expect(checked[0]).toMatchObject({ outcome: null, problem: { message: expect.stringContaining('cut.onnx') } });
  expect(checked[2]?.outcome?.target).toBe('ane:A15');
  expect(told.map((value) => value.filter(({ outcome, problem }) => outcome || problem).length)).toEqual([0, 1, 2, 3]);
});

test('a preview says what would fire and leaves out what is to be left out', async () => {
  const fired = async (skip: readonly string[]): Promise<string[]> => {
    const [first] = await analyst.preview([ultramini], { ...choices, targets: ['ane:A15'], skip }, () => undefined, never);
    return [...new Set((first?.log?.records ?? []).filter(({ outcome }) => outcome === 'fired').map(({ rewrite }) => rewrite))];
  };
  expect(await fired([])).toContain('rank/chain');
  expect(await fired(['rank/chain'])).not.toContain('rank/chain');
});

test('a network of the zoo is written when it is needed, and once', async () => {
  mkdirSync(folder('zoo'));
  const network = found(folder('zoo', 'quicksrnet-small-x2.onnx'), 'network', 'zoo:quicksrnet-small-x2');
  const [checked] = await analyst.check([network], { ...choices, targets: ['host'] }, () => undefined, never);
  expect(checked?.problem).toBeNull();
  expect(existsSync(network.path)).toBe(true);
  const bytes = readFileSync(network.path);
  await analyst.provide(network, never);
  expect(readFileSync(network.path).equals(bytes)).toBe(true);
});

test('what is given up ends at once, and the next question is answered', async () => {
  const controller = new AbortController();
  const given = analyst.check([ultramini], choices, () => controller.abort(new Error('left')), controller.signal);
  await expect(given).rejects.toThrow('left');
  expect((await analyst.check([ultramini], { ...choices, targets: ['host'] }, () => undefined, never))[0]?.outcome).not.toBeNull();
});

test('a run that is not there is said in words', async () => {
  await expect(analyst.text({ kind: 'text', runs: ['nowhere'], folder: folder('runs'), cwd: folder(), columns: 80, color: false })).rejects.toThrow('There is no run nowhere.');
});
