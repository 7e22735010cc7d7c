import type { Node } from '../../../models/graph/index.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { int } from './mil-value.ts';
import { Refused } from './refused.ts';

/** Depth and space: DepthToSpace CRD is `pixel_shuffle`, DCR is `depth_to_space`; SpaceToDepth has DCR's order. */
export const SHUFFLE: Readonly<Record<string, Lowerer>> = { DepthToSpace: depthToSpace, SpaceToDepth: spaceToDepth };

function depthToSpace(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const size = blockSize(node);
  if (node.attributes.string('mode', 'DCR') === 'CRD') c.finish('pixel_shuffle', { x, upscale_factor: int(size) });
  else c.finish('depth_to_space', { x, block_size: int(size) });
}

function spaceToDepth(node: Node, c: LowerContext): void {
  c.finish('space_to_depth', { x: floatInput(c, 0), block_size: int(blockSize(node)) });
}

function blockSize({ attributes }: Node): number {
  const size = attributes.int('blocksize', 0);
  if (size < 1) throw new Refused(`its blocksize is ${size}`, 'Check the model with onnx.checker.');
  return size;
}
