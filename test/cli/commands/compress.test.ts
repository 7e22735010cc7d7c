import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Io } from '../../../cli/io.ts';
import { main } from '../../../cli/main.ts';
import { readModel, writeModel } from '../../../models/onnx/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { normal } from '../../support/compress.ts';
import { repoRoot } from '../../support/paths.ts';

const root = mkdtempSync(join(tmpdir(), 'dyno-compress-test-'));
const folder = (name: string): string => join(root, name);
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Result {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

async function dyno(...args: string[]): Promise<Result> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const host = { stdout, stderr, stdin: new PassThrough(), env: {}, cwd: () => folder(''), exitCode: undefined } as unknown as Io & { exitCode?: number };
  await main(args, host);
  return { code: host.exitCode, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

const json = ({ stdout }: Result): never => JSON.parse(stdout) as never;

beforeAll(async () => {
  copyFileSync(join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx'), folder('sr.onnx'));
  await writeModel(generateNetwork('swinir-one-group', { size: [16, 16] }).model, folder('swin.onnx'));
  mkdirSync(folder('pictures'));
  for (const [i, name] of ['house', 'page', 'foliage'].entries()) {
    await sharp(join(repoRoot, `models/zoo/samples/${name}.png`)).extract({ left: 20 + 10 * i, top: 30, width: 64, height: 64 }).png().toFile(folder(`pictures/${name}.png`));
  }
  mkdirSync(folder('single'));
  copyFileSync(folder('pictures/house.png'), folder('single/house.png'));
});

describe('dyno compress', () => {
  test('writes the model, says what it is before and after, and how far its outputs are', async () => {
    const result = await dyno('compress', 'swin.onnx', '--as', 'heads:0.5+magnitude:0.3+fp16-storage', '-o', 'out/small.onnx', '--json');
    expect(result).toMatchObject({ code: 0 });
    const { before, after, error, quality, steps, out } = json(result) as { before: Record<string, number>; after: Record<string, number>; error: { sqnr: number; relative: number; notFinite: number }; quality: unknown; steps: { changes: unknown[] }[]; out: string };
    expect(out).toBe('out/small.onnx');
    expect(after['bytes']).toBe(readFileSync(folder('out/small.onnx')).length);
    expect(before['bytes']).toBe(readFileSync(folder('swin.onnx')).length);
    for (const name of ['parameters', 'macs', 'deflatedBytes', 'entropyBytes', 'activationPeakBytes', 'leastMovedBytes']) expect([name, after[name] as number < (before[name] as number)]).toEqual([name, true]);
    expect(after['sparsity']).toBeCloseTo(0.3, 3);
    expect(error.sqnr).toBeGreaterThan(5);
    expect([error.notFinite, quality, steps.length]).toEqual([0, null, 3]);
    expect(() => readModel(folder('out/small.onnx')).close()).not.toThrow();
  });

  test('with pictures: calibrates on some and judges on others', async () => {
    const result = await dyno('compress', 'sr.onnx', '--as', 'neurons:0.125:compensated', '--data', 'pictures', '--size', '32', '--json');
    expect(result).toMatchObject({ code: 0 });
    const { quality, before, out } = json(result) as { quality: { protocol: string; before: number; after: number; images: number }; before: { parameters: number }; out: string };
    expect(before.parameters).toBe(22_860);
    expect(out).toBe('sr.neurons-0.125-compensated.onnx');
    expect(existsSync(folder(out))).toBe(true);
    expect(quality).toMatchObject({ protocol: 'psnr:y:crop:matlab', images: 1 });
    expect(quality.after).toBeLessThan(quality.before);
    expect(quality.before - quality.after).toBeLessThan(2);
  });

  test('float16 faces are fed in float16', async () => {
    const result = await dyno('compress', 'sr.onnx', '--as', 'fp16:faces', '--data', 'pictures', '--size', '32', '--json');
    expect(result).toMatchObject({ code: 0 });
    const { quality, error } = json(result) as { quality: { before: number; after: number }; error: { sqnr: number } };
    expect(Math.abs(quality.before - quality.after)).toBeLessThan(0.05);
    expect(error.sqnr).toBeGreaterThan(50);
  });

  test('the table says the same in words; every layer with --details', async () => {
    const [short, long] = [await dyno('compress', 'sr.onnx', '--as', 'dynamic', '--size', '16', '-o', 'a.onnx', '--format', 'plain'), await dyno('compress', 'swin.onnx', '--as', 'magnitude:0.5', '-o', 'b.onnx', '--details', '--format', 'plain')];
    expect(short.stdout).toMatch(/zeros among weights +0\.0 % +\d\.\d %/);
    expect(short.stdout).toMatch(/written to a\.onnx/);
    expect(long.stdout).not.toMatch(/--details\)/);
    expect(long.stdout.match(/ of /g)?.length).toBeGreaterThanOrEqual(12);
  });

  test('what each change alone costs, the worst first', async () => {
    const result = await dyno('compress', 'sr.onnx', '--as', 'neurons:0.25+dynamic', '--size', '16', '--sensitivity', '-o', 'c.onnx', '--json');
    const { sensitivity, error } = json(result) as { sensitivity: { step: string; where: string; error: { sqnr: number } }[]; error: { sqnr: number } };
    expect(sensitivity.map(({ step, where }) => `${step} ${where}`).sort()).toEqual(['dynamic /body.0/Conv', 'dynamic /body.1/Conv', 'dynamic /first/Conv', 'dynamic /last/Conv', 'neurons:0.25 /body.0/Conv', 'neurons:0.25 /body.1/Conv', 'neurons:0.25 /first/Conv']);
    const figures = sensitivity.map((each) => each.error.sqnr);
    expect(figures).toEqual([...figures].sort((a, b) => a - b));
    expect(error.sqnr).toBeLessThan(figures.at(-1) as number);
  });

  test.each([
    ['no spec', ['sr.onnx'], /Compress as what\?/],
    ['nonsense', ['sr.onnx', '--as', 'smaller'], /"smaller" is no compression/],
    ['a share beyond all', ['sr.onnx', '--as', 'magnitude:2'], /share from 0 to below 1/],
    ['nothing to do', ['sr.onnx', '--as', 'heads:0.5'], /finds nothing to change/],
    ['compensation without pictures', ['sr.onnx', '--as', 'neurons:0.5:compensated'], /--data DIR/],
    ['the model itself as target', ['sr.onnx', '--as', 'fp16', '-o', 'sr.onnx'], /is not written over/],
    ['a folder as target', ['sr.onnx', '--as', 'fp16', '--size', '16', '-o', 'pictures'], /pictures/],
    ['no model', ['none.onnx', '--as', 'fp16'], /There is no file none\.onnx/],
    ['no such folder', ['sr.onnx', '--as', 'fp16', '--data', 'nowhere'], /nowhere/],
    ['too few pictures', ['sr.onnx', '--as', 'fp16', '--data', 'single'], /other pictures than calibrating/],
  ])('%s: exit 2, and nothing is written', async (_, args, reason) => {
    const [before, size] = [readdirSync(folder('')).sort(), readFileSync(folder('sr.onnx')).length];
    const { code, stderr } = await dyno('compress', ...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(reason)]);
    expect([readdirSync(folder('')).sort(), readFileSync(folder('sr.onnx')).length]).toEqual([before, size]);
  });

  test('a model that no runtime loads is refused and not written', async () => {
    writeFileSync(folder('broken.onnx'), toBytes(buildModel({ inputs: { x: ['float32', [2, 4]] }, outputs: { y: ['float32', [2, 4]] }, nodes: [['Secret', ['x'], ['h'], {}, { domain: 'com.example' }], ['MatMul', ['h', 'w'], ['y']]], initializers: { w: normal([4, 4], 1) }, domains: { 'com.example': 1 } })));
    const { code, stderr } = await dyno('compress', 'broken.onnx', '--as', 'fp16-storage', '-o', 'broken-small.onnx');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/Secret/)]);
    expect(existsSync(folder('broken-small.onnx'))).toBe(false);
  });
});
