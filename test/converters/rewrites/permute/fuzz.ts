import { expect } from 'vitest';
import { crdToDcrRewrite, dcrToCrdRewrite } from '../../../../converters/rewrites/permute/crd-to-dcr.ts';
import { intoWeightsRewrite } from '../../../../converters/rewrites/permute/into-weights.ts';
import type { Rewrite } from '../../../../converters/rewrites/rewrite.ts';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { Prng } from '../../../../models/run/prng.ts';
import { relativeToRange } from '../../../support/compare.ts';
import { runOrt } from '../../../support/ort.ts';
import { rewriteModel } from './apply.ts';
import { randomNetwork } from './random-network.ts';

/** Which rewrites run together on which networks. */
export const FUZZ: readonly (readonly [name: string, rewrites: readonly Rewrite[], mode: 'CRD' | 'DCR'])[] = [
  ['permute/crd-to-dcr', [crdToDcrRewrite], 'CRD'],
  ['permute/dcr-to-crd', [dcrToCrdRewrite], 'DCR'],
  ['permute/into-weights', [intoWeightsRewrite], 'DCR'],
  ['both', [intoWeightsRewrite, crdToDcrRewrite], 'CRD'],
];

/** Rewrites random networks of the seeds and holds every output against ONNX Runtime before: bit for bit where that is claimed. */
export async function fuzz(rewrites: readonly Rewrite[], mode: 'CRD' | 'DCR', first: number, count: number): Promise<void> {
  let [fired, exact, places] = [0, 0, 0];
  for (let seed = first; seed < first + count; seed++) {
    const proto = randomNetwork(seed, mode);
    const after = rewriteModel(proto, rewrites);
    places += after.fired.length + after.refused.length;
    for (const refusal of after.refused) expect(refusal.reason, `seed ${seed}`).not.toBe('');
    if (after.fired.length === 0) {
      expect(after.proto, `seed ${seed}`).toBe(proto);
      continue;
    }
    fired += after.fired.length;
    const isBit = after.fired.every((proposal) => (proposal.exactness ?? 'bit') === 'bit');
    if (!isBit) exact++;
    const dtype = Number(proto.graph?.input?.[0]?.type?.tensorType?.elemType) === 10 ? 'float16' : 'float32';
    const feeds = { x: image(seed, dtype) };
    const [want, got] = [await runOrt(proto, feeds), await runOrt(after.bytes, feeds)];
    expect([...got.keys()], `seed ${seed}`).toEqual([...want.keys()]);
    for (const [name, value] of want) {
      const other = got.get(name) as NdArray;
      expect(other.dims, `seed ${seed}`).toEqual(value.dims);
      if (isBit) expect(numbers(other), `seed ${seed} ${name}`).toEqual(numbers(value));
      else expect(relativeToRange(other, value), `seed ${seed} ${name}`).toBeLessThan(dtype === 'float16' ? 2e-2 : 2e-5);
    }
    const twice = rewriteModel(after.proto, rewrites);
    expect(twice.fired, `seed ${seed}`).toHaveLength(0);
    expect(twice.bytes.length, `seed ${seed}`).toBe(after.bytes.length);
  }
  expect(fired).toBeGreaterThan(places / 4);
  expect(fired - exact).toBeGreaterThan(0);
}

function image(seed: number, dtype: 'float32' | 'float16'): NdArray {
  const random = new Prng(seed);
  return Tensor.of(
    dtype,
    [2, 3, 5, 6],
    Array.from({ length: 180 }, () => random.normal()),
  ).toNdArray();
}

function numbers(array: NdArray): number[] {
  return [...Tensor.fromNdArray(array).numbers()];
}
