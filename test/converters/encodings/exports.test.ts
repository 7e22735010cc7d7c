import { readdirSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import {
  applyEncodings,
  coverageOf,
  encodingsOf,
  extractEncodings,
  followEncodings,
  requireResolved,
} from '../../../converters/encodings/index.ts';
import { rewriteModel } from '../../../converters/rewrites/engine.ts';
import { resolveTarget } from '../../../converters/rules/resolve-target.ts';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { inferShapes, type Model } from '../../../models/graph/index.ts';
import { readModel } from '../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../models/run/index.ts';
import { readNpy } from '../../support/npy.ts';
import { runOrt } from '../../support/ort.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { graphOf, integerConstants, quantized } from './quantized.ts';

const NAMES = readdirSync(fixture('exports'))
  .filter((name) => name.endsWith('.onnx'))
  .map((name) => name.slice(0, -5));

/**
 * Where a rewrite computes fewer steps than were quantized (folded layers, one LayerNormalization, no scaling at the face), results differ
 * by what these steps rounded: so many output steps at most. Everywhere else the integers are the same.
 */
const ROUNDED: Readonly<Record<string, number>> = {
  repvgg_train_form_op17: 4,
  sesr_m3_op17: 3,
  sixd_shared_elementwise_op17: 3,
  uint8_io_op17: 2,
  uint8_io_dynamic_op17: 2,
};

const path = temporaryFolder();
const executor = createHostExecutor();
afterAll(() => executor.close());
const options = { target: resolveTarget('htp:SM8550'), precision: 'w8a8', verify: 'off' } as const;

test.each(NAMES)('%s: quantized, rewritten with encodings, and back', async (name) => {
  const { proto } = readModel(fixture('exports', `${name}.onnx`));
  const float = graphOf(proto);
  const feed: NamedArrays = new Map([[float.graph.inputs[0]?.name ?? '', readNpy(fixture('exports', `${name}.input.npy`))]]);
  const { model: qdq, encodings } = await quantized(proto, [feed], path('m.onnx'), executor);
  const want = await outputOf(qdq, feed);

  const extracted = extractEncodings(qdq);
  const again = applyEncodings(extracted.model, extracted.file).model;
  expect(integerConstants(again)).toEqual(integerConstants(qdq));
  expect(await outputOf(again, feed)).toEqual(want);

  const direct = await rewriteModel(graphOf(qdq.toProto()), options);
  expect(await outputOf(direct.model, feed)).toEqual(want);

  const before = requireResolved(encodingsOf(encodings), float.graph);
  const result = await rewriteModel(float, options);
  inferShapes(result.model);
  const { file, kept, changes } = followEncodings(before, result.model.graph, result.origins);
  expect(coverageOf(result.model.graph, file).mismatches).toEqual([]);
  const listed = changes.filter(({ action }) => action !== 'copied' && action !== 'dropped').length;
  const fresh = changes.filter(({ action, why }) => action === 'recomputed' && why.startsWith('new')).length;
  const dropped = changes.filter(({ action }) => action === 'dropped').length;
  expect(kept + listed - fresh + dropped).toBeGreaterThanOrEqual(before.encodings.size);
  const applied = applyEncodings(result.model, file).model;
  const got = await outputOf(applied, feed);
  const step = want.dtype === 'uint8' ? 1 : ([...encodings.activations.values()].at(-1)?.scale[0] as number);
  const worst = want.data.reduce((most: number, v, i) => Math.max(most, Math.abs(Number(v) - Number(got.data[i]))), 0) as number;
  const bound = ROUNDED[name];
  if (bound === undefined) expect(got).toEqual(want);
  else expect(worst / step).toBeLessThanOrEqual(bound + 0.01);
  if (bound !== undefined) expect(worst).toBeGreaterThan(0);
});

async function outputOf(
  model: Model,
  feed: NamedArrays,
): Promise<NdArray & { data: { reduce(f: (a: number, v: number | bigint, i: number) => number, start: number): number } }> {
  const [output] = (await runOrt(model.toProto(), feed)).values();
  return output as never;
}
