import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compileForHtp, htpExecutor, type HtpToolchain, isWhole, judge } from '../../converters/htp/index.ts';
import { rewriteModel } from '../../converters/rewrites/engine.ts';
import { resolveSoc, resolveTarget } from '../../converters/rules/index.ts';
import type { NdArray } from '../../models/contracts/index.ts';
import { bindInputShapes, Model } from '../../models/graph/index.ts';
import { readModel, writeModel } from '../../models/onnx/index.ts';
import { readNpy } from '../../models/run/index.ts';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { fixture } from '../support/paths.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const EXPORTS = readdirSync(fixture('exports')).filter((f) => f.endsWith('.onnx')).map((f) => f.slice(0, -5));
const temporary = temporaryFolder();

/** dB over the stored output's range, as tools/htp_emulate.py has it; pixels over their 255 levels. */
function decibels(stored: NdArray, output: NdArray): number {
  const [a, b] = [Array.from(stored.data, Number), Array.from(output.data, Number)];
  const peak = stored.dtype === 'uint8' ? 255 : a.reduce((m, v) => Math.max(m, v), Number.NEGATIVE_INFINITY) - a.reduce((m, v) => Math.min(m, v), Number.POSITIVE_INFINITY);
  return 10 * Math.log10(peak ** 2 / Math.max(1e-30, a.reduce((sum, v, i) => sum + (v - (b[i] as number)) ** 2, 0) / a.length));
}

describe.skipIf(!htpToolchain)(`all exports rewritten for HTP at their stored shapes${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  afterAll(() => toolchain.close());

  test.each(EXPORTS)('%s: one graph on four chips, the emulated output within 65 dB of PyTorch\'s', async (name) => {
    const file = readModel(fixture('exports', `${name}.onnx`));
    const [input, stored] = [readNpy(fixture('exports', `${name}.input.npy`)), readNpy(fixture('exports', `${name}.output.npy`))];
    const model = new Model(file.proto);
    const face = model.graph.inputs[0]?.name as string;
    bindInputShapes(model, new Map([[face, input.dims]]));
    const result = await rewriteModel(model, { target: resolveTarget('htp:SM8550'), precision: 'fp16', verify: 'off' });
    const path = temporary(`${name}.onnx`);
    await writeModel(result.model.toProto(), path, { from: file });
    file.close();
    for (const chip of ['SM8550', 'SM8650', 'SM8750', 'SM8850']) {
      const report = await compileForHtp(toolchain, { modelPath: path, soc: resolveSoc(chip).soc });
      expect([chip, isWhole(report), report.nodes.filter(({ unit }) => unit === 'cpu')]).toEqual([chip, true, []]);
    }
    const [outputs] = await htpExecutor(toolchain, resolveSoc('SM8550').soc).run(path, [new Map([[face, input]])]);
    const [output] = [...(outputs?.values() ?? [])] as [NdArray];
    expect(decibels(stored, output)).toBeGreaterThanOrEqual(65);
    expect(judge(stored, output, 'fp16', 10).verdict).toBe('explained');
  });
});
