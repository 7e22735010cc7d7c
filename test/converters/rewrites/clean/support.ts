import { expect } from 'vitest';
import { cleanRewrites } from '../../../../converters/rewrites/clean/index.ts';
import { type RewriteOptions, type RewriteResult, rewriteModel } from '../../../../converters/rewrites/engine.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import type { NamedArrays, RewriteRecord } from '../../../../models/contracts/index.ts';
import { Model } from '../../../../models/graph/index.ts';
import type { ModelProto } from '../../../../models/onnx/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { type InputKind, seededInputs } from '../../../../models/run/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../../support/build-model.ts';
import { runOrtAll } from '../../../support/ort.ts';

export interface CleanOptions extends Partial<Omit<RewriteOptions, 'target'>> {
  readonly target?: string;
  /** Largest difference relative to the largest output; 0 asks for equal numbers (−0 equals 0). */
  readonly tolerance?: number;
  /** Sizes for symbols, one run each. */
  readonly sizes?: readonly Readonly<Record<string, number>>[];
  readonly range?: readonly [number, number];
  /** False for models that ONNX Runtime does not take. */
  readonly run?: boolean;
}

export interface Cleaned {
  readonly ops: string[];
  readonly fired: string[];
  readonly refused: RewriteRecord[];
  readonly result: RewriteResult;
  readonly proto: ModelProto;
}

const KINDS: readonly InputKind[] = ['normal', 'zeros', 'ramp', 'large'];

/**
 * Rewrites a model with the clean-up rewrites and no verification of the engine's own, and checks what must hold always: same inputs and outputs, same
 * opset and IR, equal results in ONNX Runtime on several inputs, and that a second run changes no byte.
 */
export async function clean(spec: ModelSpec, options: CleanOptions = {}): Promise<Cleaned> {
  const { target = 'ane', tolerance = 0, sizes = [{}], run = true, range, ...rest } = options;
  const before = buildModel(spec);
  const rewrite = (proto: ModelProto) =>
    rewriteModel(new Model(proto), {
      target: resolveTarget(target),
      precision: 'fp32',
      verify: 'off',
      catalog: new Map(cleanRewrites.map((r) => [r.id, r])),
      ...rest,
    });
  const result = await rewrite(before);
  const proto = result.model.toProto();
  expect([proto.graph?.input, proto.graph?.output]).toEqual([before.graph?.input, before.graph?.output]);
  expect(proto.irVersion).toBe(before.irVersion);
  if (rest.opset === undefined) expect(proto.opsetImport).toEqual(before.opsetImport);
  if (run) await expectSameResults(before, proto, sizes, tolerance, range);
  const { opset: _, ...again } = rest;
  const second = await rewriteModel(new Model(proto), {
    target: resolveTarget(target),
    precision: 'fp32',
    verify: 'off',
    catalog: new Map(cleanRewrites.map((r) => [r.id, r])),
    ...again,
  });
  expect(Buffer.from(toBytes(second.model.toProto())).equals(Buffer.from(toBytes(proto)))).toBe(true);
  const records = result.log.records;
  return {
    ops: [...result.model.graph.nodes()].map((node) => node.opType).filter((op) => op !== 'Constant'),
    result,
    proto,
    fired: records.filter(({ outcome }) => outcome === 'fired').map((record) => record.rewrite.replace('clean/', '')),
    refused: records.filter(({ outcome }) => outcome === 'refused'),
  };
}

async function expectSameResults(
  before: ModelProto,
  after: ModelProto,
  sizes: readonly Readonly<Record<string, number>>[],
  tolerance: number,
  range?: readonly [number, number],
): Promise<void> {
  const inputs = new Model(before).graph.inputs.filter((value) => !value.initializer);
  const specs = inputs.map(({ name, type }) => ({ name, dtype: type.dtype, dims: type.shape ?? [], ...(range ? { range } : {}) }));
  for (const bindings of sizes) {
    const feeds = seededInputs(specs, { seed: 1, kinds: KINDS, bindings, defaultDim: 3 });
    const [expected, actual] = [await runOrtAll(before, feeds), await runOrtAll(after, feeds)];
    for (const [i, outputs] of expected.entries()) expectEqual(outputs, actual[i] as NamedArrays, tolerance);
  }
}

function expectEqual(expected: NamedArrays, actual: NamedArrays, tolerance: number): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, array] of expected) {
    const other = actual.get(name);
    expect(other).toMatchObject({ dtype: array.dtype, dims: array.dims });
    const [x, y] = [Tensor.fromNdArray(array).numbers(), Tensor.fromNdArray(other as typeof array).numbers()];
    const largest = x.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0);
    const worst = x.reduce(
      (most, v, i) => (v === y[i] || Object.is(v, y[i]) ? most : Math.max(most, Math.abs(v - (y[i] as number)) || Infinity)),
      0,
    );
    expect(worst).toBeLessThanOrEqual(tolerance * largest);
  }
}
