import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { CompileReport, GraphFigures } from '../../../converters/htp/index.ts';
import { recipeFor } from '../../../converters/rewrites/recipe.ts';
import { rewriteModel } from '../../../converters/rewrites/engine.ts';
import { resolveTarget } from '../../../converters/rules/index.ts';
import { compareFigures, type FormFigures, type EvidenceRequest, gatherEvidence } from '../../../converters/tune/evidence.ts';
import { logWithEvidence } from '../../../converters/tune/evidence-log.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { readModel, Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, Prng } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec } from '../../support/build-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-evidence-test-'));
const executor = createHostExecutor();
afterAll(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

const prng = new Prng(2);
const weights = (...dims: number[]): Tensor => Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() * 0.2));
/** A skip that can be folded, a shuffle in CRD order, a conversion that only tidying removes. */
const SPEC: ModelSpec = {
  inputs: { x: ['float32', [1, 8, 12, 12]] }, outputs: { y: ['float32', null] }, initializers: { w: weights(8, 8, 3, 3), v: weights(12, 8, 3, 3) },
  nodes: [['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }], ['Add', ['c', 'x'], ['s']], ['Relu', ['s'], ['r']], ['Cast', ['r'], ['i'], { to: 1 }],
    ['Conv', ['i', 'v'], ['d'], { pads: [1, 1, 1, 1] }], ['DepthToSpace', ['d'], ['y'], { blocksize: 2, mode: 'CRD' }]],
};

interface Seen { readonly types: readonly string[]; readonly crd: boolean }

/** A compiler whose bytes follow from the operators in the file. */
function fakeCompiler(bytes: (seen: Seen) => number, asked: Seen[] = []): (path: string) => Promise<CompileReport> {
  return async (path) => {
    const file = readModel(path);
    const nodes = [...new Model(file.proto).graph.nodes()];
    const seen = { types: nodes.map(({ opType }) => opType), crd: nodes.some((node) => node.is('DepthToSpace') && node.attributes.string('mode', 'DCR') === 'CRD') };
    file.close();
    asked.push(seen);
    const graph: GraphFigures = { readBytes: bytes(seen), writeBytes: 0, spillBytes: 0, fillBytes: 0, supertiles: 0, vtcmBytes: null, hvxThreads: null, socType: null };
    return { chip: 'X', socModel: 0, hexagon: 73, build: null, packages: {}, options: {}, nodes: [], htpGraphs: 1, cpuNodes: 0, graphs: [graph], failure: null, stages: [], seconds: 0, peakBytes: null };
  };
}

function request(compile: EvidenceRequest['compile'], more: Partial<EvidenceRequest['options']> = {}): EvidenceRequest {
  return { proto: buildModel(SPEC), compile, executor, folder: join(folder, String(prng.uint32())), options: { target: resolveTarget('htp:SM8550'), precision: 'fp16', seed: 1, ...more } };
}

describe('what the compiler decides', () => {
  test('a fold that gains stays, and what the recipe omits runs where it gains', async () => {
    const { also, skip, evidence } = await gatherEvidence(request(fakeCompiler(({ types, crd }) => 100 + (types.includes('Add') ? 10 : 0) + (crd ? 5 : 0))));
    expect([also, skip]).toEqual([['permute/crd-to-dcr'], []]);
    expect([evidence.before.bytes, evidence.after.bytes]).toEqual([115, 100]);
    expect(evidence.decided.map(({ rewrite, runs, other }) => [rewrite, runs, other.bytes])).toEqual([['permute/crd-to-dcr', true, 105], ['fold/skip', true, 110]]);
  });
  test('a fold that costs is left out, with both figures in the log', async () => {
    const { also, skip, evidence } = await gatherEvidence(request(fakeCompiler(({ types, crd }) => 100 - (types.includes('Add') ? 30 : 0) - (crd ? 1 : 0))));
    expect([also, skip]).toEqual([[], ['fold/skip']]);
    const { log } = await rewriteModel(new Model(buildModel(SPEC)), { target: resolveTarget('htp:SM8550'), precision: 'fp16', also, skip, verify: 'off' });
    const records = logWithEvidence(log, evidence).records;
    expect(records.find(({ rewrite }) => rewrite === 'fold/skip')).toMatchObject({ outcome: 'skipped', reason: 'the compiler shows no gain: 0.00 MB of DDR traffic with it, 0.00 MB of DDR traffic without' });
    expect(records.filter(({ rewrite }) => rewrite === 'permute/crd-to-dcr')).toHaveLength(1);
  });
  test('where no figure differs, fewer multiply-accumulates and fewer nodes count; of equals the form without it is taken', async () => {
    const { also, skip } = await gatherEvidence(request(fakeCompiler(() => 100)));
    expect([also, skip]).toEqual([[], []]);
  });
  test('what tidies up counts as one group, and the log says what it changed', async () => {
    const { evidence } = await gatherEvidence(request(fakeCompiler(({ types }) => 2e6 + (types.includes('Cast') ? 3e6 : 0))));
    expect([...evidence.without].map(([group, { bytes }]) => [group, bytes])).toEqual([['clean', 5e6]]);
    const { log } = await rewriteModel(new Model(buildModel(SPEC)), { target: resolveTarget('htp:SM8550'), precision: 'fp16', verify: 'off' });
    expect(logWithEvidence(log, evidence).records.find(({ rewrite }) => rewrite === 'clean/no-op-cast')?.facts).toEqual({ 'all of clean: DDR bytes': '5.00 MB → 2.00 MB (compiled)' });
  });
  test('--only and --skip are obeyed: nothing is decided beside the first, nothing that the second names runs', async () => {
    const only = await gatherEvidence(request(fakeCompiler(({ crd }) => (crd ? 5 : 1)), { only: ['clean/no-op-cast'] }));
    expect([only.also, only.evidence.decided, only.evidence.after.bytes]).toEqual([[], [], 5]);
    const skipped = await gatherEvidence(request(fakeCompiler(({ types }) => (types.includes('Add') ? 5 : 1)), { skip: ['fold/skip'] }));
    expect([skipped.skip, skipped.evidence.after.bytes]).toEqual([['fold/skip'], 5]);
  });
  test('for weights of few bits, drafts are compiled, and folds that cost precision are not decided by bytes', async () => {
    const asked: Seen[] = [];
    const { also, evidence } = await gatherEvidence(request(fakeCompiler(({ types }) => (types.includes('Add') ? 9 : 1), asked), { precision: 'w8a8' }));
    expect([also, evidence.decided.map(({ rewrite }) => rewrite)]).toEqual([[], ['permute/crd-to-dcr']]);
    expect(asked.every(({ types }) => types.includes('QuantizeLinear'))).toBe(true);
  });
  test('each form is compiled once, the same every time, and no file is left', async () => {
    const [first, second] = [[], []] as [Seen[], Seen[]];
    const one = request(fakeCompiler(({ types }) => types.length, first));
    const a = await gatherEvidence(one);
    const b = await gatherEvidence(request(fakeCompiler(({ types }) => types.length, second)));
    expect(b).toEqual(a);
    expect(first).toEqual(second);
    expect(first.length).toBeLessThanOrEqual(6);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('order of figures: a graph at all, its parts, CPU nodes, bytes, spills', () => {
  const base: FormFigures = { graphs: 1, cpuNodes: 0, bytes: 10, spillBytes: 0, failure: null, macs: 5, nodes: 3 };
  const worse: Partial<FormFigures>[] = [{ failure: 'crash', bytes: 1 }, { graphs: 2, bytes: 1 }, { graphs: 0, bytes: null, spillBytes: null }, { cpuNodes: 1, bytes: 1 }, { bytes: 11 }, { spillBytes: 1 }, { macs: 6 }, { nodes: 4 }];
  for (const change of worse) {
    expect(compareFigures(base, { ...base, ...change })).toBe(-1);
    expect(compareFigures({ ...base, ...change }, base)).toBe(1);
  }
  expect(compareFigures(base, { ...base })).toBe(0);
});

test('for an SDK that is older than the compiler here, the recipe of 2022 holds', () => {
  const runs = (target: string): boolean => recipeFor(resolveTarget(target), 'fp16').steps.some(({ id }) => id === 'permute/crd-to-dcr');
  expect(['htp:SM8550@2.20', 'htp:SM8550@2.51', 'htp:SM8550', 'ane:A15'].map(runs)).toEqual([true, false, false, false]);
});

test('a model that is shared is not changed by looking', async () => {
  const model = new Model(buildModel(SPEC));
  inferShapes(model);
  const before = JSON.stringify(model.toProto());
  await gatherEvidence({ ...request(fakeCompiler(() => 1)), proto: model.toProto() });
  expect(JSON.stringify(model.toProto())).toBe(before);
});
