import { expect } from 'vitest';
import { foldRewrites } from '../../../../converters/rewrites/fold/index.ts';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { Prng, seededInputs } from '../../../../models/run/index.ts';
import { type Applied, type ApplyOptions, applyRewrites } from '../../../support/apply-rewrites.ts';
import { buildModel, type ModelSpec, toBytes } from '../../../support/build-model.ts';
import { relativeToRange } from '../../../support/compare.ts';
import { runOrtAll } from '../../../support/ort.ts';

const prng = new Prng(7);

/** Seeded normal weights. */
export function weights(...dims: number[]): Tensor {
  return Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() * 0.5));
}

const only = (...ids: string[]): typeof foldRewrites => foldRewrites.filter((r) => ids.includes(r.id));

/** Rewrites, runs both in ONNX Runtime on normal, zero, ramp and large inputs, and returns what happened. `tolerance` is relative to range. */
export async function checkFold(spec: ModelSpec, ids: readonly string[], options: ApplyOptions & { tolerance?: number; range?: readonly [number, number] } = {}): Promise<Applied & { error: number }> {
  const before = buildModel(spec);
  const applied = applyRewrites(before, only(...ids), options);
  const specs = Object.entries(spec.inputs).filter(([name]) => !spec.initializers?.[name])
    .map(([name, [dtype, dims]]) => ({ name, dtype, dims: dims ?? [], ...(options.range ? { range: options.range } : {}) }));
  const feeds = seededInputs(specs, { seed: 3, kinds: ['normal', 'zeros', 'ramp', 'large'], defaultDim: 7 });
  const after = applied.model.toProto();
  const [a, b] = [await runOrtAll(toBytes(after), feeds), await runOrtAll(toBytes(before), feeds)];
  let error = 0;
  a.forEach((outputs, i) => {
    for (const [name, array] of outputs) error = Math.max(error, relativeToRange(array, b[i]?.get(name) as NdArray));
  });
  expect(error).toBeLessThanOrEqual(options.tolerance ?? 2e-6);
  const again = applyRewrites(after, only(...ids), options);
  expect(again.fired.map((f) => f.rewrite)).toEqual([]);
  return { ...applied, error };
}

/** Op types of the rewritten graph in order. */
export function ops({ model }: Applied): string[] {
  return [...model.graph.nodes()].map((n) => n.opType);
}

export function reasons({ refused }: Applied): string {
  return refused.map((r) => `${r.rewrite}: ${r.reason}`).join('\n');
}
