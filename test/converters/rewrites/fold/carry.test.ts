import { describe, expect, test } from 'vitest';
import type { InputContract } from '../../../../models/contracts/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelSpec, NodeSpec } from '../../../support/build-model.ts';
import { checkFold, ops, reasons, weights } from './check.ts';

const C = 3;
const contract = (range: readonly [number, number]): ReadonlyMap<string, InputContract> =>
  new Map([['x', { name: 'x', kind: 'image', color: 'rgb', range, mean: [0], std: [1], layout: 'NCHW', dtype: 'float32', shape: [1, C, null, null] }]]);
const int64 = (...values: number[]): Tensor => Tensor.of('int64', [values.length], values);

/** x → conv → act → conv → act → conv (+ anchor). */
function chain(act: (input: string, output: string) => NodeSpec, anchor: NodeSpec[], out: number, more: Record<string, Tensor> = {}): ModelSpec {
  return {
    inputs: { x: ['float32', [1, C, 8, 8]] }, outputs: { y: ['float32', null] },
    initializers: { w1: weights(6, C, 3, 3), b1: weights(6), w2: weights(5, 6, 3, 3), w3: weights(out, 5, 3, 3), b3: weights(out), ...more },
    nodes: [
      ['Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }], act('c1', 'a1'), ['Conv', ['a1', 'w2'], ['c2'], { pads: [1, 1, 1, 1] }], act('c2', 'a2'),
      ['Conv', ['a2', 'w3', 'b3'], ['c3'], { pads: [1, 1, 1, 1] }], ...anchor, ['Add', ['c3', 'anchor'], ['y']],
    ],
  };
}

const relu = (x: string, y: string): NodeSpec => ['Relu', [x], [y]];
const gather: NodeSpec[] = [['Gather', ['x', 'map'], ['anchor'], { axis: 1 }]];
const map = { map: int64(0, 0, 1, 2, 1, 2) };
const CONVS = ['Conv', 'Relu', 'Conv', 'Relu', 'Conv'];

describe('how x passes', () => {
  test('non-negative by the input contract: plain channels', async () => {
    const done = await checkFold(chain(relu, gather, 6, map), ['fold/carry-residual'], { contracts: contract([0, 1]), range: [0, 1], tolerance: 1e-5 });
    expect(ops(done)).toEqual(CONVS);
    expect(done.fired[0]?.facts?.['extra channels']).toBe(3);
  });
  test('bounded below: shifted', async () => {
    const done = await checkFold(chain(relu, gather, 6, map), ['fold/carry-residual'], { contracts: contract([-0.5, 0.5]), range: [-0.5, 0.5], tolerance: 1e-5 });
    expect(ops(done)).toEqual(CONVS);
    expect(done.fired[0]?.reason).toContain('shifted');
  });
  test('nothing known: relu(x) and relu(−x), right for any x', async () => {
    const done = await checkFold(chain(relu, gather, 6, map), ['fold/carry-residual'], { tolerance: 1e-5 });
    expect(ops(done)).toEqual(CONVS);
    expect(done.fired[0]?.facts?.['extra channels']).toBe(6);
  });
  test('PRelu per channel, PRelu with one slope, LeakyRelu: slope one, any x', async () => {
    const prelu = (slope: string) => (x: string, y: string): NodeSpec => ['PRelu', [x, slope], [y]];
    const narrow = chain(prelu('s'), gather, 6, { ...map, s: weights(1, 1, 1) });
    expect(ops(await checkFold(narrow, ['fold/carry-residual'], { tolerance: 1e-5 }))).toEqual(['Conv', 'PRelu', 'Conv', 'PRelu', 'Conv']);
    const leaky = chain((x, y) => ['LeakyRelu', [x], [y], { alpha: { float: 0.2 } }], gather, 6, map);
    expect(ops(await checkFold(leaky, ['fold/carry-residual'], { tolerance: 1e-5 }))).toEqual(['Conv', 'PRelu', 'Conv', 'PRelu', 'Conv']);
  });
  test('Clip with both bounds outside of the range carries, otherwise it refuses', async () => {
    const clip = (x: string, y: string): NodeSpec => ['Clip', [x, 'lo', 'hi'], [y]];
    const spec = chain(clip, gather, 6, { ...map, lo: Tensor.of('float32', [], [0]), hi: Tensor.of('float32', [], [1]) });
    expect(ops(await checkFold(spec, ['fold/carry-residual'], { contracts: contract([0, 1]), range: [0, 1], tolerance: 1e-5 }))).toEqual(['Conv', 'Clip', 'Conv', 'Clip', 'Conv']);
    expect(reasons(await checkFold(spec, ['fold/carry-residual'], { contracts: contract([0, 2]) }))).toContain('would cut');
    expect(reasons(await checkFold(spec, ['fold/carry-residual']))).toContain('would cut');
  });
});

describe('how the anchor is spelled', () => {
  const options = { contracts: contract([0, 1]), range: [0, 1] as const, tolerance: 1e-5 };
  test.each<[string, NodeSpec[], number, Record<string, Tensor>]>([
    ['Concat of copies', [['Concat', ['x', 'x', 'x', 'x'], ['anchor'], { axis: 1 }]], 12, {}],
    ['Tile on channels', [['Tile', ['x', 'r'], ['anchor']]], 12, { r: int64(1, 4, 1, 1) }],
    ['repeat-interleave by Tile', [['Unsqueeze', ['x', 'a'], ['u']], ['Tile', ['u', 'r'], ['t']], ['Reshape', ['t', 's'], ['anchor']]], 12, { a: int64(2), r: int64(1, 1, 4, 1, 1), s: int64(1, 12, 8, 8) }],
    ['repeat-interleave by Expand', [['Unsqueeze', ['x', 'a'], ['u']], ['Expand', ['u', 'r'], ['t']], ['Reshape', ['t', 's'], ['anchor']]], 12, { a: int64(2), r: int64(1, 1, 4, 1, 1), s: int64(1, -1, 8, 8) }],
    ['a 1×1 convolution that picks', [['Conv', ['x', 'p', 'z'], ['anchor']]], 6, { p: Tensor.of('float32', [6, C, 1, 1], [1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1]), z: Tensor.of('float32', [6], [0, 0, 0, 0, 0, 0]) }],
    ['copies of a reordering', [['Gather', ['x', 'm'], ['g'], { axis: 1 }], ['Concat', ['g', 'x'], ['anchor'], { axis: 1 }]], 6, { m: int64(2, 0, 1) }],
  ])('%s', async (_, anchor, out, more) => {
    const done = await checkFold(chain(relu, anchor, out, more), ['fold/carry-residual'], options);
    expect(ops(done)).toEqual(CONVS);
  });
  test.each<[string, number[], number[]]>([
    ['scales', [2, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0]], ['adds', [1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0.5, 0]], ['mixes', [1, 1, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0]], ['drops', [0, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0]],
  ])('a 1×1 convolution that %s picks nothing and is not taken', async (_, p, z) => {
    const tensors = { p: Tensor.of('float32', [3, C, 1, 1], p), z: Tensor.of('float32', [3], z) };
    expect((await checkFold(chain(relu, [['Conv', ['x', 'p', 'z'], ['anchor']]], 3, tensors), ['fold/carry-residual'], options)).fired).toEqual([]);
  });
  test('Unsqueeze on another axis repeats otherwise and is not taken', async () => {
    const anchor: NodeSpec[] = [['Unsqueeze', ['x', 'a'], ['u']], ['Tile', ['u', 'r'], ['t']], ['Reshape', ['t', 's'], ['anchor']]];
    const done = await checkFold(chain(relu, anchor, 12, { a: int64(3), r: int64(1, 1, 1, 4, 1), s: int64(1, 12, 8, 8) }), ['fold/carry-residual'], options);
    expect(done.fired).toEqual([]);
  });
});

describe('where it refuses', () => {
  test('another consumer on the way, a strided layer, no chain', async () => {
    const spec = chain(relu, gather, 6, map);
    expect(reasons(await checkFold({ ...spec, outputs: { y: ['float32', null], a1: ['float32', null] } }, ['fold/carry-residual']))).toContain('graph output');
    const sigmoid = chain((x, y) => ['Sigmoid', [x], [y]], gather, 6, map);
    expect(reasons(await checkFold(sigmoid, ['fold/carry-residual']))).toContain('Sigmoid');
  });
  test('HTP in fp16: growing over a granule of 32 channels', async () => {
    const wide = (n: number): ModelSpec => ({ ...chain(relu, gather, 6, map), initializers: { w1: weights(n, C, 3, 3), b1: weights(n), w2: weights(n, n, 3, 3), w3: weights(6, n, 3, 3), b3: weights(6), ...map } });
    const options = { contracts: contract([0, 1]), range: [0, 1] as const, tolerance: 1e-5, target: 'htp:SM8550', precision: 'fp16' as const };
    expect(ops(await checkFold(wide(28), ['fold/carry-residual'], options))).toEqual(CONVS);
    expect(reasons(await checkFold(wide(32), ['fold/carry-residual'], options))).toContain('granule');
    expect(ops(await checkFold(wide(32), ['fold/carry-residual'], { ...options, precision: 'w8a8' }))).toEqual(CONVS);
  });
});

describe('residual before the shuffle', () => {
  const scales = Tensor.of('float32', [4], [1, 1, 2, 2]);
  const spec = (mode: string, resize: Record<string, string>): ModelSpec => ({
    inputs: { x: ['float32', [2, 3, 5, 7]] }, outputs: { y: ['float32', null] }, initializers: { w: weights(12, 3, 3, 3), scales },
    nodes: [['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }], ['DepthToSpace', ['c'], ['d'], { blocksize: 2, mode }], ['Resize', ['x', '', 'scales'], ['u'], resize], ['Add', ['d', 'u'], ['y']]],
  });
  test.each(['CRD', 'DCR'])('%s, bit for bit', async (mode) => {
    for (const resize of [{ mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }, { mode: 'nearest', coordinate_transformation_mode: 'half_pixel', nearest_mode: 'round_prefer_ceil' }]) {
      const done = await checkFold(spec(mode, resize), ['fold/residual-before-shuffle'], { tolerance: 0 });
      expect(ops(done).at(-1)).toBe('DepthToSpace');
    }
  });
  test('then carried: one layer, no residual left', async () => {
    const floor = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    expect(ops(await checkFold(spec('CRD', floor), ['fold/residual-before-shuffle', 'fold/carry-residual']))).toEqual(['Conv', 'DepthToSpace']);
  });
  test('a linear Resize, or another grid, stays', async () => {
    expect((await checkFold(spec('CRD', { mode: 'linear' }), ['fold/residual-before-shuffle'])).fired).toEqual([]);
    expect((await checkFold(spec('CRD', { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'ceil' }), ['fold/residual-before-shuffle'])).fired).toEqual([]);
  });
});
