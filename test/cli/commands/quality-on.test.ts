import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { QualityRecord } from '../../../models/contracts/index.ts';
import type { Difference } from '../../../cli/work/explain-differences.ts';
import { checkExecutors } from '../../../cli/work/quality-executors.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');
/** The same network; HTP takes its old Clips and ignores their bounds. */
const wrong = fixture('exports', 'plain_clip_x2_op10_sixd.onnx');

/** One smooth picture: names its folder. */
async function pictures(): Promise<string> {
  mkdirSync(temporary('pictures'), { recursive: true });
  const pixels = Uint8Array.from({ length: 64 * 56 * 3 }, (_, i) => (i * 29 + Math.floor(i / 192) * 13) % 256);
  await sharp(pixels, { raw: { width: 64, height: 56, channels: 3 } }).blur(1).png().toFile(join(temporary('pictures'), 'a.png'));
  return temporary('pictures');
}

test('an emulator that is not installed is asked for by name: exit 2, and how to get it', async () => {
  const { code, stderr } = await runCli(['quality', plain, '-d', await pictures(), '--on', 'emulator:SM8550'], { env: { DYNO_CACHE: temporary('empty') } });
  expect([code, stderr.includes('dyno setup python')]).toEqual([2, true]);
});

test.each([['emulator:SM8250', 'no HTP'], ['emulator', 'not a device'], ['mac', 'cannot compute quality'], ['emulator:SM9999', 'No Qualcomm chip']])(
  '%s is refused before anything runs', (on, message) => expect(() => checkExecutors(['host', on])).toThrow(message));

describe.skipIf(!htpToolchain)(`on Qualcomm's emulator${htpMissing}`, () => {
  const env = { ...(process.env['DYNO_PYTHON_ENV'] ? { DYNO_PYTHON_ENV: process.env['DYNO_PYTHON_ENV'] } : {}) };

  test('one table for ONNX Runtime and each chip; what fp16 does not explain is led to its first node, exit 1', async () => {
    const { code, stdout } = await runCli(['quality', plain, wrong, '-d', await pictures(), '--metric', 'psnr:y', '--on', 'host,emulator:SM8550,emulator:"Snapdragon 888"', '--json'], { env });
    const { records, differences } = JSON.parse(stdout) as { records: QualityRecord[]; differences: Difference[] };
    const mean = (variant: string, executor: string): number => records.find((r) => r.variant === variant && r.executor === executor)?.mean as number;
    expect(records.map(({ variant, executor }) => `${variant} ${executor}`)).toEqual([
      'bicubic host', ...['plain_clip_x2_op17', 'plain_clip_x2_op10_sixd'].flatMap((name) => ['host', 'emulator:SM8550', 'emulator:SM8350'].map((on) => `${name} ${on}`)),
    ]);
    expect(Math.abs(mean('plain_clip_x2_op17', 'emulator:SM8550') - mean('plain_clip_x2_op17', 'host'))).toBeLessThan(0.01);
    expect(records.filter(({ executor }) => executor !== 'host').every(({ evidence, tools }) => evidence === 'emulated' && tools?.['qairt'] !== undefined)).toBe(true);
    const explained = differences.filter(({ model }) => model === 'plain_clip_x2_op10_sixd');
    expect(explained.map(({ finding }) => [finding?.severity, finding?.opType, finding?.evidence])).toContainEqual(['wrong-result', 'Clip', 'emulated']);
    expect(differences.filter(({ model, finding }) => model === 'plain_clip_x2_op17' && finding)).toEqual([]);
    expect(code).toBe(1);
  }, 480_000);
});
