import { expect } from 'vitest';
import { type RewriteResult, rewriteModel } from '../../../../converters/rewrites/engine.ts';
import type { Precision } from '../../../../converters/rewrites/rewrite.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import type { NamedArrays, NdArray } from '../../../../models/contracts/index.ts';
import { Model } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { seededInputs } from '../../../../models/run/index.ts';
import { buildModel, type ModelSpec, type NodeSpec, toBytes } from '../../../support/build-model.ts';
import { runOrtAll } from '../../../support/ort.ts';

/** Traps that peers fall into (onnx-tools §6.1) and conditions from their issues (§6.3): every recipe must end right on each. */

export const RECIPES: readonly (readonly [target: string, precision: Precision])[] = [
  ['host', 'fp32'],
  ['ane', 'fp16'],
  ['htp', 'fp16'],
  ['htp', 'w8a8'],
];

export const wave = (dims: number[], phase = 0, dtype: 'float32' | 'float16' = 'float32') =>
  Tensor.of(
    dtype,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + phase) / 2),
  );
export const i64 = (...values: number[]) => Tensor.of('int64', [values.length], values);

/** Runs every recipe and compares with the original; returns the op types after the last one. */
export async function survives(
  spec: ModelSpec,
  { tolerance = 1e-5, bindings = {}, run = true }: { tolerance?: number; bindings?: Record<string, number>; run?: boolean } = {},
): Promise<RewriteResult[]> {
  const before = buildModel(spec);
  const results: RewriteResult[] = [];
  const inputs = new Model(before).graph.inputs.filter((value) => !value.initializer);
  const feeds = run
    ? seededInputs(
        inputs.map(({ name, type }) => ({ name, dtype: type.dtype, dims: type.shape ?? [] })),
        { seed: 5, kinds: ['normal', 'ramp', 'zeros'], bindings },
      )
    : [];
  const expected = run ? await runOrtAll(before, feeds) : [];
  for (const [target, precision] of RECIPES) {
    const options = { target: resolveTarget(target), precision, verify: 'off' as const };
    const result = await rewriteModel(new Model(before), options);
    const proto = result.model.toProto();
    expect([proto.graph?.input, proto.graph?.output, proto.opsetImport, proto.irVersion]).toEqual([
      before.graph?.input,
      before.graph?.output,
      before.opsetImport,
      before.irVersion,
    ]);
    const actual = run ? await runOrtAll(proto, feeds) : [];
    for (const [i, outputs] of actual.entries()) expectClose(outputs, expected[i] as NamedArrays, tolerance);
    const again = (await rewriteModel(new Model(proto), options)).model.toProto();
    expect(Buffer.from(toBytes(again)).equals(Buffer.from(toBytes(proto)))).toBe(true);
    results.push(result);
  }
  return results;
}

function expectClose(actual: NamedArrays, expected: NamedArrays, tolerance: number): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, reference] of expected) {
    const candidate = actual.get(name) as NdArray;
    expect({ dtype: candidate.dtype, dims: candidate.dims }).toEqual({ dtype: reference.dtype, dims: reference.dims });
    const [x, y] = [Tensor.fromNdArray(reference).numbers(), Tensor.fromNdArray(candidate).numbers()];
    const largest = x.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0);
    x.forEach((v, i) => {
      if (!Object.is(v, y[i])) expect(Math.abs(v - (y[i] as number))).toBeLessThanOrEqual(tolerance * largest);
    });
  }
}

/** x [1,4,5,4] → Conv (4 → 4, 3×3, same size) → `nodes` from `c` to `y`. Width and channels are equal, so that sizes alone do not tell axes apart. */
export function afterConv(
  nodes: readonly NodeSpec[],
  initializers: Record<string, Tensor> = {},
  more: Partial<ModelSpec> = {},
  conv: NodeSpec = ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }],
): ModelSpec {
  return {
    inputs: { x: ['float32', [1, 4, 5, 4]] },
    outputs: { y: ['float32', null] },
    initializers: { w: wave([4, 4, 3, 3]), b: wave([4], 1), ...initializers },
    nodes: [conv, ...nodes],
    ...more,
  };
}
export const bn = (count: number): Record<string, Tensor> => ({
  scale: wave([count], 2),
  shift: wave([count], 3),
  mean: wave([count], 4),
  variance: Tensor.of(
    'float32',
    [count],
    Array.from({ length: count }, (_, i) => 0.5 + i),
  ),
});
export const bnInputs = ['scale', 'shift', 'mean', 'variance'];
