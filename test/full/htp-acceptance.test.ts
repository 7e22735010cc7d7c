import { afterAll, describe, expect, test } from 'vitest';
import { compileForHtp, htpExecutor, type HtpToolchain, isOneGraph, isWhole, judge } from '../../converters/htp/index.ts';
import { resolveSoc } from '../../converters/rules/index.ts';
import type { NdArray } from '../../models/contracts/index.ts';
import { createHostExecutor } from '../../models/run/index.ts';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { decibels, EXPORTS, quantizeExport, type ReadyExport, rewriteExport } from './htp-acceptance-cases.ts';

const temporary = temporaryFolder();
const host = createHostExecutor({ threads: 1 });
const FLOAT_CHIPS = ['SM8550', 'SM8650', 'SM8750', 'SM8850'];
/** v68 computes no float graphs in general; quantized, every export is one graph there too. */
const W8A8_CHIPS = [...FLOAT_CHIPS, 'SM8350'];

describe.skipIf(!htpToolchain)(`all exports rewritten for HTP at their stored shapes${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  afterAll(() => Promise.all([host.close(), toolchain.close()]));
  const emulated = async (path: string, { feed }: ReadyExport, chip: string): Promise<NdArray> => {
    const [outputs] = await htpExecutor(toolchain, resolveSoc(chip).soc).run(path, [feed]);
    return [...(outputs?.values() ?? [])][0] as NdArray;
  };

  test.each(EXPORTS)('%s in fp16: one graph on four chips, within 65 dB of PyTorch\'s output', async (name) => {
    const path = temporary(`${name}.onnx`);
    const ready = await rewriteExport(name, path, 'fp16');
    for (const chip of FLOAT_CHIPS) {
      const report = await compileForHtp(toolchain, { modelPath: path, soc: resolveSoc(chip).soc });
      expect([chip, isWhole(report), report.nodes.filter(({ unit }) => unit === 'cpu')]).toEqual([chip, true, []]);
    }
    const [expected] = await host.run(path, [ready.feed]);
    const [reference] = [...(expected?.values() ?? [])] as [NdArray];
    expect(decibels(ready.stored, reference)).toBeGreaterThanOrEqual(ready.stored.dtype === 'uint8' ? 60 : 100);
    const output = await emulated(path, ready, 'SM8550');
    expect(decibels(ready.stored, output)).toBeGreaterThanOrEqual(65);
    expect(judge(ready.stored, output, 'fp16', 10).verdict).toBe('explained');
  });

  test.each(EXPORTS)('%s in W8A8: one graph on five chips, within 45 dB of its QDQ model in ONNX Runtime', async (name) => {
    const ready = await rewriteExport(name, temporary(`${name}.onnx`), 'w8a8');
    const path = temporary(`${name}.w8a8.onnx`);
    await quantizeExport(ready, path, host);
    const [expected] = await host.run(path, [ready.feed]);
    const [reference] = [...(expected?.values() ?? [])] as [NdArray];
    for (const chip of W8A8_CHIPS) {
      const report = await compileForHtp(toolchain, { modelPath: path, soc: resolveSoc(chip).soc });
      expect([chip, report.failure, isOneGraph(report)]).toEqual([chip, null, true]);
      expect([chip, decibels(reference, await emulated(path, ready, chip))]).toEqual([chip, expect.toSatisfy((db: number) => db >= 45)]);
    }
  });
});
