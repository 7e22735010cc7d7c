import type { Grain } from '../encoding.ts';
import { normalAxis, type TensorLayout } from '../model/layout.ts';

type BlockGrain = Grain & { readonly kind: 'block' };

/** An array of scales, one for each block along `axis`, in the tensor's rank. */
export interface BlockArray {
  readonly values: readonly number[];
  readonly shape: readonly number[];
  readonly axis: number;
}

/**
 * The flat list of 1.0.0: [output channels, blocks] (for ConvTranspose [blocks, output channels], as stored). The array of 2.0.0 also has
 * the other dimensions, along which it must not vary. A text says why there is no such list.
 */
export function flatBlocks(values: readonly number[], grain: BlockGrain, layout: TensorLayout | null): readonly number[] | string {
  const { shape, axis } = grain;
  if (shape === null || axis === null) return values;
  if (!layout) return 'the order of its blocks in 1.0.0 depends on the layer; name the model';
  const [channelAxis, blockAxis] = [layout.channelAxis, normalAxis(axis, shape.length)];
  if (blockAxis !== layout.blockAxis) return `1.0.0 has blocks along the input channels only, these lie along axis ${blockAxis}`;
  const [channels, blocks] = [shape[channelAxis] as number, shape[blockAxis] as number];
  const flat = new Array<number>(channels * blocks).fill(Number.NaN);
  for (const [i, value] of values.entries()) {
    const c: number = coordinate(i, shape, channelAxis);
    const b: number = coordinate(i, shape, blockAxis);
    const k: number = layout.blocksFirst ? b * channels + c : c * blocks + b;
    if (!Number.isNaN(flat[k]) && flat[k] !== value) return '1.0.0 has one scale per channel and block; these vary along other axes, too';
    flat[k] = value;
  }
  return flat;
}

/** The array of 2.0.0, as QuantizeLinear takes it: the tensor's shape with one entry per block. A text says why it cannot be made. */
export function blockArray(values: readonly number[], grain: BlockGrain, layout: TensorLayout | null): BlockArray | string {
  if (grain.shape !== null && grain.axis !== null) return { values, shape: grain.shape, axis: normalAxis(grain.axis, grain.shape.length) };
  if (!layout) return 'which axes its blocks and channels lie along depends on the layer; name the model';
  const { channelAxis, blockAxis, dims } = layout;
  const length = dims[blockAxis] as number;
  const blocks = length / grain.size;
  if (!Number.isInteger(blocks)) return `its ${length} input channels are no whole blocks of ${grain.size}`;
  const channels = dims[channelAxis] as number;
  if (values.length !== channels * blocks) return `${values.length} scales are not ${channels} channels of ${blocks} blocks`;
  const shape = dims.map((dim, axis) => (axis === blockAxis ? blocks : dim));
  const out = Array.from({ length: shape.reduce((all, dim) => all * dim, 1) }, (_, i) => {
    const c: number = coordinate(i, shape, channelAxis);
    const b: number = coordinate(i, shape, blockAxis);
    return values[layout.blocksFirst ? b * channels + c : c * blocks + b] as number;
  });
  return { values: out, shape, axis: blockAxis };
}

function coordinate(index: number, shape: readonly number[], axis: number): number {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return Math.floor(index / inner) % (shape[axis] as number);
}

/**
 * Null where 0.6.1 and 1.0.0 mean the axis that per-channel scales lie along: the output channels of the layer that reads the tensor. Else a
 * text that says why they do not.
 */
export function unsaidAxis(grain: Grain, layout: TensorLayout | null): string | null {
  if (grain.kind !== 'channel' || grain.axis === null) return null;
  if (!layout) return `that its scales lie along axis ${grain.axis}; name the model`;
  const axis = normalAxis(grain.axis, layout.dims.length);
  return axis === layout.channelAxis
    ? null
    : `that its scales lie along axis ${axis}, where the output channels are axis ${layout.channelAxis}`;
}
