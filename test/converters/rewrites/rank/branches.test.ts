import { describe, expect, test } from 'vitest';
import { type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../../../support/build-model.ts';
import { ndarray } from '../../../support/ort.ts';
import { expectSameBits, ramp, reduceRanks, targetOfRank } from './support.ts';

const ints = (...values: number[]): Tensor => Tensor.of('int64', [values.length], values);
const scalar = (value: number): Tensor => Tensor.of('int64', [], [value]);
const F: ModelSpec['outputs'][string] = ['float32', null];

/** Attention's selection of queries, keys and values from [B, N, 3·h·d]. */
function attention(entries: readonly number[], more: Partial<ModelSpec> = {}, dims: ModelSpec['inputs'][string][1] = [2, 6, 24]): ModelProto {
  const picks = entries.map((_, i): NodeSpec => ['Gather', ['t', `i${i}`], [`y${i}`], { axis: 0 }, { name: `pick${i}` }]);
  return buildModel({
    inputs: { x: ['float32', dims] }, outputs: Object.fromEntries(entries.map((_, i) => [`y${i}`, F])),
    nodes: [['Reshape', ['x', 's'], ['a']], ['Transpose', ['a'], ['t'], { perm: [2, 0, 3, 1, 4] }, { name: 'move' }], ...picks],
    initializers: { s: ints(-1, 6, 3, 2, 4), ...Object.fromEntries(entries.map((entry, i) => [`i${i}`, scalar(entry)])) }, ...more,
  });
}

describe('selection before movement', () => {
  test.each([[[0, 1, 2]], [[2, -2, 0]], [[0, 1, 2, 1]]])('entries %j', async (entries) => {
    const source = attention(entries);
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.highestRank).toBe(4);
    expect(reduced.opTypes.filter((op) => op === 'Split')).toHaveLength(1);
    expect(reduced.opTypes).not.toContain('Gather');
    expect(reduced.moves.filter(({ opType }) => opType === 'Transpose')).toHaveLength(entries.length);
    await expectSameBits(source, reduced, { x: ramp([2, 6, 24]) });
  });

  test.each([11, 12, 13, 18, 20])('Split of opset %i', async (opset) => {
    const source = attention([0, 1, 2], { opset });
    await expectSameBits(source, reduceRanks(source, 'htp'), { x: ramp([2, 6, 24]) });
  });

  test('an open batch', async () => {
    const source = attention([0, 1, 2], {}, ['B', 6, 24]);
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.highestRank).toBe(4);
    await expectSameBits(source, reduced, { x: ramp([3, 6, 24]) });
  });

  test('an axis that is the inner part of its input axis: a view first', async () => {
    const source = buildModel({
      inputs: { x: ['float32', [2, 30, 4]] }, outputs: { y: F }, initializers: { s: ints(2, 3, 5, 2, 4), i: scalar(1), j: scalar(0) },
      nodes: [
        ['Reshape', ['x', 's'], ['a']], ['Transpose', ['a'], ['t'], { perm: [0, 3, 2, 1, 4] }],
        ['Gather', ['t', 'i'], ['p'], { axis: 1 }], ['Gather', ['t', 'j'], ['q'], { axis: -4 }], ['Sub', ['p', 'q'], ['y']],
      ],
    });
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.highestRank).toBeLessThanOrEqual(4);
    await expectSameBits(source, reduced, { x: ramp([2, 30, 4]) });
  });

  test('an axis that covers one axis of the input and the outer part of the next', async () => {
    const entries = [0, 1, 2, 3, 4, 5];
    const source = buildModel({
      inputs: { x: ['float32', [2, 6, 8]] }, outputs: Object.fromEntries(entries.map((i) => [`y${i}`, F])),
      nodes: [
        ['Reshape', ['x', 's'], ['a']], ['Transpose', ['a'], ['t'], { perm: [1, 0, 4, 3, 2] }],
        ...entries.map((i): NodeSpec => ['Gather', ['t', `i${i}`], [`y${i}`], { axis: 1 }]),
      ],
      initializers: { s: ints(6, 2, 2, 2, 2), ...Object.fromEntries(entries.map((i) => [`i${i}`, scalar(i)])) },
    });
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.highestRank).toBeLessThanOrEqual(4);
    await expectSameBits(source, reduced, { x: ramp([2, 6, 8]) });
  });

  test('at the limit of Core ML too, where Gather of one entry takes one axis more', async () => {
    const source = attention([0, 1, 2]);
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.highestRank).toBe(4);
    await expectSameBits(source, reduced, { x: ramp([2, 6, 24]) });
  });

  test('left alone: rank below all limits, not all entries taken, another reader, a graph output', () => {
    const reader: Partial<ModelSpec> = { outputs: { y0: F, y1: F, y2: F, t: F } };
    for (const [source, target] of [[attention([0, 1, 2]), targetOfRank(6)], [attention([0, 2]), 'htp'], [attention([0, 1, 2], reader), 'htp']] as const) {
      expect(reduceRanks(source, target).opTypes).not.toContain('Split');
    }
  });
});

describe('branches moved alike', () => {
  const six = (name: string, from: string): NodeSpec[] => [
    ['Reshape', [from, 's'], [`${name}1`]], ['Transpose', [`${name}1`], [`${name}2`], { perm: [0, 1, 3, 5, 2, 4] }, { name: `move ${name}` }],
  ];
  const both = (more: readonly NodeSpec[], spec: Partial<ModelSpec> = {}): ModelProto => buildModel({
    inputs: { x: ['float32', [1, 3, 8, 6]], z: ['float32', [1, 3, 8, 6]] }, outputs: { y: F }, nodes: [...six('a', 'x'), ...six('b', 'z'), ...more],
    initializers: { s: ints(1, 3, 4, 2, 3, 2), t: ints(1, 12, 4, 3) }, ...spec,
  });
  const feeds = { x: ramp([1, 3, 8, 6]), z: ndarray('float32', [1, 3, 8, 6], Array.from({ length: 144 }, (_, i) => 7 * i - 300)) };

  test('are combined first', async () => {
    const source = both([['Sub', ['a2', 'b2'], ['c']], ['Reshape', ['c', 't'], ['y']]]);
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.opTypes).toEqual(['Sub', 'Reshape', 'SpaceToDepth', 'Reshape']);
    await expectSameBits(source, reduced, feeds);
  });

  test('spelled differently', async () => {
    const other: NodeSpec[] = [['Reshape', ['z', 'v'], ['b1']], ['Einsum', ['b1'], ['b3'], { equation: 'chawb->cabhw' }], ['Reshape', ['b3', 'w'], ['b2']]];
    const source = buildModel({
      inputs: { x: ['float32', [1, 3, 8, 6]], z: ['float32', [1, 3, 8, 6]] }, outputs: { y: F },
      nodes: [...six('a', 'x'), ...other, ['Mul', ['b2', 'a2'], ['c']], ['Reshape', ['c', 't'], ['y']]],
      initializers: { s: ints(1, 3, 4, 2, 3, 2), v: ints(3, 4, 2, 3, 2), w: ints(1, 3, 2, 2, 4, 3), t: ints(1, 12, 4, 3) },
    });
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.opTypes).toEqual(['Mul', 'Reshape', 'SpaceToDepth', 'Reshape']);
    await expectSameBits(source, reduced, feeds);
  });

  test('with another reader, or moved differently, they stay two moves of low rank', async () => {
    const read = both([['Sub', ['a2', 'b2'], ['c']], ['Reshape', ['c', 't'], ['y']], ['Reshape', ['a2', 't'], ['u']]], { outputs: { y: F, u: F } });
    const apart = buildModel({
      inputs: { x: ['float32', [1, 3, 8, 6]], z: ['float32', [1, 2, 4, 18]] }, outputs: { y: F },
      nodes: [
        ...six('a', 'x'), ['Reshape', ['z', 'v'], ['b1']], ['Transpose', ['b1'], ['b2'], { perm: [0, 5, 3, 1, 2, 4] }],
        ['Add', ['a2', 'b2'], ['c']], ['Reshape', ['c', 't'], ['y']],
      ],
      initializers: { s: ints(1, 3, 4, 2, 3, 2), v: ints(1, 2, 4, 2, 3, 3), t: ints(1, 12, 4, 3) },
    });
    for (const [source, z] of [[read, feeds.z], [apart, ramp([1, 2, 4, 18])]] as const) {
      const reduced = reduceRanks(source, 'ane');
      expect(reduced.highestRank).toBeLessThanOrEqual(5);
      expect(reduced.moves.filter(({ opType }) => ['Transpose', 'SpaceToDepth'].includes(opType)).length).toBeGreaterThanOrEqual(2);
      await expectSameBits(source, reduced, { ...feeds, z });
    }
  });

  test('a comparison changes the element type: the operator has no kernel for it', async () => {
    const source = buildModel({
      inputs: { x: ['float32', [1, 3, 8, 6]], z: ['float32', [1, 3, 8, 6]] }, outputs: { y: ['bool', null] },
      nodes: [['SpaceToDepth', ['x'], ['a'], { blocksize: 2 }], ['SpaceToDepth', ['z'], ['b'], { blocksize: 2 }], ['Less', ['a', 'b'], ['y']]],
    });
    expect(reduceRanks(source, 'ane').records).toEqual([]);
    await expectSameBits(source, reduceRanks(source, 'ane'), feeds);
  });

  test('at rank 6 without a common layout: computed on merged axes', async () => {
    const source = buildModel({
      inputs: { x: ['float32', [2, 3, 2, 2, 3, 2]], z: ['float32', [2, 3, 2, 2, 3, 2]] }, outputs: { y: F },
      nodes: [['Transpose', ['x'], ['t'], { perm: [5, 4, 3, 2, 1, 0] }], ['Add', ['t', 'z'], ['y']]],
    });
    const dims = [2, 3, 2, 2, 3, 2];
    const reduced = reduceRanks(source, targetOfRank(5));
    expect(reduced.moves.every(({ from, to }) => from.length <= 5 && to.length <= 5)).toBe(true);
    await expectSameBits(source, reduced, { x: ramp(dims), z: ramp(dims) });
  });
});
