import type { Node } from '../../../models/graph/index.ts';

/**
 * True for a Gather that puts the channels of a SpaceToDepth, which nobody else reads, into PyTorch's order: channel c·b² + i·b + j of the
 * result is channel (i·b + j)·C + c of SpaceToDepth's. The rewrites make this of an unshuffle written with six axes.
 */
export function isPixelUnshuffle(gather: Node): boolean {
  const space = gather.input(0)?.producer;
  if (!gather.is('Gather') || !space?.is('SpaceToDepth') || gather.attributes.int('axis', 0) !== 1 || gather.input(0)?.soleConsumer !== gather) return false;
  const indices = gather.input(1)?.constant;
  const block = space.attributes.int('blocksize', 0) ** 2;
  if (indices?.dims.length !== 1 || block === 0 || indices.size % block !== 0) return false;
  const channels = indices.size / block;
  return indices.numbers().every((index, at) => index === (at % block) * channels + Math.floor(at / block));
}
