import { afterAll, describe, expect, test } from 'vitest';
import { openVerifier } from '../../../cli/work/verify-outputs.ts';
import { contextExecutor, type HtpToolchain } from '../../../converters/htp/index.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { variantOf } from '../../../device-harness/index.ts';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { createHostExecutor, readNpy } from '../../../models/run/index.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { fixture } from '../../support/paths.ts';

const { soc } = resolveSoc('SM8650');
const host = createHostExecutor();
const verifier = openVerifier(process.env, new AbortController().signal);
afterAll(async () => {
  await verifier.close();
  await host.close();
});
const feed: NamedArrays = new Map([['input', readNpy(fixture('exports', 'plain_clip_x2_op17.input.npy'))]]);
const model = variantOf('plain', fixture('exports', 'plain_clip_x2_op17.onnx'), feed);
const outputsHere = async (): Promise<NdArray> => (await host.run((await model).modelPath, [feed], { optimization: 'off' }))[0]?.get('output') as NdArray;
const changed = (array: NdArray, by: (value: number, i: number) => number): NamedArrays => new Map([['output', { ...array, data: Float32Array.from(array.data as Float32Array, by) }]]);

describe('outputs of a phone against ONNX Runtime', () => {
  test('equal bits, float rounding, fp16 rounding and wrong values are told apart by unit', async () => {
    const here = await outputsHere();
    const verdict = async (unit: string, outputs: NamedArrays): Promise<unknown> => {
      const [against] = await verifier.verify(await model, { unit, soc: null, virtual: false }, outputs);
      return [against?.evidence, against?.against, against?.bitEqual, against?.explained, against?.db === null];
    };
    expect(await verdict('cpu', changed(here, (v) => v))).toEqual(['verified(device)', 'host', true, true, true]);
    expect(await verdict('cpu', changed(here, (v) => Math.fround(v * (1 + 2 ** -22))))).toEqual(['verified(device)', 'host', false, true, false]);
    const peak = (here.data as Float32Array).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const half = changed(here, (v, i) => v + (i % 2 ? 1 : -1) * 2 ** -11 * peak);
    expect(await verdict('cpu', half)).toEqual(['verified(device)', 'host', false, false, false]);
    expect(await verdict('htp', half)).toEqual(['verified(device)', 'host', false, true, false]);
    const coarse = changed(here, (v, i) => v + (i % 2 ? 1 : -1) * 0.01 * peak);
    expect(await verdict('htp', coarse)).toEqual(['verified(device)', 'host', false, false, false]);
    expect(await verdict('gpu', coarse)).toEqual(['verified(device)', 'host', false, true, false]);
    for (const unit of ['cpu', 'gpu', 'htp']) {
      expect(await verdict(unit, changed(here, (v, i) => (i === 7 ? Number.NaN : v))), unit).toEqual(['verified(device)', 'host', false, false, false]);
      expect(await verdict(unit, new Map([['output', { ...here, dims: [1, 3, 32, 128] }]])), unit).toEqual(['verified(device)', 'host', false, false, false]);
      expect(await verdict(unit, changed(here, () => 0.5)), unit).toEqual(['verified(device)', 'host', false, false, false]);
    }
    await expect(verifier.verify(await model, { unit: 'cpu', soc: null, virtual: true }, new Map())).rejects.toThrow('gave no output "output"');
  });

  test.skipIf(!htpToolchain)(`on htp also against the emulator of the same chip, whose own outputs are equal bit for bit${htpMissing}`, async () => {
    const [outputs] = await contextExecutor(htpToolchain as HtpToolchain, soc).run((await model).modelPath, [feed]);
    const found = await verifier.verify(await model, { unit: 'htp', soc, virtual: true }, outputs as NamedArrays);
    expect(found.map(({ evidence, against, bitEqual, explained }) => [evidence, against, bitEqual, explained])).toEqual([['verified(simulated)', 'host', false, true], ['verified(simulated)', 'emulator:SM8650', true, true]]);
    expect(found[0]?.db).toBeGreaterThan(55);
    await htpToolchain?.close();
  });
});
