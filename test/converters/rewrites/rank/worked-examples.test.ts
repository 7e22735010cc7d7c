import { describe, expect, test } from 'vitest';
import { chainEndingAt } from '../../../../converters/rewrites/rank/chain.ts';
import { normalForm } from '../../../../converters/rewrites/rank/normal-form.ts';
import { type Segment, segmentsOf } from '../../../../converters/rewrites/rank/segment.ts';
import { inferShapes, Model, type Node } from '../../../../models/graph/index.ts';
import { chainModel, type ChainNode, expectSameBits, ramp, reduceRanks, reshape, targetOfRank, transpose } from './support.ts';

interface Example {
  readonly name: string;
  readonly dims: readonly number[];
  readonly nodes: readonly ChainNode[];
  /** Merged axes and their order. */
  readonly axes: readonly number[];
  readonly perm: readonly number[];
  /** Transposes at rank 5 and at rank 4. */
  readonly steps: readonly [number, number];
}

/** Table of reference/onnx-tools.md §4.5, without native operators. */
const EXAMPLES: readonly Example[] = [
  {
    name: 'pixel_unshuffle(2)', dims: [1, 3, 64, 64], axes: [3, 32, 2, 32, 2], perm: [0, 2, 4, 1, 3], steps: [1, 2],
    nodes: [reshape(1, 3, 32, 2, 32, 2), transpose(0, 1, 3, 5, 2, 4), reshape(1, 12, 32, 32)],
  },
  {
    name: 'pixel_unshuffle(2), batch 4', dims: [4, 3, 16, 16], axes: [12, 8, 2, 8, 2], perm: [0, 2, 4, 1, 3], steps: [1, 2],
    nodes: [reshape(4, 3, 8, 2, 8, 2), transpose(0, 1, 3, 5, 2, 4), reshape(4, 12, 8, 8)],
  },
  {
    name: 'pixel_shuffle(4)', dims: [1, 48, 16, 16], axes: [3, 4, 4, 16, 16], perm: [0, 3, 1, 4, 2], steps: [1, 2],
    nodes: [reshape(1, 3, 4, 4, 16, 16), transpose(0, 1, 4, 2, 5, 3), reshape(1, 3, 64, 64)],
  },
  {
    name: 'pixel_shuffle(4), one colour', dims: [1, 16, 8, 8], axes: [4, 4, 8, 8], perm: [2, 0, 3, 1], steps: [1, 1],
    nodes: [reshape(1, 1, 4, 4, 8, 8), transpose(0, 1, 4, 2, 5, 3), reshape(1, 1, 32, 32)],
  },
  {
    name: 'Swin window_partition', dims: [1, 16, 16, 6], axes: [2, 8, 2, 48], perm: [0, 2, 1, 3], steps: [1, 1],
    nodes: [reshape(1, 2, 8, 2, 8, 6), transpose(0, 1, 3, 2, 4, 5), reshape(-1, 64, 6)],
  },
  {
    name: 'Swin window_partition, batch 4', dims: [4, 16, 16, 6], axes: [8, 8, 2, 48], perm: [0, 2, 1, 3], steps: [1, 1],
    nodes: [reshape(4, 2, 8, 2, 8, 6), transpose(0, 1, 3, 2, 4, 5), reshape(-1, 64, 6)],
  },
  {
    name: 'Swin window_reverse, batch 4', dims: [16, 64, 6], axes: [8, 2, 8, 48], perm: [0, 2, 1, 3], steps: [1, 1],
    nodes: [reshape(4, 2, 2, 8, 8, 6), transpose(0, 1, 3, 2, 4, 5), reshape(4, 16, 16, 6)],
  },
  {
    name: 'channel shuffle in 4 groups', dims: [2, 60, 8, 8], axes: [2, 4, 15, 64], perm: [0, 2, 1, 3], steps: [1, 1],
    nodes: [reshape(2, 1, 4, 15, 8, 8), transpose(0, 1, 3, 2, 4, 5), reshape(2, 60, 8, 8)],
  },
  {
    name: 'queries, keys, values', dims: [2, 64, 180], axes: [2, 64, 3, 6, 10], perm: [2, 0, 3, 1, 4], steps: [1, 2],
    nodes: [reshape(2, 64, 3, 1, 6, 10), transpose(2, 0, 3, 4, 1, 5), reshape(6, 6, 64, 10)],
  },
  {
    name: 'DiT unpatchify', dims: [1, 16, 32], axes: [4, 4, 2, 2, 8], perm: [4, 0, 2, 1, 3], steps: [1, 2],
    nodes: [reshape(1, 4, 4, 2, 2, 8), ['Einsum', { equation: 'nhwpqc->nchpwq' }], reshape(1, 8, 8, 8)],
  },
  {
    name: 'DiT unpatchify, batch 4', dims: [4, 16, 32], axes: [4, 4, 4, 2, 2, 8], perm: [0, 5, 1, 3, 2, 4], steps: [2, 2],
    nodes: [reshape(4, 4, 4, 2, 2, 8), transpose(0, 5, 1, 3, 2, 4), reshape(4, 8, 8, 8)],
  },
  {
    name: 'MaxViT grid', dims: [1, 12, 12, 5], axes: [4, 3, 4, 3, 5], perm: [1, 3, 0, 2, 4], steps: [1, 2],
    nodes: [reshape(1, 4, 3, 4, 3, 5), transpose(0, 2, 4, 1, 3, 5), reshape(9, 16, 5)],
  },
  {
    name: 'MaxViT grid, batch 4', dims: [4, 12, 12, 5], axes: [4, 4, 3, 4, 3, 5], perm: [0, 2, 4, 1, 3, 5], steps: [2, 2],
    nodes: [reshape(4, 4, 3, 4, 3, 5), transpose(0, 2, 4, 1, 3, 5), reshape(36, 16, 5)],
  },
  {
    name: 'patchify, batch 2', dims: [2, 3, 8, 8], axes: [2, 3, 2, 4, 2, 4], perm: [0, 2, 4, 3, 5, 1], steps: [2, 2],
    nodes: [reshape(2, 3, 2, 4, 2, 4), transpose(0, 2, 4, 3, 5, 1), reshape(2, 4, 48)],
  },
  {
    name: 'video Swin in eight axes', dims: [2, 8, 16, 16, 12], axes: [8, 2, 4, 4, 4, 48], perm: [0, 2, 4, 1, 3, 5], steps: [2, 2],
    nodes: [reshape(2, 4, 2, 4, 4, 4, 4, 12), transpose(0, 1, 3, 5, 2, 4, 6, 7), reshape(128, 32, 12)],
  },
  {
    name: 'YOLOv2 reorg in seven nodes', dims: [1, 64, 26, 26], axes: [832, 2, 13, 2], perm: [1, 3, 0, 2], steps: [1, 1],
    nodes: [
      reshape(1, 64, 13, 2, 13, 2), transpose(0, 1, 2, 4, 3, 5), reshape(1, 64, 169, 4), transpose(0, 1, 3, 2), reshape(1, 64, 4, 13, 13),
      transpose(0, 2, 1, 3, 4), reshape(1, 256, 13, 13),
    ],
  },
];

describe.each(EXAMPLES)('$name', ({ dims, nodes, axes, perm, steps }) => {
  const source = chainModel(dims, nodes);

  test('normal form', () => {
    const model = new Model(source);
    inferShapes(model);
    const links = chainEndingAt(model.graph.last as Node, model.opset) ?? [];
    const [segment, ...more] = segmentsOf(links, model.opset);
    expect(more).toEqual([]);
    expect(segment?.links).toHaveLength(nodes.length);
    expect(normalForm((segment as Segment).layout)).toEqual({ axes, perm, spread: null });
  });

  test.each([[5, steps[0]], [4, steps[1]]])('rank %i takes %i', async (rank, count) => {
    const reduced = reduceRanks(source, targetOfRank(rank, rank, []));
    expect(reduced.moves.map((move) => move.opType)).toEqual(Array.from({ length: count }, () => 'Transpose'));
    expect(reduced.highestRank).toBeLessThanOrEqual(rank);
    if (count === 1) expect(reduced.moves).toMatchObject([{ from: axes, perm }]);
    await expectSameBits(source, reduced, { x: ramp(dims) });
  });

  test('rank 4 is taken where it costs no more steps than 5', () => {
    const reduced = reduceRanks(source, targetOfRank(5, 4, []));
    expect(reduced.moves).toHaveLength(steps[0]);
    expect(reduced.highestRank).toBeLessThanOrEqual(steps[0] === steps[1] ? 4 : 5);
  });
});
