import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openVino, openVinoMissing } from '../support/openvino.ts';
import { fixture, repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { commandsOf, fences, isShown, words } from './console.ts';

const page = readFileSync(join(repoRoot, 'docs/openvino.md'), 'utf8');

describe.skipIf(!openVino)(`console blocks of docs/openvino.md${openVinoMissing}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-openvino-page-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    copyFileSync(fixture('exports', 'uint8_io_op17.onnx'), join(folder, 'uint8_io_op17.onnx'));
    mkdirSync(join(folder, 'pictures'));
    const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 29) % 256);
    await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } }).blur(1).png().toFile(join(folder, 'pictures', 'a.png'));
  });

  test.each(commandsOf(fences(page, 'console')))('$command', async ({ command, output }) => {
    const { stdout, stderr } = await runCli(words(command).slice(1), { cwd: folder });
    const lines = (stdout === '' ? stderr : stdout).trimEnd().split('\n');
    if (!isShown(output, lines)) expect(lines).toEqual(output);
  }, 480_000);
});
