import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { commandsOf, fences, isShown, words } from './console.ts';

const page = readFileSync(join(repoRoot, 'docs/photo.md'), 'utf8');

describe('console blocks of docs/photo.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-photo-page-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(repoRoot, 'models/zoo/samples/house.png'), join(folder, 'house.png'));
  for (const name of ['ultramini-x2', 'quicksrnet-small-x2-dynamic']) copyFileSync(join(repoRoot, `models/zoo/weights/${name}.onnx`), join(folder, `${name}.onnx`));

  test.each(commandsOf(fences(page, 'console')))('$command', async ({ command, output }) => {
    const { code, stdout, stderr } = await runCli(words(command).slice(1), { cwd: folder });
    expect([code, stderr.includes('error')]).toEqual([0, false]);
    const lines = stdout.trimEnd().split('\n');
    if (!isShown(output, lines)) expect(lines).toEqual(output);
  });
});
