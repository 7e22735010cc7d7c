import type { Attributes, Dim } from '../../../models/graph/index.ts';

/** Padding per spatial axis, in elements of the (undilated) input. */
export interface Pads {
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** Geometry that padding depends on; one entry per spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/**
 * Padding of a Conv or pooling window as numbers, `auto_pad` resolved (ONNX Conv: output = ceil(input / stride), the odd element at the
 * end for SAME_UPPER, at the beginning for SAME_LOWER; the dilated kernel counts). `spatial` are the input's spatial dimensions.
 * Null where a stride above 1 makes the padding depend on a size that is not known.
 */
export function resolvePads(attributes: Attributes, window: Window, spatial: readonly Dim[] | null): Pads | null {
  const mode = attributes.string('auto_pad', 'NOTSET');
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') return statedPads(attributes, mode, window.kernel.length);
  const totals = window.kernel.map((size, axis) => {
    const stride = window.strides[axis] as number;
    const extent = (window.dilations[axis] as number) * (size - 1) + 1;
    if (stride === 1) return extent - 1;
    const length = spatial?.[axis];
    return typeof length === 'number' ? Math.max((Math.ceil(length / stride) - 1) * stride + extent - length, 0) : null;
  });
  return totals.every((total) => total !== null) ? splitTotals(totals, mode === 'SAME_UPPER') : null;
}

/**
 * Padding of a ConvTranspose (what is cut off the full output). With `output_shape`, or SAME where output = input · stride:
 * total = stride·(input − 1) + output_padding + extent − output; the odd element at the end for SAME_UPPER, else at the beginning.
 * Null where that depends on a size that is not known.
 */
export function resolveTransposedPads(
  attributes: Attributes,
  window: Window,
  outputPadding: readonly number[],
  spatial: readonly Dim[] | null,
): Pads | null {
  const mode = attributes.string('auto_pad', 'NOTSET');
  const same = mode === 'SAME_UPPER' || mode === 'SAME_LOWER';
  const shape = attributes.ints('output_shape')?.slice(-window.kernel.length);
  if (!same && !shape) return statedPads(attributes, mode, window.kernel.length);
  const totals = window.kernel.map((size, axis) => {
    const stride = window.strides[axis] as number;
    const extent = (window.dilations[axis] as number) * (size - 1) + 1;
    const rest = (outputPadding[axis] as number) + extent;
    if (!shape) return Math.max(rest - stride, 0);
    const length = spatial?.[axis];
    return typeof length === 'number' ? Math.max(stride * (length - 1) + rest - (shape[axis] as number), 0) : null;
  });
  return totals.every((total) => total !== null) ? splitTotals(totals, mode === 'SAME_UPPER') : null;
}

function statedPads(attributes: Attributes, mode: string, axes: number): Pads {
  const stated = (mode === 'VALID' ? undefined : attributes.ints('pads')) ?? new Array<number>(2 * axes).fill(0);
  return { begin: stated.slice(0, axes), end: stated.slice(axes) };
}

function splitTotals(totals: readonly number[], oddAtEnd: boolean): Pads {
  const smaller = totals.map((total) => Math.floor(total / 2));
  const larger = totals.map((total, axis) => total - (smaller[axis] as number));
  return oddAtEnd ? { begin: smaller, end: larger } : { begin: larger, end: smaller };
}
