import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isArtifact, openPhoneArtifacts } from '../../../cli/work/phone-artifacts.ts';
import { compileToFolder, type HtpToolchain } from '../../../converters/htp/index.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture, repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const { soc } = resolveSoc('SM8650');
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');

describe.skipIf(!htpToolchain)(`variants for phones${htpMissing}`, () => {
  const phones = openPhoneArtifacts({ phone: { chain: 'compiler' }, size: 32, seed: 1, env: process.env, signal: new AbortController().signal });
  afterAll(async () => {
    await phones.close();
    await htpToolchain?.close();
  });

  test('a model of open size: one feed, and an artifact of its sizes for each unit', async () => {
    const variant = await phones.variant({ id: 'small', path: join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx') }, { soc, units: ['htp', 'cpu'] });
    expect(variant.feed.get('input')).toMatchObject({ dtype: 'float32', dims: [1, 3, 32, 32] });
    expect([...(variant.artifacts ?? [])].map(([unit, { form, inputs, chip }]) => [unit, form, inputs[0]?.dims, chip])).toEqual([['htp', 'context-binary', [1, 3, 32, 32], 'SM8650'], ['cpu', 'dlc', [1, 3, 32, 32], null]]);
    await expect(phones.variant({ id: 'x', path: plain }, { soc, units: ['ane'] })).rejects.toThrow('no unit "ane"');
  });

  test('what dyno compile wrote, as a folder or a file; not for another chip, not when changed, not without its model', async () => {
    const models = temporary('models');
    mkdirSync(models);
    const model = join(models, 'net.onnx');
    copyFileSync(plain, model);
    const folder = join(models, 'out');
    await compileToFolder(htpToolchain as HtpToolchain, { modelPath: model, soc }, folder);
    const ref = (path: string) => ({ id: 'net', path });
    const whole = await phones.variant(ref(folder), { soc, units: ['htp', 'gpu', 'cpu'] });
    expect([whole.modelPath, [...(whole.artifacts?.keys() ?? [])], whole.feed.get('input')?.dims]).toEqual([model, ['htp', 'gpu', 'cpu'], [1, 3, 32, 32]]);
    const binary = join(folder, readdirSync(folder).find((name) => name.endsWith('.bin')) as string);
    expect(isArtifact(binary)).toBe(true);
    const alone = await phones.variant(ref(binary), { soc, units: ['htp', 'gpu', 'cpu'] });
    expect(alone.artifacts?.get('htp')).toMatchObject({ path: binary, backends: ['htp'] });
    expect(alone.artifacts?.size).toBe(1);
    await expect(phones.variant(ref(binary), { soc, units: ['cpu'] })).rejects.toThrow('has nothing for cpu');
    await expect(phones.variant(ref(folder), { soc: resolveSoc('SM8550').soc, units: ['htp'] })).rejects.toThrow('compiled for SM8650, and the phone has SM8550');
    cpSync(folder, temporary('moved'), { recursive: true });
    await expect(phones.variant(ref(temporary('moved')), { soc, units: ['htp'] })).rejects.toThrow('is not at hand');
    rmSync(join(folder, readdirSync(folder).find((name) => name.endsWith('.dlc')) as string));
    await expect(phones.variant(ref(folder), { soc, units: ['htp'] })).rejects.toThrow('is not what dyno compile wrote');
    writeFileSync(temporary('stray.bin'), 'weights');
    await expect(phones.variant(ref(temporary('stray.bin')), { soc, units: ['htp'] })).rejects.toThrow('There is no artifact.json');
  });
});
