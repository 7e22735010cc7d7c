import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openVinoExecutor, type OpenVinoToolchain } from '../../converters/openvino/index.ts';
import type { NamedArrays, NdArray } from '../../models/contracts/index.ts';
import { relativeToRange } from '../support/compare.ts';
import { readNpy } from '../support/npy.ts';
import { openVino, openVinoMissing } from '../support/openvino.ts';
import { ndarray, runOrt } from '../support/ort.ts';
import { fixture, repoRoot } from '../support/paths.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const temporary = temporaryFolder();
const EXPORTS = readdirSync(fixture('exports')).filter((name) => name.endsWith('.onnx')).map((name) => name.slice(0, -5));

describe.skipIf(!openVino)(`OpenVINO against what PyTorch and ONNX Runtime compute${openVinoMissing}`, () => {
  const executor = openVinoExecutor(openVino as OpenVinoToolchain, 'CPU');
  afterAll(() => executor.close());

  async function only(path: string, feed: NamedArrays): Promise<NdArray> {
    const [outputs] = await executor.run(path, [feed]);
    return [...(outputs as NamedArrays).values()][0] as NdArray;
  }

  test.each(EXPORTS)('%s', async (name) => {
    const [input, stored] = [readNpy(fixture('exports', `${name}.input.npy`)), readNpy(fixture('exports', `${name}.output.npy`))];
    const output = await only(fixture('exports', `${name}.onnx`), new Map([['input', input]]));
    expect([output.dtype, output.dims]).toEqual([stored.dtype, stored.dims]);
    if (stored.dtype !== 'uint8') expect(relativeToRange(output, stored)).toBeLessThan(1e-5);
    else expect(Math.max(...Array.from(output.data as Uint8Array, (value, i) => Math.abs(value - Number(stored.data[i]))))).toBeLessThanOrEqual(1);
  });

  test('a network quantized to W8A8: most values equal to ONNX Runtime\'s, none off by more than a few levels', async () => {
    const { code, stderr } = await runCli(['quantize', join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx'), '-d', join(repoRoot, 'models/zoo/samples'), '-o', temporary('w8a8.onnx')]);
    expect([code, stderr]).toMatchObject([0, expect.anything()]);
    const feed = new Map([['input', ndarray('float32', [1, 3, 128, 128], Float32Array.from({ length: 3 * 128 * 128 }, (_, i) => 0.5 + 0.5 * Math.sin(i / 37)))]]);
    const [[, expected] = ['', null]] = [...(await runOrt(temporary('w8a8.onnx'), feed))];
    const output = await only(temporary('w8a8.onnx'), feed);
    const differs = Array.from(output.data as Float32Array, (value, i) => Math.abs(value - Number((expected as NdArray).data[i]))).filter((difference) => difference > 1e-6);
    const level = differs.reduce((least, difference) => Math.min(least, difference), 1);
    expect(differs.length).toBeLessThan(output.data.length / 20);
    expect(differs.reduce((most, difference) => Math.max(most, difference), 0) / level).toBeLessThan(8.5);
  });
});
