import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageExecutor } from '../../../../converters/coreml/index.ts';
import type { NamedArrays, NdArray } from '../../../../models/contracts/index.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { bitEqual, relativeToRange } from '../../../support/compare.ts';
import { readNpy } from '../../../support/npy.ts';
import { fixture } from '../../../support/paths.ts';

/** Packages by coremltools' MIL builder, with what MIL's own evaluation says: test/fixtures/coreml-operators/make-operators.py. */
const folder = fixture('coreml-operators');
const host = createHostExecutor({ threads: 1 });
const executor = packageExecutor(host);
const results = new Map<string, NdArray>();
const cases = readdirSync(join(folder, 'expected')).map((file) => basename(file, '.npy')).sort();

beforeAll(async () => {
  const feed: NamedArrays = new Map(readdirSync(join(folder, 'inputs')).map((file) => [basename(file, '.npy'), readNpy(join(folder, 'inputs', file))]));
  const zero: NamedArrays = new Map([['zero', { dtype: 'float32', dims: [1], data: new Float32Array(1) }]]);
  for (const [name, input] of [['operators', feed], ['constexpr-ios16', zero], ['constexpr-ios18', zero]] as const) {
    const [outputs] = await executor.run(join(folder, `${name}.mlpackage`), [input]);
    for (const [output, array] of outputs as NamedArrays) results.set(output, array);
  }
});
afterAll(() => host.close());

test('every case of the packages has an expectation', () => {
  expect([...results.keys()].sort()).toEqual(cases);
});

test.each(cases.filter((name) => name.endsWith('_result')))('%s is what MIL itself computes', (name) => {
  const [computed, expected] = [results.get(name) as NdArray, readNpy(join(folder, 'expected', `${name}.npy`))];
  expect(computed.dims).toEqual(expected.dims);
  expect(computed.dtype).toBe(expected.dtype);
  expect(relativeToRange(computed, expected)).toBeLessThan(expected.dtype === 'int32' ? 1e-12 : 2e-6);
});

test.each(cases.filter((name) => !name.endsWith('_result')))('weights in the form %s are what coremltools decompresses', (name) => {
  const [computed, expected] = [results.get(name) as NdArray, readNpy(join(folder, 'expected', `${name}.npy`))];
  expect(computed.dims).toEqual(expected.dims);
  if (/offset|affine|blockwise/.test(name)) expect(relativeToRange(computed, expected)).toBeLessThan(1e-7);
  else expect(bitEqual(computed, expected)).toBe(true);
});
