import { expect, test } from 'vitest';
import type { NdArray } from '../../models/contracts/index.ts';
import { type ModelProto, readModel } from '../../models/onnx/index.ts';
import { type Reduced, reduceRanks, targetOfRank } from '../converters/rewrites/rank/support.ts';
import { nodeSuiteAll, type NodeSuiteCase } from '../support/node-suite.ts';
import { runOrt } from '../support/ort.ts';

const cases = nodeSuiteAll();

/** ONNX's own operator tests as they are forced to rank 3: what ONNX Runtime computes stays the same. */
test.skipIf(!cases)('the ONNX node suite (make it with test/fixtures/make-node-suite.py)', async () => {
  let compared = 0;
  for (const one of cases ?? []) {
    const proto = readOrNull(one);
    const reduced = proto && reduceRanks(proto, targetOfRank(4, 3));
    if (!proto || !reduced?.records.some(({ outcome }) => outcome === 'fired')) continue;
    if (await isSame(one, proto, reduced)) compared++;
  }
  expect(compared).toBeGreaterThan(100);
}, 600_000);

function readOrNull({ modelPath }: NodeSuiteCase): ModelProto | null {
  try {
    return readModel(modelPath).proto;
  } catch {
    return null;
  }
}

/** False where ONNX Runtime does not run the original. */
async function isSame({ name, inputs }: NodeSuiteCase, proto: ModelProto, reduced: Reduced): Promise<boolean> {
  const feeds = Object.fromEntries(inputs.flatMap((value) => (value.array() ? [[value.name, value.array() as NdArray]] : [])));
  const before = await runOrt(proto, feeds).catch(() => null);
  if (!before) return false;
  const after = await runOrt(reduced.proto, feeds);
  for (const [output, expected] of before) {
    const actual = after.get(output) as NdArray;
    expect(actual.dims, name).toEqual(expected.dims);
    const worst = Math.max(0, ...Array.from(expected.data as Float32Array, (value, i) => Math.abs(Number(value) - Number(actual.data[i])) || 0));
    expect(worst, name).toBeLessThanOrEqual(1e-5);
  }
  return true;
}
