import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { rewriteModel, type RewriteOptions } from '../../converters/rewrites/engine.ts';
import { resolveTarget } from '../../converters/rules/index.ts';
import type { InputContract, NdArray } from '../../models/contracts/index.ts';
import { inferShapes, Model } from '../../models/graph/index.ts';
import { readModel, writeModel } from '../../models/onnx/index.ts';
import { createHostExecutor } from '../../models/run/index.ts';
import { relativeToRange } from '../support/compare.ts';
import { readNpy } from '../support/npy.ts';
import { runOrt } from '../support/ort.ts';
import { fixture } from '../support/paths.ts';

const EXPORTS = readdirSync(fixture('exports')).filter((f) => f.endsWith('.onnx')).map((f) => f.slice(0, -5));
const executor = createHostExecutor({ threads: 1 });
const folder = mkdtempSync(join(tmpdir(), 'dyno-exports-'));
afterAll(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

interface Rewritten { readonly model: Model; readonly path: string; readonly output: NdArray; readonly ops: string[] }

/** Rewrites a stored export into a file and runs that file on PyTorch's stored input. */
async function rewritten(name: string, options: Partial<RewriteOptions> & { target?: never; on?: string } = {}): Promise<Rewritten> {
  const file = readModel(fixture('exports', `${name}.onnx`));
  const { on, ...rest } = options;
  const result = await rewriteModel(new Model(file.proto), { target: resolveTarget(on ?? 'ane'), precision: 'fp16', executor, verify: 'quick', ...rest });
  expect(result.notes).toEqual([]);
  const path = join(folder, `${name}-${Math.random()}.onnx`);
  await writeModel(result.model.toProto(), path, { from: file });
  file.close();
  const input = readNpy(fixture('exports', `${name}.input.npy`));
  const outputs = await runOrt(path, { [result.model.graph.inputs[0]?.name as string]: input });
  return { model: result.model, path, output: [...outputs.values()][0] as NdArray, ops: [...result.model.graph.nodes()].map((n) => n.opType) };
}

/** Within 1e-5 of the range; uint8: at most 0.1 % of the values one level off. */
function expectSame(name: string, output: NdArray, tolerance = 1e-5): void {
  const stored = readNpy(fixture('exports', `${name}.output.npy`));
  expect(output.dims).toEqual(stored.dims);
  if (output.dtype !== 'uint8') {
    expect(relativeToRange(output, stored)).toBeLessThanOrEqual(tolerance);
    return;
  }
  const steps = Array.from(output.data as Uint8Array, (v, i) => Math.abs(v - Number(stored.data[i])));
  expect(Math.max(...steps)).toBeLessThanOrEqual(1);
  expect(steps.filter((s) => s > 0).length).toBeLessThanOrEqual(steps.length / 1000);
}

function highestRank(path: string, shape: readonly number[]): number {
  const file = readModel(path);
  const model = new Model(file.proto);
  inferShapes(model, { bind: new Map([[model.graph.inputs[0]?.name as string, shape]]) });
  file.close();
  const ranks = [...model.graph.values.values()].map((v) => v.type.shape?.length);
  expect(ranks).not.toContain(undefined);
  return Math.max(...(ranks as number[]));
}

/** Ranks that remain where four axes would cost another step. */
const RANK_ON_HTP: Readonly<Record<string, number>> = {};

describe.each(['ane', 'htp'])('for %s', (on) => {
  test.each(EXPORTS)('%s: PyTorch\'s output, no rank above the limit, the second time no byte changes', async (name) => {
    const done = await rewritten(name, { on });
    expectSame(name, done.output);
    const shape = readNpy(fixture('exports', `${name}.input.npy`)).dims;
    expect(highestRank(done.path, shape)).toBeLessThanOrEqual(on === 'ane' ? 5 : (RANK_ON_HTP[name] ?? 4));
    const file = readModel(done.path);
    const again = await rewriteModel(new Model(file.proto), { target: resolveTarget(on), precision: 'fp16', verify: 'off' });
    const path = join(folder, 'again.onnx');
    await writeModel(again.model.toProto(), path, { from: file });
    file.close();
    expect(readFileSync(path).equals(readFileSync(done.path))).toBe(true);
  });
});

describe('what each is known for', () => {
  test('sesr_m3: ten convolutions become five', async () => {
    const done = await rewritten('sesr_m3_op17');
    expect(done.ops.filter((op) => op === 'Conv').length).toBe(5);
    expectSame('sesr_m3_op17', done.output);
  });
  test('repvgg: each block is one convolution', async () => {
    const before = new Model(readModel(fixture('exports', 'repvgg_train_form_op17.onnx')).proto);
    const blocks = [...before.graph.nodes()].filter((n) => n.is('Conv') && n.attributes.ints('kernel_shape')?.join() === '3,3').length;
    const done = await rewritten('repvgg_train_form_op17');
    expect(done.ops.filter((op) => op === 'Conv').length).toBe(blocks);
    expect(done.ops).not.toContain('BatchNormalization');
    expect(done.ops).not.toContain('Add');
  });
  test.each(EXPORTS.filter((n) => n.startsWith('plain_') && !n.includes('sixd')))('%s: CRD to DCR, bit for bit', async (name) => {
    const plain = await runOrt(fixture('exports', `${name}.onnx`), { [await inputName(name)]: readNpy(fixture('exports', `${name}.input.npy`)) });
    const done = await rewritten(name, { on: 'htp', only: ['permute/crd-to-dcr'] });
    expect(relativeToRange(done.output, [...plain.values()][0] as NdArray)).toBe(0);
    expect([...done.model.graph.nodes()].filter((n) => n.is('DepthToSpace')).map((n) => n.attributes.string('mode', 'DCR'))).toEqual(['DCR']);
  });
  test.each(EXPORTS.filter((n) => n.startsWith('plain_anchor')))('%s: the anchor is carried', async (name) => {
    const contract: InputContract = { name: await inputName(name), kind: 'image', color: 'rgb', range: [0, 1], mean: [0], std: [1], layout: 'NCHW', dtype: 'float32', shape: [1, 3, null, null] };
    const done = await rewritten(name, { on: 'htp', precision: 'fp16', contracts: new Map([[contract.name, contract]]) });
    expect(done.ops).not.toContain('Add');
    expectSame(name, done.output);
  });
  test.each(EXPORTS.filter((n) => n.startsWith('unshuffle_ultra')))('%s: the six-dimensional chain is a named operator', async (name) => {
    const done = await rewritten(name);
    expect(done.ops).toContain('SpaceToDepth');
    expect(done.ops.filter((op) => op === 'Transpose')).toEqual([]);
  });
});

async function inputName(name: string): Promise<string> {
  const file = readModel(fixture('exports', `${name}.onnx`));
  file.close();
  return file.proto.graph?.input?.[0]?.name as string;
}
