import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { PhotoOutcome } from '../../cli/photo/photo-outcome.ts';
import { driversMissing } from '../device-harness/devices/iphone/phone-lab.ts';
import { coremlMissing, coremlToolchain } from '../support/coreml.ts';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const temporary = temporaryFolder();
const model = (name: string): string => join(repoRoot, 'models/zoo/weights', `${name}.onnx`);
const env = { ...(process.env['DYNO_PYTHON_ENV'] ? { DYNO_PYTHON_ENV: process.env['DYNO_PYTHON_ENV'] } : {}) };

async function photo(...args: string[]): Promise<PhotoOutcome> {
  copyFileSync(join(repoRoot, 'models/zoo/samples/house.png'), temporary('house.png'));
  const { code, stdout, stderr } = await runCli(['photo', 'house.png', ...args, '--json'], { cwd: temporary(), env });
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return JSON.parse(stdout) as PhotoOutcome;
}

/** Signal to noise of two pictures of one size, in dB, and the largest difference. */
async function against(a: string, b: string): Promise<{ db: number; max: number }> {
  const [one, other] = (await Promise.all([a, b].map((path) => sharp(path).raw().toBuffer()))) as [Buffer, Buffer];
  expect(one.length).toBe(other.length);
  let [squares, max] = [0, 0];
  one.forEach((value, i) => {
    const d = value - (other[i] as number);
    squares += d * d;
    max = Math.max(max, Math.abs(d));
  });
  return { db: 10 * Math.log10((255 * 255 * one.length) / squares), max };
}

test.skipIf(driversMissing || coremlToolchain === null)(`on a virtual iPhone: the same photo as here, to fp16 (needs dyno setup phones)${coremlMissing}`, async () => {
  const { evidence, measured, predicted, plan } = await photo('--model', model('ultramini-x2'), '--on', 'virtual:A15', '--unit', 'ane', '-o', 'phone.png');
  await photo('--model', model('ultramini-x2'), '-o', 'host.png', '--seams', 'off');
  expect([evidence, plan.tiles, measured?.tiles, predicted?.tiles]).toEqual(['simulated', 20, 20, 20]);
  const { db, max } = await against(temporary('phone.png'), temporary('host.png'));
  expect(max).toBeLessThanOrEqual(2);
  expect(db).toBeGreaterThan(50);
}, 600_000);

test.skipIf(!htpToolchain)(`on an emulated chip: the same photo as here, to fp16, and no times${htpMissing}`, async () => {
  const { evidence, measured, predicted, seams } = await photo('--model', model('quicksrnet-small-x2'), '--on', 'emulator:SM8550', '-o', 'chip.png');
  await photo('--model', model('quicksrnet-small-x2'), '-o', 'host.png', '--seams', 'off');
  expect([evidence, measured, predicted]).toEqual(['emulated', null, null]);
  expect(seams?.seams.max).toBeLessThanOrEqual(1);
  expect((await against(temporary('chip.png'), temporary('host.png'))).db).toBeGreaterThan(45);
}, 600_000);

test('6 megapixels to 24 in bounded memory', async () => {
  await sharp(join(repoRoot, 'models/zoo/samples/foliage.png')).resize(3000, 2000, { fit: 'fill' }).jpeg().toFile(temporary('large.jpg'));
  const { code, stdout } = await runCli(['photo', 'large.jpg', '--model', model('quicksrnet-small-x2'), '--max-memory', '600', '--seams', 'off', '--json'], { cwd: temporary(), env });
  expect(code).toBe(0);
  const { memory, result } = JSON.parse(stdout) as PhotoOutcome;
  expect([result.width, result.height]).toEqual([6000, 4000]);
  expect((memory.ownBytes ?? 0) + (memory.runtimeBytes ?? 0)).toBeLessThan(600e6);
}, 600_000);
