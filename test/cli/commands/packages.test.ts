import { mkdirSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { fixture } from '../../support/paths.ts';
import { type CliResult, runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const own = (name: string): string => fixture('coreml-packages', name);
const json = ({ stdout }: CliResult): unknown => JSON.parse(stdout);

describe('dyno inspect', () => {
  test('a package: its face, its operations, how its weights are stored', async () => {
    const { code, stdout } = await runCli(['inspect', own('islands.mlpackage')]);
    expect(code).toBe(0);
    for (const words of ['mlProgram, specification 7, iOS 16 or later', 'x  float32[1, 3, 16, 24]', 'CoreML6', 'fp16, but for 1 operation in fp32: exp island', 'rank 4: 8', 'softmax']) {
      expect(stdout).toContain(words);
    }
  });

  test('as JSON, with every operation', async () => {
    const result = await runCli(['inspect', own('functions.mlpackage'), '--nodes', '--json']);
    expect(result.code).toBe(0);
    expect(json(result)).toMatchObject({
      kind: 'mlProgram', system: 'iOS 18', defaultFunction: 'large',
      functions: [{ name: 'small', program: { precision: 'fp16', operators: { conv: 2, pixel_shuffle: 1 } } }, { name: 'large' }],
    });
    const { operations } = json(result) as { operations: { type: string; function: string }[] };
    expect(operations.filter(({ type }) => type === 'conv').map((operation) => operation.function)).toEqual(['small', 'small', 'large', 'large']);
  });

  test('flexible images, metadata, a neural network', async () => {
    expect((await runCli(['inspect', own('enumerated.mlpackage')])).stdout).toContain('RGB image, width×height one of 24×16, 32×32');
    expect((await runCli(['inspect', own('plain.mlpackage')])).stdout).toContain('author = somebody');
    const { stdout } = await runCli(['inspect', own('network.mlmodel')]);
    for (const words of ['neuralNetwork, specification 4', 'x × 0.5 + (1, 2, 3)', '2 layers', 'convolution  1']) expect(stdout).toContain(words);
  });

  test('a damaged package: exit 2 and what to do', async () => {
    mkdirSync(temporary('broken.mlpackage'));
    const { code, stderr } = await runCli(['inspect', temporary('broken.mlpackage')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Manifest\.json cannot be read[\s\S]*Copy the package whole/);
  });
});

describe('dyno check', () => {
  test('rules speak of the operations of the package', async () => {
    const result = await runCli(['check', own('islands.mlpackage'), '-t', 'ane:A15', '--json', '--fail-on', 'blocks']);
    expect(result.code).toBe(1);
    expect(json(result)).toMatchObject({ checks: [{ target: 'ane:A15', precision: 'fp16', causes: [{ severity: 'blocks-unit', findings: [{ rule: 'ane/fp32-island', node: 'island', opType: 'exp' }] }] }] });
  });

  test('each function has a verdict', async () => {
    const { code, stdout } = await runCli(['check', own('functions.mlpackage'), '-t', 'ane:A15']);
    expect(code).toBe(0);
    expect(stdout.match(/Nothing known keeps it off the unit/g)?.length).toBe(2);
  });

  test('packages and chips of other kinds do not go together', async () => {
    const { code, stderr } = await runCli(['check', own('plain.mlpackage'), '-t', 'htp:SM8550']);
    expect(code).toBe(2);
    expect(stderr).toContain('runs on Neural Engines only');
  });
});

describe('dyno diff and quality, by translation', () => {
  test('a package differs from one of another precision, not from itself', async () => {
    expect((await runCli(['diff', own('plain.mlpackage'), own('plain.mlpackage')])).code).toBe(0);
    const { code, stdout } = await runCli(['diff', own('plain.mlpackage'), own('fp32.mlpackage')]);
    expect(code).toBe(1);
    expect(stdout).toContain('nodes');
  });

  test('a package that takes images scores what the same network scores with a tensor', async () => {
    mkdirSync(temporary('pictures'));
    const pixels = Buffer.from(Uint8Array.from({ length: 48 * 64 * 3 }, (_, i) => 128 + 100 * Math.sin(i / 40) * Math.cos(i / 900)));
    await sharp(pixels, { raw: { width: 48, height: 64, channels: 3 } }).png().toFile(temporary('pictures/waves.png'));
    const result = await runCli(['quality', own('enumerated.mlpackage'), own('range.mlpackage'), '-d', temporary('pictures'), '-m', 'psnr:rgb:crop2:matlab', '--json']);
    expect(result.code, result.stderr).toBe(0);
    const { records } = json(result) as { records: { variant: string; mean: number }[] };
    const mean = (variant: string): number => records.find((record) => record.variant === variant)?.mean ?? expect.fail(variant);
    expect(Math.abs(mean('enumerated.mlpackage') - mean('range.mlpackage'))).toBeLessThan(0.05);
    expect(mean('range.mlpackage')).not.toBe(mean('bicubic'));
    expect(result.stderr).toContain('range.mlpackage is a Core ML package');
  });
});
