import ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { crdToDcrRewrite } from '../../../../converters/rewrites/permute/crd-to-dcr.ts';
import { intoWeightsRewrite } from '../../../../converters/rewrites/permute/into-weights.ts';
import type { DType } from '../../../../models/contracts/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelProto } from '../../../../models/onnx/index.ts';
import { Prng } from '../../../../models/run/prng.ts';
import { buildModel, type NodeSpec, toBytes } from '../../../support/build-model.ts';
import { opTypes, rewriteModel } from './apply.ts';

const random = new Prng(5);
const ints = (dtype: DType, dims: readonly number[], from: number, to: number): Tensor =>
  Tensor.of(
    dtype,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => from + random.below(to - from)),
  );
const scales = (dims: readonly number[]): Tensor =>
  Tensor.of(
    'float32',
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 0.002 + random.uniform() * 0.01),
  );

/** x → Q/DQ → Conv(per-channel int8 weights, int32 bias) → PRelu → Q/DQ (per channel where asked) → DepthToSpace CRD → Q/DQ. */
function qdq(perChannelActivation: boolean): ModelProto {
  const around = (from: string, to: string, scale: string, zero: string, attributes = {}): NodeSpec[] => [
    ['QuantizeLinear', [from, scale, zero], [`${to}_q`], attributes],
    ['DequantizeLinear', [`${to}_q`, scale, zero], [to], attributes],
  ];
  const [scale, zero] = perChannelActivation ? ['s12', 'z12'] : ['s', 'z'];
  return buildModel({
    inputs: { x: ['float32', [1, 3, 6, 5]] },
    outputs: { y: ['float32', null] },
    initializers: {
      s: Tensor.of('float32', [], [0.03]),
      z: Tensor.of('uint8', [], [117]),
      s12: scales([12]),
      z12: ints('uint8', [12], 100, 140),
      w: ints('int8', [12, 3, 3, 3], -127, 128),
      ws: scales([12]),
      wz: Tensor.of('int8', [12], new Array(12).fill(0)),
      b: ints('int32', [12], -3000, 3000),
      bs: scales([12]),
      slope: scales([12, 1, 1]),
    },
    nodes: [
      ...around('x', 'xq', 's', 'z'),
      ['DequantizeLinear', ['w', 'ws', 'wz'], ['wf'], { axis: 0 }, { name: 'wdq' }],
      ['DequantizeLinear', ['b', 'bs'], ['bf'], { axis: 0 }, { name: 'bdq' }],
      ['Conv', ['xq', 'wf', 'bf'], ['c'], { pads: [1, 1, 1, 1] }, { name: 'conv' }],
      ['PRelu', ['c', 'slope'], ['p']],
      ...around('p', 'pq', scale, zero, perChannelActivation ? { axis: 1 } : {}),
      ['DepthToSpace', ['pq'], ['d'], { blocksize: 2, mode: 'CRD' }, { name: 'shuffle' }],
      ...around('d', 'y', 's', 'z'),
    ],
  });
}

async function run(model: ModelProto, level: 'disabled' | 'all'): Promise<number[]> {
  const session = await ort.InferenceSession.create(toBytes(model), {
    graphOptimizationLevel: level,
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  });
  const x = Float32Array.from({ length: 90 }, (_, k) => Math.sin(k) * 3);
  const y = (await session.run({ x: new ort.Tensor('float32', x, [1, 3, 6, 5]) })).y;
  await session.release();
  return [...(y?.data as Float32Array)];
}

const shuffleMode = (model: ModelProto): string =>
  Buffer.from(model.graph?.node?.find((n) => n.opType === 'DepthToSpace')?.attribute?.find((a) => a.name === 'mode')?.s ?? []).toString();

describe.each([
  ['per tensor', false],
  ['per channel', true],
] as const)('QDQ, activations %s', (_, perChannel) => {
  test.each(['disabled', 'all'] as const)('int8 rows, scales, int32 bias move: bit-equal with optimisations %s', async (level) => {
    const before = qdq(perChannel);
    const { proto: after, fired } = rewriteModel(before, [crdToDcrRewrite]);
    expect(fired.map((f) => f.exactness ?? 'bit')).toEqual(['bit']);
    expect(shuffleMode(after)).toBe('DCR');
    expect(opTypes(after).sort()).toEqual(opTypes(before).sort());
    const want = await run(before, level);
    expect(new Set(want).size).toBeGreaterThan(15);
    expect(await run(after, level)).toEqual(want);
  });
});

test('what moved is told to encodings files, weights, scales and activations alike', () => {
  const { fired, model } = rewriteModel(qdq(false), [crdToDcrRewrite]);
  const effects = fired[0]?.encodings ?? [];
  const parameters = ['b', 'bs', 'slope', 'w', 'ws', 'wz'];
  expect(effects.filter((e) => parameters.includes(e.tensor)).map((e) => [e.tensor, e.as, e.axis])).toEqual(
    expect.arrayContaining(parameters.map((name) => [name, name, 0])),
  );
  expect(effects.filter((e) => e.axis === 1).map((e) => e.tensor).sort()).toEqual(['c', 'p', 'pq', 'pq_q']);
  for (const name of ['w', 'b', 'ws', 'wf', 'p', 'pq']) expect(model.graph.values.has(name)).toBe(true);
});

test('QLinearConv', async () => {
  const before = buildModel({
    inputs: { x: ['uint8', [1, 3, 4, 4]] },
    outputs: { y: ['uint8', null] },
    initializers: {
      s: Tensor.of('float32', [], [0.03]),
      z: Tensor.of('uint8', [], [120]),
      w: ints('int8', [8, 3, 1, 1], -127, 128),
      ws: scales([8]),
      wz: Tensor.of('int8', [8], new Array(8).fill(0)),
      b: ints('int32', [8], -3000, 3000),
    },
    nodes: [
      ['QLinearConv', ['x', 's', 'z', 'w', 'ws', 'wz', 's', 'z', 'b'], ['q']],
      ['DepthToSpace', ['q'], ['y'], { blocksize: 2, mode: 'CRD' }],
    ],
  });
  const { proto: after, fired } = rewriteModel(before, [crdToDcrRewrite]);
  expect(fired).toHaveLength(1);
  const x = new ort.Tensor(
    'uint8',
    Uint8Array.from({ length: 48 }, (_, k) => (k * 37) % 256),
    [1, 3, 4, 4],
  );
  const outputs = await Promise.all(
    [before, after].map(async (model) => {
      const session = await ort.InferenceSession.create(toBytes(model), { graphOptimizationLevel: 'disabled' });
      return [...((await session.run({ x })).y?.data as Uint8Array)];
    }),
  );
  expect(outputs[1]).toEqual(outputs[0]);
});

test('an input permutation behind Q/DQ leaves per-output-channel scales where they are', async () => {
  const order = [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11];
  const before = buildModel({
    inputs: { x: ['float32', [1, 3, 6, 10]] },
    outputs: { y: ['float32', null] },
    initializers: {
      s: Tensor.of('float32', [], [0.03]),
      z: Tensor.of('uint8', [], [117]),
      order: Tensor.of('int64', [12], order),
      w: ints('int8', [5, 12, 3, 3], -127, 128),
      ws: scales([5]),
    },
    nodes: [
      ['SpaceToDepth', ['x'], ['d'], { blocksize: 2 }],
      ['Gather', ['d', 'order'], ['g'], { axis: 1 }, { name: 'unshuffle' }],
      ['QuantizeLinear', ['g', 's', 'z'], ['q']],
      ['DequantizeLinear', ['q', 's', 'z'], ['f']],
      ['DequantizeLinear', ['w', 'ws'], ['wf'], { axis: 0 }],
      ['Conv', ['f', 'wf'], ['y'], {}],
    ],
  });
  const { proto: after, fired } = rewriteModel(before, [intoWeightsRewrite]);
  expect(fired.map((f) => f.exactness)).toEqual(['exact']);
  expect(opTypes(after)).not.toContain('Gather');
  expect(fired[0]?.encodings?.filter((e) => e.tensor === 'w').map((e) => [e.as, e.axis])).toEqual([['w', 1]]);
  expect(fired[0]?.encodings?.map((e) => e.tensor)).not.toContain('ws');
  const payload = (model: ModelProto, name: string) => Buffer.from(model.graph?.initializer?.find((t) => t.name === name)?.rawData ?? []);
  expect(payload(after, 'ws')).toEqual(payload(before, 'ws'));
  const outputs = await Promise.all(
    [before, after].map(async (model) => {
      const session = await ort.InferenceSession.create(toBytes(model), { graphOptimizationLevel: 'disabled' });
      const x = new ort.Tensor(
        'float32',
        Float32Array.from({ length: 180 }, (_, k) => Math.sin(k) * 3),
        [1, 3, 6, 10],
      );
      return [...((await session.run({ x })).y?.data as Float32Array)];
    }),
  );
  const worst = Math.max(...(outputs[0] as number[]).map((v, i) => Math.abs(v - (outputs[1]?.[i] as number))));
  expect(worst).toBeLessThan(1e-5);
});

test('blocks along the permuted axis are refused', () => {
  const blocked = buildModel({
    inputs: { x: ['float32', [1, 3, 4, 4]] },
    outputs: { y: ['float32', null] },
    opset: 21,
    irVersion: 10,
    initializers: { w: ints('int8', [8, 3, 1, 1], -127, 128), ws: scales([4, 3, 1, 1]) },
    nodes: [
      ['DequantizeLinear', ['w', 'ws'], ['wf'], { axis: 0, block_size: 2 }],
      ['Conv', ['x', 'wf'], ['c'], {}, { name: 'conv' }],
      ['DepthToSpace', ['c'], ['y'], { blocksize: 2, mode: 'CRD' }],
    ],
  });
  const { refused, fired } = rewriteModel(blocked, [crdToDcrRewrite]);
  expect(fired).toEqual([]);
  expect(refused.map((r) => r.reason)).toEqual(['conv: "wf": it is quantized in blocks along the axis, which no permutation keeps']);
});
