import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { transform } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import type { Io } from '../../../cli/io.ts';
import { main } from '../../../cli/main.ts';
import { relativeToRange } from '../../support/compare.ts';
import { readNpy } from '../../support/npy.ts';
import { runOrt } from '../../support/ort.ts';
import { fixture } from '../../support/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-face-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function dyno(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const host = { ...streams, stdin: new PassThrough(), env: {}, cwd: () => folder, exitCode: undefined } as unknown as Io & {
    exitCode?: number;
  };
  await main(args, host);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code: host.exitCode, stdout: text(streams.stdout), stderr: text(streams.stderr) };
}

const name = 'unshuffle_ultra_op17';

test("--hoist-input with adapters: the written model behind the written code is PyTorch's output", async () => {
  const { code, stdout } = await dyno(
    'rewrite',
    fixture('exports', `${name}.onnx`),
    '-t',
    'ane',
    '-o',
    'out.onnx',
    '--hoist-input',
    '--adapter',
    'ts=a.ts,c=a.c,swift=a.swift,metal=a.metal,json=a.json',
    '--json',
  );
  expect(code).toBe(0);
  const { rewrites } = JSON.parse(stdout) as {
    rewrites: { adapter: { version: number }; log: { records: { rewrite: string; verified?: unknown }[] } }[];
  };
  expect(rewrites[0]?.log.records[0]).toMatchObject({ rewrite: 'face/hoist-input', verified: { evidence: 'verified(host)' } });
  expect(rewrites[0]?.adapter).toEqual(JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8')));
  for (const file of ['a.c', 'a.swift', 'a.metal']) expect(existsSync(join(folder, file))).toBe(true);
  const input = readNpy(fixture('exports', `${name}.input.npy`));
  const { code: script } = await transform(readFileSync(join(folder, 'a.ts'), 'utf8'), { loader: 'ts', format: 'esm' });
  const adapter = (await import(`data:text/javascript;base64,${Buffer.from(script).toString('base64')}`)) as Record<
    string,
    (source: Float32Array, batch: number, height: number, width: number) => { data: Float32Array; dims: number[] }
  >;
  const [prepare] = Object.entries(adapter)
    .filter(([key]) => key.startsWith('prepare'))
    .map(([, value]) => value);
  const [batch = 1, , height = 1, width = 1] = input.dims;
  const prepared = prepare?.(input.data as Float32Array, batch, height, width);
  const outputs = await runOrt(join(folder, 'out.onnx'), {
    input: { dtype: 'float32', dims: prepared?.dims ?? [], data: prepared?.data ?? new Float32Array() },
  });
  expect(
    relativeToRange([...outputs.values()][0] as NonNullable<ReturnType<typeof readNpy>>, readNpy(fixture('exports', `${name}.output.npy`))),
  ).toBeLessThanOrEqual(1e-5);
});

test.each([
  [['--adapter', 'ts=x.ts'], /none was asked for/],
  [['--hoist-input', '--adapter', 'java=x'], /no adapter file/],
  [['--face', 'float64'], /is not a face/],
  [['--embed-norm', '1'], /not a normalisation/],
  [['--cut-at', 'nowhere'], /nowhere/],
])('%j cannot run: exit 2 and no file', async (flags, message) => {
  const { code, stderr, stdout } = await dyno('rewrite', fixture('exports', `${name}.onnx`), '-t', 'ane', '-o', 'none.onnx', ...flags);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stdout).toBe('');
  expect(existsSync(join(folder, 'none.onnx'))).toBe(false);
});
