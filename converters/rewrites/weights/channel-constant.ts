import type { Value } from '../../../models/graph/index.ts';

/**
 * How a constant of shape `dims` lies against a tensor of rank `rank` whose axis `axis` has `channels` entries, under multidirectional
 * broadcasting: one value for all, one per channel, or neither. The axis decides, never the element count: `(W,)` with W = C is no
 * per-channel constant of an NCHW tensor.
 */
export function broadcastKind(dims: readonly number[], rank: number, axis: number, channels: number): 'scalar' | 'channel' | 'other' {
  if (dims.length > rank) return 'other';
  const offset = rank - dims.length;
  for (let i = 0; i < dims.length; i++) if (dims[i] !== 1 && i + offset !== axis) return 'other';
  const own = axis < offset ? 1 : (dims[axis - offset] as number);
  if (own === 1) return 'scalar';
  return own === channels ? 'channel' : 'other';
}

/** A constant as one float64 per channel, scalars repeated; otherwise the reason why it is not per channel. */
export function readChannelConstant(value: Value, rank: number, axis: number, channels: number): Float64Array | string {
  const read = channelConstant(value, rank, axis, channels);
  return typeof read === 'string' ? read : read();
}

/** The same, its values read when they are asked for. */
export function channelConstant(value: Value, rank: number, axis: number, channels: number): (() => Float64Array) | string {
  const tensor = value.constant;
  if (!tensor) return `"${value.name}" is not constant`;
  const kind = broadcastKind(tensor.dims, rank, axis, channels);
  if (kind === 'other')
    return `"${value.name}" [${tensor.dims}] varies along other axes than ${axis} of ${rank}, or has not ${channels} entries`;
  return () => (kind === 'channel' ? tensor.numbers() : new Float64Array(channels).fill(tensor.numbers()[0] as number));
}
