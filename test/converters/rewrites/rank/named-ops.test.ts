import { describe, expect, test } from 'vitest';
import { type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { buildModel, type NodeSpec } from '../../../support/build-model.ts';
import { chainModel, type ChainNode, expectSameBits, ramp, type Reduced, reduceRanks, reshape, targetOfRank, transpose } from './support.ts';

const ints = (...values: number[]): Tensor => Tensor.of('int64', [values.length], values);

/** The shuffle that is left, as `CRD 3`. */
function shuffles({ model }: Reduced): string[] {
  return [...model.graph.nodes()].filter((node) => ['DepthToSpace', 'SpaceToDepth'].includes(node.opType))
    .map(({ opType, attributes }) => `${opType} ${attributes.string('mode', '')} ${attributes.int('blocksize')}`.replace('  ', ' '));
}

describe('DepthToSpace', () => {
  test.each([[1, 2, 3], [1, 3, 2], [3, 2, 5], [2, 4, 1]])('pixel_shuffle of batch %i, block %i, %i colours', async (n, b, c) => {
    const source = chainModel([n, c * b * b, 5, 4], [reshape(n, c, b, b, 5, 4), transpose(0, 1, 4, 2, 5, 3), reshape(n, c, 5 * b, 4 * b)]);
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.opTypes).toEqual(['DepthToSpace']);
    expect(shuffles(reduced)).toEqual([`DepthToSpace CRD ${b}`]);
    await expectSameBits(source, reduced, { x: ramp([n, c * b * b, 5, 4]) });
  });

  test.each([[1, 2, 3], [3, 3, 2]])('the other channel order, batch %i, block %i, %i colours', async (n, b, c) => {
    const source = chainModel([n, b * b * c, 5, 4], [reshape(n, b, b, c, 5, 4), transpose(0, 3, 4, 1, 5, 2), reshape(n, c, 5 * b, 4 * b)]);
    const reduced = reduceRanks(source, 'htp');
    expect(shuffles(reduced)).toEqual([`DepthToSpace DCR ${b}`]);
    expect(reduced.opTypes).toHaveLength(1);
    await expectSameBits(source, reduced, { x: ramp([n, b * b * c, 5, 4]) });
  });

  test('without the batch axis, and in two transposes', async () => {
    const source = chainModel([12, 4, 5], [reshape(3, 2, 2, 4, 5), transpose(0, 3, 1, 2, 4), reshape(3, 8, 2, 5), transpose(0, 1, 3, 2), reshape(3, 8, 10)]);
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.opTypes).toEqual(['Reshape', 'DepthToSpace', 'Reshape']);
    await expectSameBits(source, reduced, { x: ramp([12, 4, 5]) });
  });

  test('opset 10 has no CRD: single channels, DCR by default', async () => {
    const source = chainModel([2, 12, 4, 5], [reshape(2, 3, 2, 2, 4, 5), transpose(0, 1, 4, 2, 5, 3), reshape(2, 3, 8, 10)], { opset: 10 });
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.opTypes).toEqual(['Reshape', 'DepthToSpace', 'Reshape']);
    expect(shuffles(reduced)).toEqual(['DepthToSpace 2']);
    await expectSameBits(source, reduced, { x: ramp([2, 12, 4, 5]) });
  });

  test('integers: DepthToSpace for 8 bits from opset 13 on, a transpose elsewhere', async () => {
    const nodes: ChainNode[] = [reshape(1, 3, 2, 2, 4, 5), transpose(0, 1, 4, 2, 5, 3), reshape(1, 3, 8, 10)];
    for (const [dtype, opset, op] of [['uint8', 13, 'DepthToSpace'], ['uint8', 11, 'Transpose'], ['int64', 17, 'Transpose']] as const) {
      const source = chainModel([1, 12, 4, 5], nodes, { dtype, opset });
      const reduced = reduceRanks(source, 'ane');
      expect(reduced.opTypes).toContain(op);
      expect(reduced.highestRank).toBeLessThanOrEqual(5);
      await expectSameBits(source, reduced, { x: ramp([1, 12, 4, 5], dtype) });
    }
  });

  test('a shuffle that is none stays a transpose: block sizes differ', async () => {
    const source = chainModel([1, 18, 4, 5], [reshape(1, 3, 2, 3, 4, 5), transpose(0, 1, 4, 2, 5, 3), reshape(1, 3, 8, 15)]);
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.opTypes).toEqual(['Reshape', 'Transpose', 'Reshape']);
    expect(reduced.highestRank).toBe(5);
    await expectSameBits(source, reduced, { x: ramp([1, 18, 4, 5]) });
  });

  test('a shuffle and its inverse are nothing; a lone shuffle is left as it is', async () => {
    const both = chainModel([1, 12, 4, 5], [['DepthToSpace', { blocksize: 2 }], ['SpaceToDepth', { blocksize: 2 }], ['Relu']]);
    expect(reduceRanks(both, 'ane').opTypes).toEqual(['Relu']);
    const image = chainModel([1, 12, 4, 5], [['DepthToSpace', { blocksize: 2, mode: 'CRD' }], transpose(0, 2, 3, 1)]);
    expect(reduceRanks(image, 'htp').records).toEqual([]);
  });
});

describe('SpaceToDepth', () => {
  const chain: ChainNode[] = [reshape(2, 3, 4, 2, 3, 2), transpose(0, 3, 5, 1, 2, 4), reshape(2, 12, 4, 3)];

  test('as ONNX has it', async () => {
    const reduced = reduceRanks(chainModel([2, 3, 8, 6], chain), 'ane');
    expect(reduced.opTypes).toEqual(['SpaceToDepth']);
    await expectSameBits(chainModel([2, 3, 8, 6], chain), reduced, { x: ramp([2, 3, 8, 6]) });
  });

  test('the seven nodes of YOLOv2', async () => {
    const nodes = [
      reshape(1, 8, 3, 2, 3, 2), transpose(0, 1, 2, 4, 3, 5), reshape(1, 8, 9, 4), transpose(0, 1, 3, 2), reshape(1, 8, 4, 3, 3),
      transpose(0, 2, 1, 3, 4), reshape(1, 32, 3, 3),
    ];
    const reduced = reduceRanks(chainModel([1, 8, 6, 6], nodes), 'htp');
    expect(reduced.opTypes).toEqual(['SpaceToDepth']);
    await expectSameBits(chainModel([1, 8, 6, 6], nodes), reduced, { x: ramp([1, 8, 6, 6]) });
  });
});

describe('pixel_unshuffle', () => {
  const unshuffle = (n: number, c: number, b: number): ChainNode[] => [reshape(n, c, 4, b, 3, b), transpose(0, 1, 3, 5, 2, 4), reshape(n, c * b * b, 4, 3)];
  type Weights = Readonly<Record<string, readonly number[]>>;
  const withConvs = (n: number, c: number, b: number, middle: readonly NodeSpec[], weights: Weights): ModelProto => buildModel({
    inputs: { x: ['float32', [n, c, 4 * b, 3 * b]] }, outputs: { y: ['float32', null] },
    nodes: [['Reshape', ['x', 's'], ['a']], ['Transpose', ['a'], ['b'], { perm: [0, 1, 3, 5, 2, 4] }], ['Reshape', ['b', 't'], ['u']], ...middle],
    initializers: {
      s: ints(n, c, 4, b, 3, b), t: ints(-1, c * b * b, 4, 3),
      ...Object.fromEntries(Object.entries(weights).map(([name, dims]) => [name, Tensor.of('float32', dims, Array.from({ length: dims.reduce((a, d) => a * d, 1) }, (_, i) => i % 5))])),
    },
  });

  test.each([[1, 3, 2], [4, 3, 2], [1, 2, 3]])('before convolutions: SpaceToDepth and a Gather of channels (batch %i, %i colours, block %i)', async (n, c, b) => {
    const width = c * b * b;
    const middle: NodeSpec[] = [['Conv', ['u', 'w'], ['p']], ['LeakyRelu', ['u'], ['l']], ['Conv', ['l', 'v'], ['q']], ['Add', ['p', 'q'], ['y']]];
    const source = withConvs(n, c, b, middle, { w: [2, width, 1, 1], v: [2, width, 1, 1] });
    const reduced = reduceRanks(source, 'htp');
    expect(reduced.opTypes.slice(0, 2)).toEqual(['SpaceToDepth', 'Gather']);
    expect(reduced.records).toMatchObject([{ reason: expect.stringMatching(/^pixel_unshuffle/) }]);
    await expectSameBits(source, reduced, { x: ramp([n, c, 4 * b, 3 * b]) });
  });

  test('before anything else: one move on single channels, of rank 4', async () => {
    for (const middle of [[['Relu', ['u'], ['y']]], [['Conv', ['u', 'w'], ['y'], { group: 12 }]]] as NodeSpec[][]) {
      const source = withConvs(2, 3, 2, middle, { w: [12, 1, 1, 1] });
      const reduced = reduceRanks(source, 'ane');
      expect(reduced.opTypes.slice(0, 3)).toEqual(['Reshape', 'SpaceToDepth', 'Reshape']);
      await expectSameBits(source, reduced, { x: ramp([2, 3, 8, 6]) });
    }
  });

  test('one colour is SpaceToDepth itself', async () => {
    const source = chainModel([2, 1, 8, 6], unshuffle(2, 1, 2));
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.opTypes).toEqual(['SpaceToDepth']);
    await expectSameBits(source, reduced, { x: ramp([2, 1, 8, 6]) });
  });

  test('open batch, height and width: as the TorchScript exporter spells it', async () => {
    for (const opset of [11, 17]) {
      const axes = opset < 13 ? ['Unsqueeze', { axes: [3] }] : ['Unsqueeze', null, [3]];
      const squeeze = opset < 13 ? ['Squeeze', { axes: [2, 3] }] : ['Squeeze', null, [2, 3]];
      const nodes = [axes, reshape(0, 0, -1, 2, 0), reshape(0, 0, 0, 0, -1, 2), transpose(0, 1, 3, 5, 2, 4), reshape(0, -1, 1, 1, 0, 0), squeeze] as ChainNode[];
      for (const dims of [['N', 3, 'H', 'W'], [null, 3, null, null]]) {
        const source = chainModel(dims, nodes, { opset });
        const reduced = reduceRanks(source, 'ane');
        expect(reduced.opTypes).toEqual(['Reshape', 'SpaceToDepth', 'Reshape']);
        await expectSameBits(source, reduced, { x: ramp([2, 3, 8, 6]) });
      }
    }
  });

  test('open height and width: as BasicSR spells it, sizes computed from Shape', async () => {
    const size = (axis: number): NodeSpec[] => [['Gather', ['shape', `i${axis}`], [`d${axis}`]], ['Unsqueeze', [`d${axis}`, 'zero'], [`u${axis}`]]];
    const half = (axis: number): NodeSpec[] => [['Div', [`d${axis}`, 'two'], [`h${axis}`]], ['Cast', [`h${axis}`], [`k${axis}`], { to: 7 }], ['Unsqueeze', [`k${axis}`, 'zero'], [`q${axis}`]]];
    const source = buildModel({
      inputs: { x: ['float32', ['N', 3, 'H', 'W']] }, outputs: { y: ['float32', null] },
      nodes: [
        ['Shape', ['x'], ['shape']], ...[0, 1, 2, 3].flatMap(size), ...[2, 3].flatMap(half), ['Mul', ['d1', 'four'], ['c']], ['Unsqueeze', ['c', 'zero'], ['uc']],
        ['Concat', ['u0', 'u1', 'q2', 'two1', 'q3', 'two1'], ['six'], { axis: 0 }], ['Reshape', ['x', 'six'], ['a']],
        ['Transpose', ['a'], ['b'], { perm: [0, 1, 3, 5, 2, 4] }], ['Concat', ['u0', 'uc', 'q2', 'q3'], ['end'], { axis: 0 }], ['Reshape', ['b', 'end'], ['y']],
      ],
      initializers: {
        zero: ints(0), two1: ints(2), two: Tensor.of('int64', [], [2]), four: Tensor.of('int64', [], [4]),
        ...Object.fromEntries([0, 1, 2, 3].map((axis) => [`i${axis}`, Tensor.of('int64', [], [axis])])),
      },
    });
    const reduced = reduceRanks(source, 'ane');
    expect(reduced.opTypes).not.toContain('Transpose');
    expect(shuffles(reduced)).toEqual(['SpaceToDepth 2']);
    expect(reduced.highestRank).toBe(4);
    await expectSameBits(source, reduced, { x: ramp([2, 3, 8, 6]) });
  });
});

test('a target without the operators gets transposes', () => {
  const source = chainModel([1, 12, 4, 5], [reshape(1, 3, 2, 2, 4, 5), transpose(0, 1, 4, 2, 5, 3), reshape(1, 3, 8, 10)]);
  expect(reduceRanks(source, targetOfRank(5, 5, [])).opTypes).toEqual(['Reshape', 'Transpose', 'Reshape']);
  expect(shuffles(reduceRanks(source, targetOfRank(5, 5, ['DepthToSpace:DCR'])))).toEqual(['DepthToSpace DCR 2']);
});

test('window partition, window reverse and channel shuffle are called by name', () => {
  const name = (dims: number[], nodes: ChainNode[]): unknown => reduceRanks(chainModel(dims, nodes), 'htp').records[0]?.facts?.movement;
  expect(name([2, 8, 8, 6], [reshape(2, 2, 4, 2, 4, 6), transpose(0, 1, 3, 2, 4, 5), reshape(-1, 16, 6)])).toBe('window partition');
  expect(name([8, 16, 6], [reshape(2, 2, 2, 4, 4, 6), transpose(0, 1, 3, 2, 4, 5), reshape(2, 8, 8, 6)])).toBe('window reverse');
  expect(name([2, 24, 8, 8], [reshape(2, 4, 6, 8, 8), transpose(0, 2, 1, 3, 4), reshape(2, 24, 8, 8)])).toBe('channel shuffle');
});
