import { type Node, staticShape } from '../../../models/graph/index.ts';
import { resolvePads } from '../weights/pads.ts';

/** How the windows of a pool lie on its input. */
export interface PoolWindows {
  /** Padding that lets every window lie inside: stated, by `auto_pad`, and what `ceil_mode` adds at the end. */
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly kernel: readonly number[];
  /** Elements that each window divides by, along each axis; the product over the axes is the divisor. */
  readonly counted: readonly (readonly number[])[];
}

/** Reads AveragePool or LpPool; null where a size is not known. */
export function poolWindows(node: Node): PoolWindows | null {
  const kernel = node.attributes.ints('kernel_shape');
  const [from, to] = [staticShape(node.input(0)?.type)?.slice(2), staticShape(node.output()?.type)?.slice(2)];
  if (!kernel || !from || !to) return null;
  const ones = kernel.map(() => 1);
  const [strides, dilations] = [node.attributes.ints('strides') ?? ones, node.attributes.ints('dilations') ?? ones];
  const pads = resolvePads(node.attributes, { kernel, strides, dilations }, from);
  if (!pads) return null;
  const includePad = node.attributes.int('count_include_pad', 0) === 1;
  const axes = kernel.map((size, axis) => {
    const [length, stride, dilation] = [from[axis] as number, strides[axis] as number, dilations[axis] as number];
    const [begin, stated] = [pads.begin[axis] as number, pads.end[axis] as number];
    const reach = ((to[axis] as number) - 1) * stride + dilation * (size - 1) + 1;
    const [low, high] = includePad ? [-begin, length + stated] : [0, length];
    const counted = Array.from({ length: to[axis] as number }, (_, i) => Array.from({ length: size }, (_, tap) => i * stride - begin + tap * dilation).filter((at) => at >= low && at < high).length);
    return { begin, end: Math.max(0, reach - length - begin), counted };
  });
  return { begin: axes.map(({ begin }) => begin), end: axes.map(({ end }) => end), kernel, counted: axes.map(({ counted }) => counted) };
}

/** True where some window leaves the input: what the HTP compiler gets wrong. */
export function leavesInput({ begin, end }: PoolWindows): boolean {
  return [...begin, ...end].some((by) => by > 0);
}

/** True where a Pad of zeros stands directly before: the HTP compiler draws it into an average, and is wrong as with pads. */
export function isBehindPad(node: Node): boolean {
  const pad = node.input(0)?.producer;
  return pad?.is('Pad') === true && pad.attributes.string('mode', 'constant') === 'constant' && node.input(0)?.soleConsumer === node;
}
