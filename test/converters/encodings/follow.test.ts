import { describe, expect, test } from 'vitest';
import {
  coverageOf,
  type EncodingsFile,
  followEncodings,
  type FollowedEncodings,
  type IntEncoding,
  requireResolved,
  type TensorEncoding,
} from '../../../converters/encodings/index.ts';
import { rewriteModel } from '../../../converters/rewrites/engine.ts';
import { Lineage } from '../../../converters/rewrites/lineage.ts';
import { resolveTarget } from '../../../converters/rules/resolve-target.ts';
import { inferShapes, Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { Prng } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec } from '../../support/build-model.ts';
import { graphOf } from './quantized.ts';

const prng = new Prng(21);
const normals = (...dims: number[]): Tensor =>
  Tensor.of(
    'float32',
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() * 0.3),
  );
const ORDER = [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11];
const twelve = ORDER.map((_, c) => Math.fround((c + 1) / 100));

const int = (name: string, more: Partial<IntEncoding> = {}): IntEncoding => ({
  kind: 'int',
  name,
  section: 'activation',
  bits: 8,
  signed: false,
  strict: false,
  scale: [0.5],
  zeroPoint: [10],
  grain: { kind: 'tensor' },
  range: null,
  extra: {},
  ...more,
});
const weights = (name: string, scale: readonly number[], axis: number | null = null): IntEncoding =>
  int(name, { section: 'parameter', signed: true, scale, zeroPoint: scale.map(() => 0), grain: { kind: 'channel', axis } });
const fileOf = (...encodings: TensorEncoding[]): EncodingsFile => ({
  version: '2.0.0',
  encodings: new Map(encodings.map((e) => [e.name, e])),
  quantizerArgs: null,
  excludedLayers: [],
  extra: {},
});

/** Rewrites with some rewrites only, and follows. */
async function follow(
  spec: ModelSpec,
  only: readonly string[],
  ...encodings: TensorEncoding[]
): Promise<FollowedEncodings & { of(name: string): TensorEncoding | undefined; names: string[] }> {
  const model = graphOf(buildModel(spec));
  const before = requireResolved(fileOf(...encodings), model.graph);
  const result = await rewriteModel(model, { target: resolveTarget('htp:SM8550'), precision: 'fp32', only, verify: 'off' });
  expect(result.log.records.some(({ outcome }) => outcome === 'fired')).toBe(true);
  inferShapes(result.model);
  const followed = followEncodings(before, result.model.graph, result.origins);
  return { ...followed, of: (name) => followed.file.encodings.get(name), names: [...followed.file.encodings.keys()] };
}

const shuffled = (more: Partial<ModelSpec> = {}): ModelSpec => ({
  inputs: { x: ['float32', [1, 3, 4, 4]] },
  outputs: { y: ['float32', null] },
  initializers: { w: normals(12, 3, 3, 3), b: normals(12) },
  nodes: [
    ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }, { name: 'conv' }],
    ['Relu', ['c'], ['r']],
    ['DepthToSpace', ['r'], ['y'], { blocksize: 2, mode: 'CRD' }],
  ],
  ...more,
});
const crd = ['permute/crd-to-dcr'];
const moved = ORDER.map((from) => twelve[from] as number);

describe('permuted', () => {
  test('weights and biases per channel, activations per channel along axis 1; per tensor nothing changes', async () => {
    const bias = int('b', { ...weights('b', twelve), bits: 32 });
    const { of, changes, kept } = await follow(
      shuffled(),
      crd,
      weights('w', twelve),
      bias,
      int('c', { scale: twelve, zeroPoint: ORDER, grain: { kind: 'channel', axis: 1 } }),
      int('r'),
      int('y'),
    );
    expect(of('w')).toMatchObject({ scale: moved, grain: { kind: 'channel', axis: 0 } });
    expect(of('b')).toMatchObject({ scale: moved });
    expect(of('c')).toMatchObject({ scale: moved, zeroPoint: ORDER.map((from) => ORDER[from]) });
    expect([of('r'), of('y')].map((e) => (e as IntEncoding).scale)).toEqual([[0.5], [0.5]]);
    expect(changes.map(({ action, tensor }) => `${action} ${tensor}`).sort()).toEqual(['permuted b', 'permuted c', 'permuted w']);
    expect(kept).toBe(2);
  });
  test('scales along input channels stay where output channels move', async () => {
    expect((await follow(shuffled(), crd, weights('w', twelve.slice(0, 3), 1))).of('w')).toMatchObject({ scale: twelve.slice(0, 3) });
  });
  test('blocks along input channels move with their rows', async () => {
    const spec = shuffled({
      inputs: { x: ['float32', [1, 4, 4, 4]] },
      initializers: { w: normals(12, 4, 1, 1), b: normals(12) },
      nodes: [
        ['Conv', ['x', 'w', 'b'], ['c']],
        ['DepthToSpace', ['c'], ['y'], { blocksize: 2, mode: 'CRD' }],
      ],
    });
    const rows = twelve.flatMap((s) => [s, s + 1]);
    const { of } = await follow(
      spec,
      crd,
      int('w', {
        section: 'parameter',
        bits: 4,
        signed: true,
        scale: rows,
        zeroPoint: rows.map(() => 0),
        grain: { kind: 'block', axis: 1, size: 2, shape: [12, 2, 1, 1] },
      }),
    );
    expect(of('w')).toMatchObject({ scale: moved.flatMap((s) => [s, s + 1]) });
  });
  test('blocks along the axis that moves are refused by name', async () => {
    const rows = new Array<number>(6 * 3).fill(0.1);
    const blocks = int('w', {
      section: 'parameter',
      bits: 4,
      signed: true,
      scale: rows,
      zeroPoint: rows.map(() => 0),
      grain: { kind: 'block', axis: 0, size: 2, shape: [6, 3, 1, 1] },
    });
    await expect(follow(shuffled(), crd, blocks)).rejects.toThrow(/"w" is quantized in blocks along an axis that is permuted/);
  });
  test('weights of two layers: the copy gets an encoding of its own', async () => {
    const spec = shuffled({ outputs: { y: ['float32', null], z: ['float32', null] } });
    const { of, names } = await follow({ ...spec, nodes: [...spec.nodes, ['Conv', ['x', 'w'], ['z']]] }, crd, weights('w', twelve));
    expect(of('w')).toMatchObject({ scale: twelve });
    expect(names).toHaveLength(2);
    expect(of(names.find((name) => name !== 'w') ?? '')).toMatchObject({ scale: moved });
  });
  test('the input side: per-output-channel scales stay, per-input-channel ones move', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 12, 4, 4]] },
      outputs: { y: ['float32', null] },
      initializers: { w: normals(5, 12, 1, 1), p: Tensor.of('int64', [12], ORDER) },
      nodes: [
        ['Gather', ['x', 'p'], ['g'], { axis: 1 }],
        ['Conv', ['g', 'w'], ['y']],
      ],
    };
    const out = twelve.slice(0, 5);
    expect((await follow(spec, ['permute/into-weights'], weights('w', out))).of('w')).toMatchObject({ scale: out });
    const inverse = ORDER.map((_, k) => ORDER.indexOf(k));
    expect((await follow(spec, ['permute/into-weights'], weights('w', twelve, 1))).of('w')).toMatchObject({
      scale: inverse.map((from) => twelve[from]),
    });
  });
});

describe('renamed, dropped, copied', () => {
  test('what an Identity gave goes over to what it took; two different encodings: the own one stays, the other is said', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 2]] },
      outputs: { y: ['float32', null] },
      nodes: [
        ['Relu', ['x'], ['r']],
        ['Identity', ['r'], ['i']],
        ['Neg', ['i'], ['y']],
      ],
    };
    const alone = await follow(spec, ['clean/identity'], int('i', { scale: [0.25] }));
    expect(alone.of('r')).toMatchObject({ scale: [0.25] });
    expect(alone.changes).toEqual([{ action: 'renamed', tensor: 'r', why: 'it was "i"' }]);
    const both = await follow(spec, ['clean/identity'], int('r', { scale: [0.5] }), int('i', { scale: [0.25] }));
    expect(both.of('r')).toMatchObject({ scale: [0.5] });
    expect(both.changes).toEqual([{ action: 'dropped', tensor: 'i', why: 'it holds what "r" holds' }]);
  });
  test("new data movement has its source's encoding, old movement without one stays without", async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 2, 3, 4]] },
      outputs: { y: ['float32', null] },
      initializers: { a: Tensor.of('int64', [6], [1, 2, 1, 3, 2, 2]), b: Tensor.of('int64', [4], [1, 4, 3, 2]) },
      nodes: [
        ['Relu', ['x'], ['r']],
        ['Reshape', ['r', 'a'], ['six']],
        ['Transpose', ['six'], ['turned'], { perm: [0, 5, 1, 3, 2, 4] }],
        ['Reshape', ['turned', 'b'], ['m']],
        ['Neg', ['m'], ['y']],
      ],
    };
    const { file, changes } = await follow(spec, ['rank/chain'], int('r', { scale: [0.125] }), int('six'), int('turned'), int('y'));
    expect(changes.filter(({ action }) => action === 'dropped').map(({ tensor }) => tensor)).toEqual(['six', 'turned']);
    const copied = changes.filter(({ action }) => action === 'copied').map(({ tensor }) => tensor);
    expect(copied.length).toBeGreaterThan(0);
    for (const name of copied) expect(file.encodings.get(name)).toMatchObject({ scale: [0.125] });
    expect(file.encodings.has('m')).toBe(false);
  });
  test('a name that became free and is taken again is not the old tensor', () => {
    const { graph } = graphOf(
      buildModel({
        inputs: { x: ['float32', [2]] },
        outputs: { y: ['float32', null] },
        nodes: [
          ['Relu', ['x'], ['r_out']],
          ['Neg', ['r_out'], ['y']],
        ],
      }),
    );
    const lineage = new Lineage(graph);
    const step = (make: (patch: Patch) => Value, remove: string): void => {
      const patch = new Patch(graph, 17);
      const y = graph.values.get('y') as Value;
      const by = make(patch);
      patch.replace(y, by).remove(...[...graph.nodes()].filter((node) => remove.split(',').includes(node.opType)));
      lineage.follow(patch, []);
      patch.apply();
    };
    const x = graph.values.get('x') as Value;
    step((patch) => patch.node('Abs', [x]), 'Relu,Neg');
    step((patch) => patch.node('Sqrt', [patch.node('Exp', [x], { name: 'r' })]), 'Abs');
    expect(graph.values.has('r_out')).toBe(true);
    expect(lineage.origins().get('r_out')).toMatchObject({ tensors: [] });
    expect(lineage.origins().get('y')).toMatchObject({ tensors: ['y'], changed: false });
  });
});

describe('weights that a rewrite computed anew', () => {
  const normed: ModelSpec = {
    inputs: { x: ['float32', [1, 3, 4, 4]] },
    outputs: { y: ['float32', null] },
    initializers: { w: normals(4, 3, 3, 3), g: Tensor.of('float32', [4, 1, 1], [2, 0.5, -3, 1]), b: normals(4) },
    nodes: [
      ['Conv', ['x', 'w', 'b'], ['c']],
      ['Mul', ['c', 'g'], ['y']],
    ],
  };
  const peaks = (): number[] => {
    const w = (normed.initializers?.w as Tensor).numbers();
    return [2, 0.5, -3, 1].map((g, c) => Math.max(...w.subarray(c * 27, (c + 1) * 27).map((v) => Math.abs(Math.fround(v * g)))));
  };
  test('scales per channel from the new values, bits as before; what is gone is dropped, the output keeps its range', async () => {
    const { of, changes } = await follow(
      normed,
      ['fold/affine'],
      { ...weights('w', [1, 1, 1, 1]), bits: 4 } as IntEncoding,
      int('c'),
      int('y', { scale: [0.75] }),
    );
    const { scale, bits } = of('w') as IntEncoding;
    expect(bits).toBe(4);
    peaks().forEach((peak, c) => expect(scale[c]).toBeCloseTo(peak / 7, 5));
    expect(of('y')).toMatchObject({ scale: [0.75] });
    expect(changes.map(({ action, tensor }) => `${action} ${tensor}`)).toEqual(['recomputed w', 'dropped c']);
  });
  test('int32 biases follow the new weights where the input has a scale, and are dropped where not', async () => {
    const bias = int('b', { ...weights('b', [1, 1, 1, 1]), bits: 32 });
    const known = await follow(normed, ['fold/affine'], weights('w', [1, 1, 1, 1]), bias, int('x', { scale: [0.5] }));
    const w = known.of('w') as IntEncoding;
    expect((known.of('b') as IntEncoding).scale).toEqual(w.scale.map((s) => Math.fround(s * 0.5)));
    const unknown = await follow(normed, ['fold/affine'], weights('w', [1, 1, 1, 1]), bias);
    expect(unknown.of('b')).toBeUndefined();
    expect(unknown.changes.some(({ action, tensor }) => action === 'dropped' && tensor === 'b')).toBe(true);
  });
  test('blocks and LPBQ are dropped with the reason', async () => {
    const scale = new Array<number>(12).fill(0.1);
    const { of, changes } = await follow(
      normed,
      ['fold/affine'],
      int('w', {
        section: 'parameter',
        bits: 4,
        signed: true,
        scale,
        zeroPoint: scale.map(() => 0),
        grain: { kind: 'block', axis: 1, size: 1, shape: [4, 3, 1, 1] },
      }),
    );
    expect(of('w')).toBeUndefined();
    expect(changes).toEqual([
      { action: 'dropped', tensor: 'w', why: 'a rewrite computed it anew, and scales of blocks are not computed here' },
    ]);
  });
});

describe('coverage', () => {
  const model = graphOf(buildModel(shuffled()));
  test('what has encodings, what may do without and why, what fits nothing', () => {
    const found = coverageOf(model.graph, fileOf(weights('w', twelve), int('x'), int('conv_w'), weights('b', twelve.slice(1))));
    expect(found.activations).toEqual({ total: 4, covered: 1 });
    expect(found.parameters).toEqual({ total: 2, covered: 1 });
    expect(found.missing).toEqual([
      { tensor: 'b', section: 'parameter', why: 'bias' },
      { tensor: 'c', section: 'activation', why: 'fused' },
      { tensor: 'r', section: 'activation', why: 'needed' },
      { tensor: 'y', section: 'activation', why: 'moved' },
    ]);
    expect(found.mismatches.map(({ kind, what }) => [kind, what])).toEqual([
      ['unknown', 'The model has no tensor "conv_w"'],
      ['count', '"b" has 11 encodings for 12 channels'],
    ]);
  });
  test('a file of another model with 100 000 names', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => int(`layer.${i}`));
    expect(coverageOf(model.graph, fileOf(...many)).mismatches).toHaveLength(100_000);
  });
});
