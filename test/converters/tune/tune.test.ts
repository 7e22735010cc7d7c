import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runSteps } from '../../../converters/faces/index.ts';
import { compileForHtp, type HtpToolchain, trafficOf } from '../../../converters/htp/index.ts';
import { parseCandidate, type Row, tuneForHtp, writeTuned } from '../../../converters/tune/index.ts';
import type { InputContract, NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { readModel } from '../../../models/onnx/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { runOrt } from '../../support/ort.ts';
import { feedsOf, NETWORK, random, requestOf, root, sourceOf } from '../../support/tune.ts';

const rowsOf = (request: Parameters<typeof tuneForHtp>[0]): Promise<readonly Row[]> => tuneForHtp(request, async ({ rows }) => rows);

describe.skipIf(!htpToolchain)(`with Qualcomm's compiler${htpMissing}`, () => {
  test('of four candidates bytes in the order of pixels win, and what is shipped is proved, complete, and what the compiler says of it', async () => {
    const folder = join(root, 'tuned');
    const candidates = ['as-is,float', 'recipe,everywhere,uint8', 'recipe,everywhere,uint8,nhwc,O1', 'recipe,everywhere,uint8,nhwc'].map(parseCandidate);
    const request = requestOf({ verify: true, candidates });
    await tuneForHtp(request, async (result) => {
      const { winner, variant, proof, rows } = result;
      expect(winner.candidate.face).toEqual({ uint8: true, nhwc: true });
      expect(winner.figures?.trafficBytes).toBeLessThan((rows.find(({ name }) => name === 'as-is,float')?.figures?.trafficBytes as number) / 2);
      expect(proof).toMatchObject({ failure: null });
      expect(proof?.quantizedDb).toBeGreaterThan(25);
      expect(proof?.emulated?.db).toBeGreaterThan(40);
      expect(variant.encodings).not.toBeNull();
      const written = await writeTuned(result, request, 'net', folder, { commands: ['x'] });
      expect(written.files).toEqual(expect.arrayContaining(['adapter/adapter.ts', 'adapter/adapter.swift', 'compiled/compiled.json', 'encodings.json', 'net.onnx', 'tune.json']));
      const again = await compileForHtp(htpToolchain as HtpToolchain, { modelPath: join(folder, 'net.onnx'), soc: request.soc, options: optionsOf(winner) });
      expect(trafficOf(again).all).toBe(winner.figures?.trafficBytes);
      expect(written.artifacts.some(({ what }) => what === 'context-binary')).toBe(true);
    });
    const table = JSON.parse(readFileSync(join(folder, 'tune.json'), 'utf8')) as { winner: string; rows: Row[]; commands: string[] };
    expect([table.rows[0]?.name, table.commands]).toEqual([table.winner, ['x']]);
    expect(existsSync(request.folder)).toBe(false);
    const adapter = JSON.parse(readFileSync(join(folder, 'adapter/adapter.json'), 'utf8')) as { inputs: { steps: never[] }[]; outputs: { steps: never[] }[] };
    const [feed] = feedsOf(64, 96) as [NamedArrays];
    const prepared = runSteps(adapter.inputs[0]?.steps ?? [], feed.get('x') as NdArray, 'NCHW', 'uint8');
    const bytes = (await runOrt(readFileSync(join(folder, 'net.onnx')), new Map([['x', prepared]]))).get('y') as NdArray;
    const actual = runSteps(adapter.outputs[0]?.steps ?? [], bytes, 'NHWC', 'float32');
    const expected = (await runOrt(toBytes(buildModel(NETWORK)), feed)).get('y') as NdArray;
    const error = Math.sqrt((expected.data as Float32Array).reduce((sum, v, i) => sum + (v - Number(actual.data[i])) ** 2, 0) / expected.data.length);
    expect(20 * Math.log10(1 / error)).toBeGreaterThan(30);
  });

  test('one that needs more memory than its share is tried alone, and said to need more where that does not help', async () => {
    const candidates = [parseCandidate('as-is,float'), parseCandidate('recipe,everywhere,uint8,nhwc')];
    await expect(rowsOf(requestOf({ candidates, memoryBytes: 8 * 2 ** 20 }))).rejects.toThrow('needs more than 8 MiB of memory');
  });

  test('only the candidates named, in fp16, spills first', async () => {
    const rows = await rowsOf(requestOf({ candidates: ['as-is,float', 'recipe,float,nhwc', 'as-is,float,O3'].map(parseCandidate), objective: 'spill' }, sourceOf(NETWORK, { precision: 'fp16', calibration: [] })));
    expect(rows.map((row) => (row as Row).outcome)).toEqual(['compiled', 'compiled', 'compiled']);
  });

  test('a floor takes the first that reaches it, and one that none reaches is an error with the best score', async () => {
    const scorer = (contracts: ReadonlyMap<string, InputContract>) => ({ id: 's', score: async () => (contracts.get('x')?.dtype === 'uint8' ? 30 : 40) });
    const candidates = ['recipe,everywhere,uint8,nhwc', 'recipe,everywhere,uint8', 'recipe,everywhere,nhwc'].map(parseCandidate);
    await tuneForHtp(requestOf({ candidates, objective: 'quality', floor: 35, scorer }), async ({ winner, rows }) => {
      expect([winner.name, winner.score]).toEqual(['recipe,everywhere,nhwc', 40]);
      expect(rows.map(({ score }) => score)).toEqual([30, 30, 40]);
    });
    await expect(rowsOf(requestOf({ candidates, objective: 'quality', floor: 41, scorer }))).rejects.toThrow('No candidate reaches 41; the best has 40.000');
  });

  test('strips: as many inferences as the margin asks for, and bytes for all of them', async () => {
    await tuneForHtp(requestOf({ candidates: ['recipe,everywhere,uint8,nhwc,rows=32', 'recipe,everywhere,uint8,nhwc', 'recipe,everywhere,uint8,nhwc,rows=4'].map(parseCandidate) }), async ({ rows }) => {
      const strips = rows.find(({ candidate }) => candidate.rows === 32)?.figures;
      expect(strips?.strips).toBe(3);
      expect((strips?.trafficBytes ?? 1) % 3).toBe(0);
      expect(strips?.limit.uint8Face).toBeGreaterThan(64 * 96 * 3 * 5);
      expect(strips?.limit.uint8Face).toBeLessThan(64 * 96 * 3 * 5 + 4000);
      expect(rows.at(-1)).toMatchObject({ outcome: 'failed', reason: 'Strips of 4 rows do not cover its input: neighbours overlap by 4 rows, and a strip is a multiple of 1.' });
    });
  });
});

function optionsOf({ candidate: { compiler: { optimization } } }: Row): { optimization?: 1 | 2 | 3 } {
  return optimization === undefined ? {} : { optimization };
}

describe.skipIf(!htpToolchain)(`models that are not meant for it${htpMissing}`, () => {
  test('two inputs, one of them no image: rewrites are searched, faces that do not fit are said to', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 3, 16, 16]], z: ['float32', [1, 8]] }, outputs: { y: ['float32', null], q: ['float32', null] },
      initializers: { w: random(0.2, 3, 3, 3, 3), m: random(0.3, 8, 3) },
      nodes: [['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }], ['MatMul', ['z', 'm'], ['p']], ['Relu', ['c'], ['y']], ['Relu', ['p'], ['q']]],
    };
    const fixed = { shapes: new Map(), calibrationShapes: new Map(), calibration: [], precision: 'fp16' } as const;
    await tuneForHtp(requestOf({}, sourceOf(spec, fixed)), async ({ winner, rows }) => {
      expect(winner.figures?.htpGraphs).toBe(1);
      expect(rows.every(({ outcome }) => outcome !== 'failed')).toBe(true);
    });
  });
  test('no convolution, an output that is also used inside: tuned all the same', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 3, 16, 16]] }, outputs: { s: ['float32', null], y: ['float32', null] },
      nodes: [['Sigmoid', ['x'], ['s']], ['Mul', ['s', 's'], ['y']]],
    };
    const fixed = { shapes: new Map(), calibrationShapes: new Map(), calibration: feedsOf(16, 16) } as const;
    await tuneForHtp(requestOf({ verify: true, allow: { layout: false, dtype: false } }, sourceOf(spec, fixed)), async ({ winner, proof }) => {
      expect([winner.candidate.place, proof?.failure]).toEqual(['everywhere', null]);
    });
  });
  test('a quantized model stays as it is quantized', async () => {
    let quantized: Uint8Array | null = null;
    await tuneForHtp(requestOf({ candidates: [parseCandidate('recipe,everywhere')] }), async ({ variant }) => { quantized = readFileSync(variant.path); });
    const path = join(root, 'quantized.onnx');
    writeFileSync(path, quantized as unknown as Uint8Array);
    const proto = readModel(path).proto;
    await tuneForHtp(requestOf({ verify: true, allow: { layout: true, dtype: false } }, { ...sourceOf(), proto, shapes: new Map(), calibrationShapes: new Map(), calibration: [] }), async ({ winner, rows, proof }) => {
      expect([winner.candidate.place, proof?.failure, proof?.quantizedDb]).toEqual(['float', null, null]);
      expect(rows.every(({ candidate }) => candidate.place === 'float')).toBe(true);
    });
  });
});
