import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { fixture, repoRoot } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const MINUTES = 180_000;
const model = fixture('exports/plain_clip_x2_op17.onnx');

/** Cuts of the pictures that come with dyno, from `left`; a config beside them. */
async function folder(name: string, left: number, pictures = ['foliage', 'house', 'page']): Promise<string> {
  const path = temporary(name);
  mkdirSync(path);
  for (const picture of pictures) {
    await sharp(join(repoRoot, 'models/zoo/samples', `${picture}.png`)).extract({ left, top: 40, width: 72, height: 72 }).png().toFile(join(path, `${picture}.png`));
  }
  writeFileSync(join(path, 'dyno.config.json'), JSON.stringify({ quantize: { images: 6 } }));
  return path;
}

const quantize = (data: string, ...args: string[]): ReturnType<typeof runCli> => runCli(['quantize', model, '--data', data, '--config', join(data, 'dyno.config.json'), ...args]);

describe('dyno quantize', () => {
  test('--method auto, --sensitivity and --budget: what was tried, what each layer costs, and what was widened, as JSON; twice the same file', async () => {
    const data = await folder('data', 20);
    const outs = [temporary('a.onnx'), temporary('b.onnx')];
    const [first, second] = await Promise.all([
      quantize(data, '--method', 'auto', '--sensitivity', '--budget', '0 dB', '-o', outs[0] as string, '--json'), quantize(data, '--method', 'auto', '--sensitivity', '--budget', '0 dB', '-o', outs[1] as string, '--json'),
    ]);
    expect([first.code, second.code].every((code) => code === 0 || code === 1)).toBe(true);
    const told = JSON.parse(first.stdout);
    expect(told.judged.map((file: string) => file.endsWith('page.png'))).toEqual([true]);
    expect(told.choice.trials.length).toBe(6);
    const best = Math.max(...told.choice.trials.map(({ score }: { score: number | null }) => score ?? 0));
    expect(best - told.choice.score).toBeLessThan(0.06);
    expect(told.choice.reasons.length).toBe(3);
    expect(told.sensitivity.layers.map(({ layer }: { layer: { opType: string } }) => layer.opType)).toEqual(['Conv', 'Conv', 'Conv', 'Conv']);
    expect(told.mixed.holds).toBe(told.mixed.after <= 0);
    expect(first.code).toBe(told.mixed.holds ? 0 : 1);
    expect(readFileSync(outs[0] as string).equals(readFileSync(outs[1] as string))).toBe(true);
  }, MINUTES);

  test('--ablation: rows by name, on other pictures, and nothing is written beside the model', async () => {
    const [data, other] = [await folder('data', 20), await folder('other', 120, ['still-life'])];
    const { code, stdout } = await quantize(data, '--ablation', '--test', other, '--rows', 'nearest, per channel,w8, weights', '--markdown', join(data, 'table.md'), '--json');
    expect(code).toBe(0);
    const [table] = JSON.parse(stdout).tables;
    const loss = Object.fromEntries(table.lines.map(({ name, cells }: { name: string; cells: { loss: number }[] }) => [name, cells[0]?.loss]));
    expect(loss['float']).toBe(0);
    expect(Math.abs(loss['w8, weights alone'])).toBeLessThan(Math.abs(loss['nearest, per tensor']));
    expect(readFileSync(join(data, 'table.md'), 'utf8')).toContain('| nearest, per channel | w8a8 |');
    expect(existsSync(model.replace('.onnx', '.w8a8.onnx'))).toBe(false);
  }, MINUTES);

  test.each<[string, string[], string]>([
    ['a budget that is none', ['--budget', 'little'], 'no budget'],
    ['a budget for other widths', ['--budget', '1', '--scheme', 'w8a16'], 'widens activations of 8 bits'],
    ['an ablation without pictures to judge', ['--ablation'], '--test DIR'],
    ['an unknown row', ['--ablation', '--test', 'elsewhere', '--rows', 'adaround'], '"adaround"'],
    ['a method that is none', ['--method', 'entropy'], 'minmax'],
  ])('%s: exit 2', async (_, args, said) => {
    const { code, stderr } = await quantize(await folder('data', 20, ['house']), ...args);
    expect([code, stderr.includes(said)]).toEqual([2, true]);
  });

  test('judging by the picture that calibrates is refused', async () => {
    const { code, stderr } = await quantize(await folder('data', 20, ['house']), '--method', 'auto');
    expect([code, stderr.includes('one picture only')]).toEqual([2, true]);
  });
});
