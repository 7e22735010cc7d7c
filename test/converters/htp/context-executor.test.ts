import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { contextExecutor, htpExecutor, type HtpToolchain, savedContext } from '../../../converters/htp/index.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { findEnvironment } from '../../../converters/toolchain/index.ts';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { readNpy } from '../../../models/run/index.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { bitEqual } from '../../support/compare.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { ndarray } from '../../support/ort.ts';
import { fixture, repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const cache = temporary('cache');
const exported = (name: string): { path: string; input: NdArray } => ({ path: fixture('exports', `${name}.onnx`), input: readNpy(fixture('exports', `${name}.input.npy`)) });
const plain = exported('plain_clip_x2_op17');
const tools = join(repoRoot, '../shared/tools');
const { soc } = resolveSoc('SM8550');

describe.skipIf(!htpToolchain)(`saved contexts in the emulator${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  const contexts = htpToolchain ? contextExecutor(toolchain, soc, { cache, processes: 2 }) : null;
  const compiled = htpToolchain ? htpExecutor(toolchain, soc) : null;
  afterAll(() => toolchain.close());
  const run = async (path: string, feeds: readonly NamedArrays[], onFeeds?: (done: number) => void): Promise<NamedArrays[]> =>
    (await contexts?.run(path, feeds, onFeeds ? { onFeeds } : {})) ?? [];
  const scaled = ({ input }: typeof plain, by: number): NamedArrays =>
    new Map([['input', { ...input, data: input.data instanceof Float32Array ? input.data.map((v) => v * by) : input.data }]]);

  test('bit for bit what the compiled session gives, from files and two processes, every feed at its place', async () => {
    const feeds = Array.from({ length: 11 }, (_, i) => scaled(plain, (i % 5) / 4));
    const told: number[] = [];
    const [saved, live] = [await run(plain.path, feeds, (done) => told.push(done)), (await compiled?.run(plain.path, feeds)) ?? []];
    expect(saved).toHaveLength(11);
    saved.forEach((outputs, i) => expect(bitEqual(outputs.get('output') as NdArray, live[i]?.get('output') as NdArray)).toBe(true));
    expect(bitEqual(saved[0]?.get('output') as NdArray, saved[1]?.get('output') as NdArray)).toBe(false);
    expect(told.at(-1)).toBe(11);
    expect(told.length).toBeGreaterThan(1);
    expect(contexts?.tools).toMatchObject({ 'onnxruntime-qnn': toolchain.packages['onnxruntime-qnn'], qairt: expect.stringMatching(/^v2\./) });
  });

  test.each(['grid_six_axes_op17', 'unshuffle_ultra_dynamic_op17', 'uint8_io_op17'])('%s: split, of open size, of bytes: the same', async (name) => {
    const { path, input } = exported(name);
    const feeds = [new Map([['input', input]])];
    const [saved] = await run(path, feeds);
    const [live] = name.includes('dynamic') ? [null] : ((await compiled?.run(path, feeds)) ?? []);
    if (live) expect(bitEqual([...(saved?.values() ?? [])][0] as NdArray, [...live.values()][0] as NdArray)).toBe(true);
    expect([...(saved?.values() ?? [])][0]?.dims).toEqual(readNpy(fixture('exports', `${name}.output.npy`)).dims);
  });

  test('compiled once for the same content; a damaged binary is made anew; another chip has its own', async () => {
    const request = { modelPath: plain.path, soc };
    const first = await savedContext(toolchain, request, cache);
    expect(first).toMatchObject({ cached: true, report: { htpGraphs: 1, cpuNodes: 0 } });
    const binary = first.context?.binaries[0]?.path as string;
    const bytes = readFileSync(binary);
    expect(first.context?.binaries[0]?.bytes).toBe(bytes.length);
    writeFileSync(binary, bytes.subarray(0, 100));
    const again = await savedContext(toolchain, request, cache);
    expect([again.cached, readFileSync(binary).equals(bytes), again.context?.binaries[0]?.sha256]).toEqual([false, true, first.context?.binaries[0]?.sha256]);
    const other = await savedContext(toolchain, { modelPath: plain.path, soc: resolveSoc('SM8750').soc }, cache);
    expect([other.cached, other.context?.modelPath === first.context?.modelPath]).toEqual([false, false]);
  });

  test('what compiles to nothing is an error that says why, and leaves no half of a context', async () => {
    const path = temporary('erf.onnx');
    writeFileSync(path, toBytes(buildModel({ inputs: { x: ['float32', [1, 4]] }, outputs: { y: ['float32', [1, 4]] }, nodes: [['Erf', ['x'], ['y']]] })));
    await expect(run(path, [new Map([['x', ndarray('float32', [1, 4], [1, 2, 3, 4])]])])).rejects.toThrow('takes no node');
    await expect(contexts?.run(plain.path, [scaled(plain, 1)], { fetch: ['/Clip_output_0'] })).rejects.toThrow('outputs only');
    const gone = contextExecutor(toolchain, soc, { cache: path });
    await expect(gone.run(plain.path, [scaled(plain, 1)])).rejects.toThrow(/cannot be kept.*(ENOTDIR|EEXIST)/);
    for (const folder of readdirSync(join(cache, 'htp', 'contexts'))) expect(existsSync(join(cache, 'htp', 'contexts', folder, 'context.json')), folder).toBe(true);
  });

  test.skipIf(!existsSync(tools))('the same decibels and bytes as two independent scripts (skipped where ../shared/tools is absent)', async () => {
    const python = findEnvironment()?.python as string;
    const stored = readNpy(fixture('exports', 'plain_clip_x2_op17.output.npy'));
    const [outputs] = await run(plain.path, [scaled(plain, 1)]);
    const ours = decibels(outputs?.get('output') as NdArray, stored);
    const theirs = execFileSync(python, [join(tools, 'htp_emulate.py'), String(soc.socModel), plain.path, fixture('exports', 'plain_clip_x2_op17.input.npy'), fixture('exports', 'plain_clip_x2_op17.output.npy')], { encoding: 'utf8' });
    expect(theirs.split('\n')).toContain(ours.toFixed(1));
    const said = execFileSync(python, [join(tools, 'htp_compile.py'), String(soc.socModel), plain.path], { encoding: 'utf8' }).split('\n');
    const figures = JSON.parse(said.filter((line) => !line.includes('# LIBNATIVE')).join('\n')) as Record<string, number>;
    const { report } = await savedContext(toolchain, { modelPath: plain.path, soc }, cache);
    expect(report.graphs.map(({ readBytes, writeBytes, spillBytes, fillBytes }) => [readBytes, writeBytes, spillBytes, fillBytes]))
      .toEqual([[figures['read_total_bytes'], figures['write_total_bytes'], figures['spill_bytes'], figures['fill_bytes']]]);
  });
});

/** As htp_emulate.py has it: range of the stored output over the root of the mean square. */
function decibels(output: NdArray, stored: NdArray): number {
  const [a, b] = [output.data as Float32Array, stored.data as Float32Array];
  const range = b.reduce((most, v) => Math.max(most, v), -Infinity) - b.reduce((least, v) => Math.min(least, v), Infinity);
  return 10 * Math.log10(range ** 2 / (a.reduce((sum, v, i) => sum + (v - (b[i] as number)) ** 2, 0) / a.length));
}
