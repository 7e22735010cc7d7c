import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compileForHtp, htpExecutor, type HtpToolchain } from '../../../converters/htp/index.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import type { NdArray } from '../../../models/contracts/index.ts';
import { readNpy } from '../../../models/run/index.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { bitEqual, relativeToRange } from '../../support/compare.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const plain = fixture('exports', 'plain_clip_x2_op17.onnx');
const input = readNpy(fixture('exports', 'plain_clip_x2_op17.input.npy'));
const stored = readNpy(fixture('exports', 'plain_clip_x2_op17.output.npy'));
const soc = resolveSoc('SM8550').soc;

describe.skipIf(!htpToolchain)(`Qualcomm's emulator${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  const emulator = htpToolchain ? htpExecutor(toolchain, soc) : null;
  afterAll(() => toolchain.close());
  const run = async (path: string, feeds: ReadonlyMap<string, NdArray>[], options = {}) => (await emulator?.run(path, feeds, options)) ?? [];

  test('PyTorch\'s output as fp16 has it: close, and not equal; each feed its own output, the same every time', async () => {
    const other = ndarray('float32', input.dims, Array.from(input.data as Float32Array, (v) => 1 - v));
    const [a, b, c] = await run(plain, [input, other, input].map((x) => new Map([['input', x]])));
    const output = a?.get('output') as NdArray;
    expect(emulator?.id).toBe('emulator:SM8550');
    expect(relativeToRange(output, stored)).toBeLessThan(2e-3);
    expect(relativeToRange(output, stored)).toBeGreaterThan(1e-6);
    expect(bitEqual(c?.get('output') as NdArray, output)).toBe(true);
    const expected = (await runOrt(plain, { input: other })).get('output') as NdArray;
    expect(relativeToRange(b?.get('output') as NdArray, expected)).toBeLessThan(2e-3);
  });

  test('values inside of the model are fetched', async () => {
    const [outputs] = await run(plain, [new Map([['input', input]])], { fetch: ['/Clip_output_0'] });
    expect([...(outputs?.keys() ?? [])]).toEqual(['output', '/Clip_output_0']);
    const clipped = outputs?.get('/Clip_output_0') as NdArray;
    expect(clipped.dims).toEqual([1, 16, ...input.dims.slice(2)]);
    expect(Math.min(...(clipped.data as Float32Array))).toBe(0);
  });

  test('the saved context binary gives bit for bit what the compiled session gave, in a process of its own', async () => {
    mkdirSync(temporary('ctx'));
    const context = temporary('ctx', 'plain_ctx.onnx');
    const report = await compileForHtp(toolchain, {
      modelPath: plain, soc, session: { 'ep.context_enable': '1', 'ep.context_file_path': context, 'ep.context_embed_mode': '0' },
    });
    expect(report.graphs).toHaveLength(1);
    const feeds = [new Map([['input', input]])];
    const [[saved], [compiled]] = [await run(context, feeds), await run(plain, feeds)];
    expect(bitEqual(saved?.get('output') as NdArray, compiled?.get('output') as NdArray)).toBe(true);
  });

  test('a model that HTP takes nothing of is an error, never a result of the CPU', async () => {
    const path = temporary('erf.onnx');
    writeFileSync(path, toBytes(buildModel({ inputs: { x: ['float32', [1, 4]] }, outputs: { y: ['float32', [1, 4]] }, nodes: [['Erf', ['x'], ['y']]] })));
    await expect(run(path, [new Map([['x', ndarray('float32', [1, 4], [1, 2, 3, 4])]])])).rejects.toThrow('takes no node');
  });
});
