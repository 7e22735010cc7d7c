import type { Node } from '../../../models/graph/index.ts';
import type { PlanDim } from '../plan.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, type Input, ints, real, text } from './mil-value.ts';
import { explicitPads, interleaved } from './padding.ts';
import { openSize, Refused } from './refused.ts';

/** Pooling over one to three spatial axes. `ceil_mode` becomes a pad at the end, which is where its last window reaches. */
export const POOL: Readonly<Record<string, Lowerer>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalMaxPool: globalPool('reduce_max'),
  GlobalAveragePool: globalPool('reduce_mean'),
  LpPool: lpPool,
  GlobalLpPool: (node, c) => globalPool(power(node) === 1 ? 'reduce_l1_norm' : 'reduce_l2_norm')(node, c),
};

function maxPool(node: Node, c: LowerContext): void {
  if (node.output(1)) throw new Refused('its indices are used', 'Core ML returns values only.');
  const { inputs } = windows(node, c);
  c.finish('max_pool', inputs);
}

function averagePool(node: Node, c: LowerContext): void {
  const { inputs, overhang } = windows(node, c);
  const counted = node.attributes.int('count_include_pad', 0) !== 0;
  if (counted && overhang.some((size) => size > 0)) {
    throw new Refused('ceil_mode with count_include_pad: its last window divides by another count than Core ML’s', 'Set ceil_mode or count_include_pad to 0, or pad explicitly before it.');
  }
  c.finish('avg_pool', { ...inputs, exclude_padding_from_average: bool(!counted) });
}

/** (Σ |x|ᵖ)^(1/p) over windows, as their mean times how many there are; pads are zeros and count. */
function lpPool(node: Node, c: LowerContext): void {
  const p = power(node);
  const { inputs } = windows(node, c);
  const x = floatInput(c, 0);
  const powers = p === 1 ? c.emit('abs', { x }, x, 'powers') : c.emit('mul', { x, y: x }, x, 'powers');
  const type = c.outputType();
  const count = (node.attributes.ints('kernel_shape') ?? []).reduce((a, b) => a * b, 1);
  const sum = c.emit('mul', { x: c.emit('avg_pool', { ...inputs, x: powers, exclude_padding_from_average: bool(false) }, type, 'means'), y: real(count) }, type, 'sums');
  if (p === 1) c.settle(sum);
  else c.finish('sqrt', { x: sum });
}

function power({ attributes }: Node): 1 | 2 {
  const p = attributes.int('p', 2);
  if (p !== 1 && p !== 2) throw new Refused(`its p is ${p}`, 'Core ML has sums of magnitudes and of squares: p of 1 or 2.');
  return p;
}

function globalPool(op: string): Lowerer {
  return (_, c) => {
    const x = floatInput(c, 0);
    c.finish(op, { x, axes: ints(x.shape.map((_dim, axis) => axis).slice(2)), keep_dims: bool(true) });
  };
}

interface Windows {
  readonly inputs: Readonly<Record<string, Input>>;
  /** How far the last window reaches beyond the pads, per axis. */
  readonly overhang: readonly number[];
}

function windows(node: Node, c: LowerContext): Windows {
  const { attributes } = node;
  const x = floatInput(c, 0);
  const kernel = attributes.ints('kernel_shape') ?? [];
  const ones = kernel.map(() => 1);
  const [strides, dilations] = [attributes.ints('strides') ?? ones, attributes.ints('dilations') ?? ones];
  if (dilations.some((d) => d > 1)) throw new Refused('its window is dilated', 'Core ML pools over whole windows only.');
  const pads = explicitPads(node, x.shape.slice(2), kernel, strides, dilations);
  const output = c.outputType().shape.slice(2);
  const isCeil = attributes.int('ceil_mode', 0) !== 0;
  const overhang = kernel.map((size, i) => (isCeil ? Math.max(0, reach(output[i], size, strides[i] as number) - padded(x.shape[i + 2], pads, i)) : 0));
  const extended = pads.map((pad, i) => pad + (overhang[i - kernel.length] ?? 0));
  const inputs = {
    x, kernel_sizes: ints(kernel), strides: ints(strides), pad_type: text('custom'), pad: ints(interleaved(extended)), ceil_mode: bool(false),
  };
  return { inputs, overhang };
}

function reach(count: PlanDim | undefined, kernel: number, stride: number): number {
  if (typeof count !== 'number') throw openSize('ceil_mode of an open size');
  return (count - 1) * stride + kernel;
}

function padded(size: PlanDim | undefined, pads: readonly number[], axis: number): number {
  return Number(size) + (pads[axis] as number) + (pads[axis + pads.length / 2] as number);
}
