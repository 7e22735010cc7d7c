import { readdirSync } from 'node:fs';
import { rewriteModel } from '../../converters/rewrites/engine.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import { quantizeModel } from '../../converters/quantize/index.ts';
import { resolveTarget } from '../../converters/rules/index.ts';
import type { Executor, NamedArrays, NdArray } from '../../models/contracts/index.ts';
import { bindInputShapes, Model } from '../../models/graph/index.ts';
import { readModel, writeModel } from '../../models/onnx/index.ts';
import { readNpy, seededInputs } from '../../models/run/index.ts';
import { fixture } from '../support/paths.ts';

/** The exports of the fixtures, by name. */
export const EXPORTS = readdirSync(fixture('exports')).filter((f) => f.endsWith('.onnx')).map((f) => f.slice(0, -5));

/** An export made ready for HTP at its stored shape, with what PyTorch was fed and gave. */
export interface ReadyExport {
  readonly path: string;
  readonly feed: NamedArrays;
  readonly stored: NdArray;
}

/** Rewrites an export for a chip. The file is written to `path`. */
export async function rewriteExport(name: string, path: string, precision: Precision, chip = 'SM8550'): Promise<ReadyExport> {
  const file = readModel(fixture('exports', `${name}.onnx`));
  const [input, stored] = [readNpy(fixture('exports', `${name}.input.npy`)), readNpy(fixture('exports', `${name}.output.npy`))];
  const model = new Model(file.proto);
  const face = model.graph.inputs[0]?.name as string;
  bindInputShapes(model, new Map([[face, input.dims]]));
  const result = await rewriteModel(model, { target: resolveTarget(`htp:${chip}`), precision, verify: 'off' });
  await writeModel(result.model.toProto(), path, { from: file });
  file.close();
  return { path, feed: new Map([[face, input]]), stored };
}

/** Quantizes a rewritten export to W8A8, calibrated on its stored input and eight seeded ones in the same range. */
export async function quantizeExport({ path, feed }: ReadyExport, out: string, host: Executor): Promise<void> {
  const file = readModel(path);
  const [[name, input]] = [...feed] as [[string, NdArray]];
  const range: [number, number] = input.dtype === 'uint8' ? [0, 255] : [0, 1];
  const seeded = seededInputs([{ name, dtype: input.dtype, dims: input.dims, range }], { seed: 7, kinds: Array.from({ length: 8 }, () => 'unit' as const) });
  const { model } = await quantizeModel(new Model(file.proto), { scheme: 'w8a8', range: 'minmax', executor: host, modelPath: path, calibration: [feed, ...seeded] });
  await writeModel(model.toProto(), out, { from: file });
  file.close();
}

/** dB over the stored output's range, as tools/htp_emulate.py has it; pixels over their 255 levels. */
export function decibels(stored: NdArray, output: NdArray): number {
  const [a, b] = [Array.from(stored.data, Number), Array.from(output.data, Number)];
  const peak = stored.dtype === 'uint8' ? 255 : a.reduce((m, v) => Math.max(m, v), Number.NEGATIVE_INFINITY) - a.reduce((m, v) => Math.min(m, v), Number.POSITIVE_INFINITY);
  return 10 * Math.log10(peak ** 2 / Math.max(1e-30, a.reduce((sum, v, i) => sum + (v - (b[i] as number)) ** 2, 0) / a.length));
}
