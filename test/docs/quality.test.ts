import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configSchema } from '../../cli/config/schema.ts';
import type { Io } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';
import { limitsOf } from '../../reports/gate/limits.ts';
import { repoRoot } from '../support/paths.ts';
import { commandsOf, fences, isShown, words } from './console.ts';

const page = readFileSync(join(repoRoot, 'docs/quality.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'dyno-quality-page-'));

beforeAll(async () => {
  for (const name of ['ultramini-x2', 'quicksrnet-small-x2']) copyFileSync(join(repoRoot, `models/zoo/weights/${name}-dynamic.onnx`), join(folder, `${name}.onnx`));
  mkdirSync(join(folder, 'photos'));
  for (const name of ['foliage', 'house', 'page', 'still-life']) {
    await sharp(join(repoRoot, 'models/zoo/samples', `${name}.png`)).extract({ left: 40, top: 40, width: 96, height: 80 }).toFile(join(folder, 'photos', `${name}.png`));
  }
  writeFileSync(join(folder, 'green.mjs'), (fences(page, 'js')[0] as string));
  writeFileSync(join(folder, 'sets.json'), fences(page, 'json')[0] as string);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('console blocks of docs/quality.md', () => {
  test.each(commandsOf(fences(page, 'console')))('$command', async ({ command, output }) => {
    const [, ...args] = words(command);
    const stdout = new PassThrough();
    const host = { stdout, stderr: new PassThrough().resume(), stdin: new PassThrough(), env: {}, cwd: () => folder } as unknown as Io & { exitCode?: number };
    await main(args, host);
    expect(host.exitCode).toBe(0);
    const lines = String(stdout.read()).trimEnd().split('\n');
    if (!isShown(output, lines)) expect(lines).toEqual(output);
  });
});

test('configs of docs/quality.md fit the schema, and their gates can be read', () => {
  const configs = fences(page, 'json').map((text) => configSchema.safeParse(JSON.parse(text)));
  expect(configs.map(({ error }) => error?.message)).toEqual([undefined, undefined]);
  expect(limitsOf(configs[1]?.data?.gate ?? { gates: [] }).map(({ kind, meant }) => `${kind} ${meant}`)).toEqual([
    'maxDrop variant *-w8a8-*, protocol psnr:y:*, dataset photos, tag built', 'max variant *-w8a8-*, protocol color:*, dataset photos, tag *', 'maxDrop variant *-w8a8-*, protocol color:*, dataset photos, tag *',
    'min variant *-w8a8-*, protocol sqnr',
  ]);
});
