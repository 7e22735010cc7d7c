import { UserError } from '../../models/contracts/index.ts';
import type { Grain, TensorEncoding } from './encoding.ts';
import { normalAxis } from './model/layout.ts';

/**
 * The encoding of a tensor of which `axis` is permuted: entry k is what was entry `order[k]`. Scales along other axes, and those of whole
 * tensors, stay. `axis` null: the axis that the scales lie along, whichever it is. Throws UserError naming tensor and counts where the
 * order has another length, and for blocks along the axis.
 */
export function permuteEncoding<T extends TensorEncoding>(encoding: T, axis: number | null, order: readonly number[]): T {
  checkOrder(encoding.name, order);
  if (encoding.kind === 'float' || encoding.grain.kind === 'tensor') return encoding;
  const { grain } = encoding;
  if (grain.kind === 'channel') {
    if (axis !== null && grain.axis !== null && grain.axis !== axis) return encoding;
    const take = takeOf(encoding.name, order);
    return { ...encoding, ...lists(encoding, take) } as T;
  }
  return permuteBlocks(encoding, grain, axis, order) as T;
}

type Take = (values: readonly number[]) => number[];

function checkOrder(name: string, order: readonly number[]): void {
  const seen = new Set(order);
  const sound = seen.size === order.length && order.every((from) => Number.isInteger(from) && from >= 0 && from < order.length);
  if (!sound)
    throw new UserError(`The order for "${name}" is no permutation of 0 to ${order.length - 1}.`, ['Every position must come once.']);
}

/** Along a list with one entry per channel. */
function takeOf(name: string, order: readonly number[]): Take {
  return (values) => {
    if (values.length !== order.length) throw wrongCount(name, values.length, order.length);
    return order.map((from) => values[from] as number);
  };
}

function wrongCount(name: string, encodings: number, channels: number): UserError {
  return new UserError(`"${name}" has ${encodings} encodings for ${channels} channels.`, [
    'Export the encodings from the model that is rewritten, or give an order of that length.',
  ]);
}

function lists(encoding: Exclude<TensorEncoding, { kind: 'float' }>, take: Take): object {
  if (encoding.kind === 'lpbq') return {};
  if (encoding.kind === 'small-float') return { scale: take(encoding.scale) };
  const { range } = encoding;
  return {
    scale: take(encoding.scale),
    zeroPoint: take(encoding.zeroPoint),
    range: range && { min: take(range.min), max: take(range.max) },
  };
}

/** Without a shape: [output channels, blocks], of which the first is meant. */
function permuteBlocks(
  encoding: Exclude<TensorEncoding, { kind: 'float' }>,
  grain: Grain & { kind: 'block' },
  axis: number | null,
  order: readonly number[],
): TensorEncoding {
  const { name } = encoding;
  const count = encoding.kind === 'lpbq' ? encoding.blockScale.length : encoding.scale.length;
  const shape = grain.shape ?? [order.length, count / order.length];
  const blockAxis = grain.axis === null ? 1 : normalAxis(grain.axis, shape.length);
  const channelAxis = blockAxis === 0 ? 1 : 0;
  const along = axis ?? channelAxis;
  if (along === blockAxis) {
    throw new UserError(`"${name}" is quantized in blocks along an axis that is permuted.`, [
      'Rewrite first and quantize afterwards, or leave the permutation out with --skip.',
    ]);
  }
  const length = shape[along] as number;
  if (!shape.every(Number.isInteger)) throw wrongCount(name, count, order.length);
  if (length !== order.length && length !== 1) throw wrongCount(name, length, order.length);
  if (length === 1) return encoding;
  const take: Take = (list) => takeAxis(list, shape, along, order);
  if (encoding.kind !== 'lpbq') return { ...encoding, ...lists(encoding, take) };
  return {
    ...encoding,
    blockScale: take(encoding.blockScale),
    channelScale: along === channelAxis ? takeOf(name, order)(encoding.channelScale) : encoding.channelScale,
  };
}

function takeAxis(values: readonly number[], shape: readonly number[], axis: number, order: readonly number[]): number[] {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const length = shape[axis] as number;
  return values.map((_, i) => {
    const at = Math.floor(i / inner) % length;
    return values[i + ((order[at] as number) - at) * inner] as number;
  });
}
