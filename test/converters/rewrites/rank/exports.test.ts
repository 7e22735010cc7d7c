import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { readModel } from '../../../../models/onnx/index.ts';
import { readNpy } from '../../../support/npy.ts';
import { runOrt } from '../../../support/ort.ts';
import { fixture } from '../../../support/paths.ts';
import { reduceRanks } from './support.ts';

const names = readdirSync(fixture('exports')).filter((file) => file.endsWith('.onnx')).map((file) => file.slice(0, -5));

describe.each(['ane', 'htp'])('PyTorch exports for %s', (target) => {
  test.each(names)('%s: no value above rank 5, output as PyTorch computed it', async (name) => {
    const path = fixture('exports', `${name}.onnx`);
    const reduced = reduceRanks(readModel(path).proto, target);
    expect(reduced.highestRank).toBeLessThanOrEqual(5);
    const input = readNpy(path.replace(/onnx$/, 'input.npy'));
    const expected = readNpy(path.replace(/onnx$/, 'output.npy'));
    const [output] = (await runOrt(reduced.proto, { [reduced.model.graph.inputs[0]?.name ?? '']: input })).values();
    compare(output as NdArray, expected);
  });
});

test.each(['op10', 'op17', 'dynamo', 'dynamic_op17'])('unshuffle_ultra_%s: the six-dimensional chain is one named operator and a permutation for the next convolution', (form) => {
  const { opTypes, records, highestRank } = reduceRanks(readModel(fixture('exports', `unshuffle_ultra_${form}.onnx`)).proto);
  expect(opTypes.filter((op) => op !== 'Constant').slice(0, 3)).toEqual(['SpaceToDepth', 'Gather', 'Conv']);
  expect(records[0]?.facts).toMatchObject({ movement: 'pixel_unshuffle(2)' });
  expect(highestRank).toBe(4);
});

test.each([
  ['sixd_shared_elementwise_op17', 'pixel_unshuffle(2)'], ['window_attention_op17', 'window partition'], ['plain_clip_x2_op10_sixd', 'DepthToSpace(2) on single channels'],
])('%s: %s', (name, movement) => {
  const { records } = reduceRanks(readModel(fixture('exports', `${name}.onnx`)).proto);
  expect(records.map(({ facts }) => facts?.movement)).toContain(movement);
});

/** Within 1e-5 of the range; 8-bit outputs: at most 0.1 % of the values one level off. */
function compare(actual: NdArray, expected: NdArray): void {
  expect(actual.dims).toEqual(expected.dims);
  const [a, b] = [actual.data as Float32Array, expected.data as Float32Array];
  let worst = 0;
  let off = 0;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    worst = Math.max(worst, difference);
    if (difference > 0) off++;
    low = Math.min(low, b[i] as number);
    high = Math.max(high, b[i] as number);
  }
  if (expected.dtype === 'uint8') {
    expect(worst).toBeLessThanOrEqual(1);
    expect(off).toBeLessThanOrEqual(b.length / 1000);
  } else expect(worst).toBeLessThanOrEqual(1e-5 * (high - low));
}
