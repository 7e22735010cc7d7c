import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readPackage } from '../../../converters/coreml/package/read-package.ts';
import { coremlMissing, coremlToolchain } from '../../support/coreml.ts';
import { fixture } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');
const unshuffle = fixture('exports', 'unshuffle_ultra_op17.onnx');
const bytes = fixture('exports', 'uint8_io_dynamic_op17.onnx');

interface Converted {
  readonly conversions: readonly {
    readonly opset: string;
    readonly package: { readonly path: string; readonly specification: number };
    readonly log: { readonly records: readonly { readonly rewrite: string; readonly outcome: string }[] } | null;
    readonly parity: { readonly evidence: string; readonly outputs: readonly { readonly psnr: number }[] } | null;
    readonly adapter: { readonly inputs: readonly { readonly steps: readonly object[] }[] } | null;
  }[];
}

test('without coremltools: exit 2, how to get it, nothing written', async () => {
  const { code, stderr } = await runCli(['convert', plain, '-o', temporary('x.mlpackage')], { env: { DYNO_CACHE: temporary('empty') } });
  expect([code, stderr.includes('dyno setup python'), existsSync(temporary('x.mlpackage'))]).toEqual([2, true, false]);
});

describe.skipIf(!coremlToolchain)(`dyno convert${coremlMissing}`, () => {
  const env = (): Record<string, string> => ({ ...(process.env['DYNO_PYTHON_ENV'] ? { DYNO_PYTHON_ENV: process.env['DYNO_PYTHON_ENV'] } : {}) });

  test('two models through one worker: native shuffles, compared as saved, metadata says where they come from', async () => {
    const { code, stdout } = await runCli(['convert', plain, unshuffle, '-o', temporary('out'), '--min-ios', '17', '--author', 'A', '--json'], { env: env() });
    const { conversions } = JSON.parse(stdout) as Converted;
    expect([code, conversions.map(({ opset, package: { specification } }) => [opset, specification])]).toEqual([0, [['iOS17', 8], ['iOS17', 8]]]);
    for (const { parity } of conversions) {
      expect(parity?.evidence).toBe('verified(host)');
      expect(Math.min(...(parity?.outputs ?? []).map(({ psnr }) => psnr))).toBeGreaterThan(50);
    }
    const { metadata, program } = readPackage(temporary('out', 'unshuffle_ultra_op17.mlpackage'));
    expect([metadata.author, metadata.custom.get('source'), metadata.custom.get('source-sha256')?.length]).toEqual(['A', 'unshuffle_ultra_op17', 64]);
    const types = program?.functions.get('main')?.body.operations.map(({ type }) => type) ?? [];
    expect(types).toContain('pixel_unshuffle');
    expect(types).toContain('pixel_shuffle');
  });

  test('bytes need leave; the adapter says what callers do', async () => {
    const without = await runCli(['convert', bytes, '--static', 'input=1x3x24x24', '-o', temporary('x.mlpackage')], { env: env() });
    expect([without.code, without.stderr.includes('--allow dtype'), readdirSync(temporary())]).toEqual([2, true, []]);
    const { code, stdout } = await runCli(['convert', bytes, '--static', 'input=1x3x24x24', '--allow', 'dtype', '-o', temporary('x.mlpackage'), '--adapter', `json=${temporary('a.json')}`, '--json'], { env: env() });
    const { conversions } = JSON.parse(stdout) as Converted;
    expect([code, conversions[0]?.adapter]).toEqual([0, JSON.parse(readFileSync(temporary('a.json'), 'utf8'))]);
  });

  test('--no-rewrite lowers the model as it is, and refuses what that leaves above rank 5', async () => {
    const { code, stderr } = await runCli(['convert', unshuffle, '--no-rewrite', '-o', temporary('x.mlpackage')], { env: env() });
    expect([code, stderr.includes('rank 6'), stderr.includes('--no-rewrite')]).toEqual([2, true, true]);
    const plainly = await runCli(['convert', plain, '--no-rewrite', '--no-verify', '-o', temporary('x.mlpackage'), '--json'], { env: env() });
    expect((JSON.parse(plainly.stdout) as Converted).conversions[0]).toMatchObject({ log: null, parity: null });
  });

  test.each([
    [[bytes, '--allow', 'dtype'], /--static input=/],
    [[plain, '--min-ios', '15', '--io-dtype', 'fp16'], /--min-ios 16/],
    [[plain, unshuffle, '-o', 'x.mlpackage'], /2 models/],
  ] as const)('%j: exit 2 and what to do', async (args, message) => {
    const { code, stderr } = await runCli(['convert', ...args, ...(args.includes('-o' as never) ? [] : ['-o', temporary('x.mlpackage')])], { env: env() });
    expect([code, message.test(stderr), readdirSync(temporary())]).toEqual([2, true, []]);
  });
});
