import type { Node } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { LowerContext } from './context.ts';
import { unchecked, wrappedIndices } from './indices.ts';
import { bools, int, ints, type MilValue, unsigned } from './mil-value.ts';
import { isPixelUnshuffle } from './pixel-unshuffle.ts';
import { openSize, Refused } from './refused.ts';

/**
 * Indices along an axis: a slice where they are known and run evenly, else `gather`. After a SpaceToDepth, in the order that makes PyTorch's
 * unshuffle of it, both are `pixel_unshuffle`.
 */
export function gather(node: Node, c: LowerContext): void {
  if (c.release >= 16 && isPixelUnshuffle(node)) {
    pixelUnshuffle(node, c);
    return;
  }
  const x = c.input(0);
  const given = node.attributes.int('axis', 0);
  const axis = given < 0 ? given + x.shape.length : given;
  const size = x.shape[axis] as number | string;
  const more = { ...(c.release >= 16 ? { batch_dims: int(0) } : {}), ...unchecked(c) };
  if (!c.known(node.input(1))) {
    if (x.dtype === 'bool') throw new Refused('it gathers booleans', 'Cast to int32 before it.');
    c.finish('gather', { x, indices: wrappedIndices(c, 1, [size]), axis: int(axis), ...more }, 0, x.range);
    return;
  }
  const indices = (c.knownNumbers(1, 'indices') ?? []).map((index) => (index < 0 ? index + Number(size) : index));
  const dims = c.known(node.input(1))?.dims ?? [];
  if (indices.some((index) => !(index >= 0 && index < Number(size)))) throw openSize('an index of it is outside of the axis, or the axis is open');
  const step = indices.length > 1 ? (indices[1] as number) - (indices[0] as number) : 1;
  const isEven = dims.length <= 1 && step > 0 && indices.every((index, i) => index === (indices[0] as number) + i * step);
  if (isEven && x.shape.length > 0) evenSlice(c, x, axis, indices, step, dims.length === 0);
  else if (x.dtype === 'bool') throw new Refused('it gathers booleans', 'Cast to int32 before it.');
  else {
    const picked = c.constant(Tensor.of('int32', dims, indices), `${node.output()?.name ?? node.label}_indices`);
    c.finish('gather', { x, indices: picked, axis: int(axis), ...more });
  }
}

function evenSlice(c: LowerContext, x: MilValue, axis: number, indices: readonly number[], step: number, squeezes: boolean): void {
  const at = <T>(value: T, other: T): T[] => x.shape.map((_, i) => (i === axis ? value : other));
  c.finish('slice_by_index', {
    x, begin: ints(at(indices[0] as number, 0)), end: ints(at((indices.at(-1) as number) + 1, 0)), stride: ints(at(step, 1)),
    begin_mask: bools(at(false, false)), end_mask: bools(at(false, true)), squeeze_mask: bools(at(squeezes, false)),
  });
}

function pixelUnshuffle(node: Node, c: LowerContext): void {
  const space = node.input(0)?.producer as Node;
  const source = space.input(0);
  if (!source) throw new Refused('its SpaceToDepth has no input', 'Check the model with onnx.checker.');
  c.finish('pixel_unshuffle', { x: c.value(source), downscale_factor: unsigned(space.attributes.int('blocksize', 1)) });
}
