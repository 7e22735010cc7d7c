import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';
import { Untranslatable } from './untranslatable.ts';

/**
 * Blocks of space and depth. pixel_shuffle and pixel_unshuffle are PyTorch's (channel-major), depth_to_space and space_to_depth TensorFlow's
 * (block-major).
 */
export const SHUFFLES: Family = {
  pixel_shuffle: (o, out) => out.node('DepthToSpace', [o.value('x')], { blocksize: o.number('upscale_factor'), mode: 'CRD' }),
  depth_to_space: (o, out) => out.node('DepthToSpace', [o.value('x')], { blocksize: o.number('block_size'), mode: 'DCR' }),
  space_to_depth: (o, out) => out.node('SpaceToDepth', [o.value('x')], { blocksize: o.number('block_size') }),
  pixel_unshuffle: pixelUnshuffle,
  space_to_batch: spaceToBatch,
  batch_to_space: batchToSpace,
};

/** ONNX's SpaceToDepth, then its channels from block-major to channel-major. */
function pixelUnshuffle(o: Operands, out: Emitter): string {
  const factor = o.number('downscale_factor');
  const channels = o.shape('x')[1] ?? null;
  if (channels === null) throw new Untranslatable('the number of channels is open');
  const blocks = factor * factor;
  const order = Array.from({ length: channels * blocks }, (_, i) => (i % blocks) * channels + Math.floor(i / blocks));
  return out.node('Gather', [out.node('SpaceToDepth', [o.value('x')], { blocksize: factor }), out.vector(order)], { axis: 1 });
}

/** The block's position becomes the major part of the batch axis, rows before columns (TensorFlow's SpaceToBatchND). */
function spaceToBatch(o: Operands, out: Emitter): string {
  const [n, c, h, w] = o.sizes('x') as [number, number, number, number];
  const [rows, columns] = o.numbers('block_shape') as [number, number];
  const [top, bottom, left, right] = o.numbers('paddings') as [number, number, number, number];
  const padded = out.node('Pad', [o.value('x'), out.vector([0, 0, top, left, 0, 0, bottom, right])]);
  const [tall, wide] = [(h + top + bottom) / rows, (w + left + right) / columns];
  const parted = out.node('Reshape', [padded, out.vector([n, c, tall, rows, wide, columns])]);
  const moved = out.node('Transpose', [parted], { perm: [3, 5, 0, 1, 2, 4] });
  return out.node('Reshape', [moved, out.vector([n * rows * columns, c, tall, wide])]);
}

function batchToSpace(o: Operands, out: Emitter): string {
  const [n, c, h, w] = o.sizes('x') as [number, number, number, number];
  const [rows, columns] = o.numbers('block_shape') as [number, number];
  const [top, bottom, left, right] = o.numbers('crops') as [number, number, number, number];
  const batch = n / (rows * columns);
  const parted = out.node('Reshape', [o.value('x'), out.vector([rows, columns, batch, c, h, w])]);
  const moved = out.node('Transpose', [parted], { perm: [2, 3, 4, 0, 5, 1] });
  const whole = out.node('Reshape', [moved, out.vector([batch, c, h * rows, w * columns])]);
  return out.node('Slice', [whole, out.vector([top, left]), out.vector([h * rows - bottom, w * columns - right]), out.vector([2, 3])]);
}
