import { describe, expect, test } from 'vitest';
import { type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { type AttributeSpec, buildGraph, buildModel, type ModelSpec, type NodeSpec } from '../../../support/build-model.ts';
import { ndarray } from '../../../support/ort.ts';
import { chainModel, expectSameBits, ramp, reduceRanks, reshape, targetOfRank, transpose } from './support.ts';

const ints = (...values: number[]): Tensor => Tensor.of('int64', [values.length], values);
const scalar = (value: number): Tensor => Tensor.of('float32', [], [value]);
const F: ModelSpec['outputs'][string] = ['float32', null];

/** `x` [1, 3, 8, 6] through a six-dimensional unshuffle to `u`, then `more`. */
function unshuffled(
  more: readonly NodeSpec[], outputs: ModelSpec['outputs'], inside: readonly NodeSpec[] = [], initializers: ModelSpec['initializers'] = {},
): ModelProto {
  return buildModel({
    inputs: { x: ['float32', [1, 3, 8, 6]] }, outputs,
    nodes: [
      ['Reshape', ['x', 's'], ['a'], {}, { name: 'split' }], ['Transpose', ['a'], ['b'], { perm: [0, 1, 3, 5, 2, 4] }, { name: 'move' }],
      ...inside, ['Reshape', [inside.length > 0 ? 'e' : 'b', 't'], ['u'], {}, { name: 'merge' }], ...more,
    ],
    initializers: { s: ints(1, 3, 4, 2, 3, 2), t: ints(1, 12, 4, 3), ...initializers },
  });
}
const feed = { x: ramp([1, 3, 8, 6]) };

describe('values inside of a chain that are needed elsewhere', () => {
  test('a six-dimensional transpose with two reshapes behind it: one move serves both', async () => {
    const source = unshuffled([['Reshape', ['b', 'v'], ['w']], ['Relu', ['w'], ['z']], ['Neg', ['u'], ['y']]], { y: F, z: F }, [], { v: ints(4, 3, 12) });
    const reduced = reduceRanks(source, targetOfRank(5, 5, []));
    expect(reduced.moves.map((move) => move.opType).sort()).toEqual(['Neg', 'Relu', 'Transpose']);
    expect(reduced.highestRank).toBeLessThanOrEqual(5);
    await expectSameBits(source, reduced, feed);
  });

  test('the six-dimensional value is a graph output: it stays, and only the last reshape makes it', async () => {
    const source = unshuffled([['Neg', ['u'], ['y']]], { y: F, b: F });
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.moves.every(({ from, to }) => from.length <= 5 && to.length <= 5)).toBe(true);
    expect(reduced.model.graph.outputs.map((value) => value.type.shape?.length)).toEqual([4, 6]);
    await expectSameBits(source, reduced, feed);
  });

  test('a six-dimensional graph input', async () => {
    const source = chainModel([1, 3, 4, 2, 3, 2], [transpose(0, 1, 3, 5, 2, 4), ['Relu'], reshape(1, 12, 4, 3)]);
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.moves.every(({ from, to }) => from.length <= 5 && to.length <= 5)).toBe(true);
    await expectSameBits(source, reduced, { x: ramp([1, 3, 4, 2, 3, 2]) });
  });

  test('two branches of transposes from one reshape', async () => {
    const source = unshuffled([['Transpose', ['a'], ['c'], { perm: [1, 3, 5, 0, 2, 4] }], ['Reshape', ['c', 't'], ['v']], ['Sub', ['v', 'u'], ['y']]], { y: F });
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.highestRank).toBe(4);
    await expectSameBits(source, reduced, feed);
  });

  test('a value that a subgraph captures ends the chain', async () => {
    const branch = (op: string): AttributeSpec => ({ graph: buildGraph({ inputs: {}, outputs: { r: F }, nodes: [[op, ['b'], ['r']]] }) });
    const source = buildModel({
      inputs: { x: ['float32', [1, 3, 8, 6]], c: ['bool', []] }, outputs: { y: F, z: F },
      nodes: [
        ['Reshape', ['x', 's'], ['a']], ['Transpose', ['a'], ['b'], { perm: [0, 1, 3, 5, 2, 4] }], ['Reshape', ['b', 't'], ['y']],
        ['If', ['c'], ['z'], { then_branch: branch('Neg'), else_branch: branch('Abs') }],
      ],
      initializers: { s: ints(1, 3, 4, 2, 3, 2), t: ints(1, 12, 4, 3) },
    });
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.moves.filter(({ opType }) => opType !== 'If').every(({ to }) => to.length <= 5)).toBe(true);
    await expectSameBits(source, reduced, { ...feed, c: ndarray('bool', [], [1]) });
  });

  test('an elementwise value inside with another consumer is not computed twice', async () => {
    const source = unshuffled([['Neg', ['u'], ['y']], ['ReduceMax', ['e'], ['z'], { keepdims: 0 }]], { y: F, z: F }, [['Sin', ['b'], ['e']]]);
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.opTypes.filter((op) => op === 'Sin')).toHaveLength(1);
    expect(reduced.highestRank).toBeLessThanOrEqual(5);
    await expectSameBits(source, reduced, feed);
  });
});

describe('elementwise steps inside of a chain', () => {
  test('with constants along axes, which move along', async () => {
    const c = Tensor.of('float32', [3, 2, 2, 1, 1], Array.from({ length: 12 }, (_, i) => 100 * i));
    const source = unshuffled([['Neg', ['u'], ['y']]], { y: F }, [['Add', ['c', 'b'], ['d']], ['Mul', ['d', 'two'], ['e']]], { c, two: Tensor.of('float32', [1, 1, 1, 1, 1, 1], [2]) });
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.opTypes).toEqual(['Reshape', 'SpaceToDepth', 'Reshape', 'Add', 'Mul', 'Neg']);
    const constant = [...reduced.model.graph.nodes()].find((node) => node.opType === 'Add')?.input(0)?.constant;
    expect(constant?.dims).toEqual([12, 1, 1]);
    await expectSameBits(source, reduced, feed);
  });

  test('a constant that no side of the chain can take: the chain is cut there, ranks fall all the same', async () => {
    const c = Tensor.of('float32', [4, 2, 3, 2], Array.from({ length: 48 }, (_, i) => i));
    const source = buildModel({
      inputs: { x: ['float32', [40, 8, 6, 30]] }, outputs: { y: F },
      nodes: [
        ['Reshape', ['x', 's'], ['a']], ['Transpose', ['a'], ['b'], { perm: [0, 6, 5, 2, 4, 1, 3] }],
        ['Transpose', ['b'], ['d'], { perm: [0, 2, 1, 5, 3, 6, 4] }], ['Add', ['d', 'c'], ['e']],
        ['Transpose', ['e'], ['f'], { perm: [6, 0, 2, 4, 1, 3, 5] }], ['Reshape', ['f', 't'], ['y']],
      ],
      initializers: { s: ints(40, 4, 2, 3, 2, 5, 6), t: ints(-1, 6), c },
    });
    const reduced = reduceRanks(source, targetOfRank(5));
    expect(reduced.moves.every(({ from, to }) => from.length <= 5 && to.length <= 5)).toBe(true);
    await expectSameBits(source, reduced, { x: ramp([40, 8, 6, 30]) });
  });

  test('per-tensor quantization pairs pass, and the bytes are moved', async () => {
    const inside: NodeSpec[] = [['QuantizeLinear', ['b', 'scale', 'zero'], ['q']], ['DequantizeLinear', ['q', 'scale', 'zero'], ['e']]];
    const source = unshuffled([['Neg', ['u'], ['y']]], { y: F }, inside, { scale: scalar(0.5), zero: Tensor.of('uint8', [], [7]) });
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.opTypes).toEqual(['QuantizeLinear', 'DequantizeLinear', 'Reshape', 'SpaceToDepth', 'Reshape', 'Neg']);
    await expectSameBits(source, reduced, feed);
  });

  test('a cast to bytes moves in front: fewer bytes are moved; a cast to a type without kernel leaves the operator on the other side', async () => {
    const bytes = unshuffled([['Cast', ['u'], ['y'], { to: 1 }]], { y: F }, [['Cast', ['b'], ['e'], { to: 2 }]]);
    expect(reduceRanks(bytes, 'ane').opTypes).toEqual(['Cast', 'Reshape', 'SpaceToDepth', 'Reshape', 'Cast']);
    const wide = unshuffled([['Cast', ['u'], ['y'], { to: 1 }]], { y: F }, [['Cast', ['b'], ['e'], { to: 7 }]]);
    expect(reduceRanks(wide, 'htp').opTypes).toEqual(['Reshape', 'SpaceToDepth', 'Reshape', 'Cast', 'Cast']);
    for (const source of [bytes, wide]) await expectSameBits(source, reduceRanks(source, 'ane'), feed);
  });

  test('two transposes around a step undo each other', async () => {
    const source = chainModel([1, 3, 8, 6], [transpose(0, 2, 3, 1), ['LeakyRelu', { alpha: { float: 0.1 } }], transpose(0, 3, 1, 2)]);
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.opTypes).toEqual(['LeakyRelu']);
    expect(reduced.records[0]?.exactness).toBe('bit');
    await expectSameBits(source, reduced, feed);
  });

  test('functions that depend on the place in memory are exact, not bit equal', () => {
    const source = chainModel([1, 3, 8, 6], [transpose(0, 2, 3, 1), ['Erf'], transpose(0, 3, 1, 2)]);
    expect(reduceRanks(source, 'htp').records[0]?.exactness).toBe('exact');
  });
});

describe('refused', () => {
  test('open sizes that constants cannot say', async () => {
    const dims = ['N', 'C', 'H', 'W', 2, 3];
    const merged = chainModel(dims, [transpose(5, 2, 0, 4, 1, 3), reshape(-1, 3)]);
    const reduced = reduceRanks(merged, 'ane');
    expect(reduced.highestRank).toBeLessThanOrEqual(5);
    await expectSameBits(merged, reduced, { x: ramp([2, 3, 4, 5, 2, 3]) });
    const source = chainModel(dims, [transpose(5, 2, 0, 4, 1, 3), ['Relu']]);
    expect(reduceRanks(source, 'ane').records).toMatchObject([
      { rewrite: 'rank/chain', outcome: 'refused', reason: expect.stringMatching(/give a static shape/) },
      { rewrite: 'rank/collapse', outcome: 'refused', reason: expect.stringMatching(/give a static shape/) },
    ]);
  });

  test('nothing is said where no rank is too high', () => {
    expect(reduceRanks(chainModel(['N', 'C', 'H', 'W'], [transpose(0, 2, 3, 1), ['Flatten']]), 'ane').records).toEqual([]);
  });
});

describe('shapes', () => {
  test('an open batch becomes −1 or stays in place', async () => {
    const source = chainModel(['N', 16, 16, 6], [reshape(0, 2, 8, 2, 8, 6), transpose(0, 1, 3, 2, 4, 5), reshape(-1, 64, 6)]);
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.highestRank).toBe(4);
    await expectSameBits(source, reduced, { x: ramp([3, 16, 16, 6]) });
  });

  test('a shape that only the graph knows is used again for the end', async () => {
    const source = buildModel({
      inputs: { x: ['float32', ['N', 24, 'H', 'W']] }, outputs: { y: F },
      nodes: [['Shape', ['x'], ['shape']], ['Reshape', ['x', 's'], ['a']], ['Transpose', ['a'], ['b'], { perm: [0, 1, 3, 2, 4, 5] }], ['Reshape', ['b', 'shape'], ['y']]],
      initializers: { s: ints(0, 1, 4, 6, -1, 1) },
    });
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.highestRank).toBe(4);
    expect(reduced.opTypes).toEqual(['Shape', 'Reshape', 'Transpose', 'Reshape']);
    await expectSameBits(source, reduced, { x: ramp([2, 24, 3, 5]) });
  });

  test('a zero size is left alone', () => {
    const source = chainModel([1, 0, 4, 2, 3, 2], [transpose(0, 1, 3, 5, 2, 4), ['Reshape', { allowzero: 1 }, [1, 0, 4, 3]]]);
    expect(reduceRanks(source, targetOfRank(5)).records.filter(({ outcome }) => outcome === 'fired')).toEqual([]);
  });

  test('reshapes across what was moved are kept, and so is what lies between', async () => {
    const source = chainModel([4, 6], [transpose(1, 0), reshape(4, 6), transpose(1, 0), reshape(3, 8)]);
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.opTypes).toEqual(['Transpose', 'Reshape', 'Transpose', 'Reshape']);
    await expectSameBits(source, reduced, { x: ramp([4, 6]) });
  });

  test('moving an axis of size 1 is no move', async () => {
    const source = chainModel([1, 1, 4, 5], [transpose(2, 0, 3, 1), ['Relu']]);
    expect(reduceRanks(source, 'ane').opTypes).toEqual(['Reshape', 'Relu']);
    await expectSameBits(source, reduceRanks(source, 'ane'), { x: ramp([1, 1, 4, 5]) });
  });
});

describe('names', () => {
  test('the new move keeps the name of the old one, outputs keep theirs, and node names stay unique', () => {
    const { model, opTypes } = reduceRanks(unshuffled([['Neg', ['u'], ['y'], {}, { name: 'last' }]], { y: F }), 'ane');
    const names = [...model.graph.nodes()].map((node) => node.name);
    expect(opTypes).toEqual(['Reshape', 'SpaceToDepth', 'Reshape', 'Neg']);
    expect(names).toEqual(['move/reshape0', 'move', 'move/reshape2', 'last']);
    expect(model.graph.values.has('u')).toBe(true);
  });
});
