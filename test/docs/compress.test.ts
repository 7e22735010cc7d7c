import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { commandsOf, fences, isShown, words } from './console.ts';

const page = readFileSync(join(repoRoot, 'docs/compress.md'), 'utf8');

describe('console blocks of docs/compress.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-compress-page-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(commandsOf(fences(page, 'console')))('$command', async ({ command, output }) => {
    const { stdout, stderr } = await runCli(words(command).slice(1), { cwd: folder });
    const lines = (stdout === '' ? stderr : stdout).trimEnd().split('\n');
    if (!isShown(output, lines)) expect(lines).toEqual(output);
  });
});
