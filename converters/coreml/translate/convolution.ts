import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';
import { Untranslatable } from './untranslatable.ts';

/** Convolutions of one to three spatial axes (coremltools mil/ops/defs/iOS15/conv.py). */
export const CONVOLUTIONS: Family = { conv, conv_transpose: convTranspose };

function conv(o: Operands, out: Emitter): string {
  const { strides, dilations, groups } = common(o);
  const kernel = o.sizes('weight').slice(2);
  return out.node('Conv', inputs(o), { strides, dilations, group: groups, kernel_shape: kernel, ...padding(o, { kernel, strides, dilations }) });
}

export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/**
 * How an operation with a window pads: MIL interleaves the two ends of each axis, ONNX lists all begins before all ends. `same` pads so that
 * there are ⌈size / stride⌉ results, the odd element behind, as TensorFlow does; `same_lower` before.
 */
export function padding(o: Operands, window: Window): { readonly pads: readonly number[] } | { readonly auto_pad: string } {
  const spatial = window.kernel.length;
  const type = o.text('pad_type', 'valid').toLowerCase();
  switch (type) {
    case 'valid':
      return { pads: zeros(2 * spatial) };
    case 'custom':
      return { pads: split(o.numbers('pad', zeros(2 * spatial))).flat() };
    case 'same':
    case 'same_lower':
      return samePadding(o.shape('x').slice(2), window, type === 'same_lower');
    default:
      throw new Untranslatable(`pad_type is ${type}`);
  }
}

/** Written out where sizes are known: ONNX Runtime does not take dilations with auto_pad. */
function samePadding(sizes: readonly (number | null)[], { kernel, strides, dilations }: Window, lower: boolean): { readonly pads: readonly number[] } | { readonly auto_pad: string } {
  if (sizes.includes(null)) {
    if (dilations.some((dilation) => dilation > 1)) throw new Untranslatable('pad_type is same, with dilations and open sizes');
    return { auto_pad: lower ? 'SAME_LOWER' : 'SAME_UPPER' };
  }
  const totals = (sizes as readonly number[]).map((size, i) => {
    const stride = strides[i] as number;
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + ((kernel[i] as number) - 1) * (dilations[i] as number) + 1 - size);
  });
  const begins = totals.map((total) => (lower ? Math.ceil(total / 2) : Math.floor(total / 2)));
  return { pads: [...begins, ...totals.map((total, i) => total - (begins[i] as number))] };
}

export function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

/** Begins and ends of interleaved pads. */
export function split(pad: readonly number[]): [begins: number[], ends: number[]] {
  return [pad.filter((_, i) => i % 2 === 0), pad.filter((_, i) => i % 2 === 1)];
}

function common(o: Operands): { spatial: number; strides: number[]; dilations: number[]; groups: number } {
  const spatial = o.rank('x') - 2;
  const ones = Array.from({ length: spatial }, () => 1);
  return { spatial, strides: o.numbers('strides', ones), dilations: o.numbers('dilations', ones), groups: o.number('groups', 1) };
}

function inputs(o: Operands): string[] {
  return [o.value('x'), o.value('weight'), ...(o.has('bias') ? [o.value('bias')] : [])];
}

/**
 * Without `output_shape`: custom and valid pads crop the full result; same makes stride times the input. With it, the result is cropped to
 * that size: the pads' begins hold, the ends follow.
 */
function convTranspose(o: Operands, out: Emitter): string {
  const { spatial, strides, dilations, groups } = common(o);
  const kernel = o.sizes('weight').slice(2);
  const reach = kernel.map((size, i) => (size - 1) * (dilations[i] as number) + 1);
  const type = o.text('pad_type', 'valid').toLowerCase();
  const same = type === 'same' || type === 'same_lower';
  const wanted = o.has('output_shape') ? o.numbers('output_shape').slice(2) : null;
  const [begins, given] = split(type === 'custom' ? o.numbers('pad', zeros(2 * spatial)) : zeros(2 * spatial));
  const totals = reach.map((size, i) => {
    const stride = strides[i] as number;
    if (wanted) return ((o.sizes('x')[i + 2] as number) - 1) * stride + size - (wanted[i] as number);
    return same ? size - stride : (begins[i] as number) + (given[i] as number);
  });
  const starts = same ? totals.map((total) => Math.max(0, type === 'same' ? Math.floor(total / 2) : Math.ceil(total / 2))) : begins;
  const ends = totals.map((total, i) => total - (starts[i] as number));
  const extra = ends.map((end) => Math.max(0, -end));
  if (extra.some((more, i) => more >= Math.max(strides[i] as number, dilations[i] as number))) throw new Untranslatable(`output_shape is larger than the product of strides`);
  const pads = [...starts, ...ends.map((end) => Math.max(0, end))];
  const attributes = { strides, dilations, group: groups, kernel_shape: kernel, pads, ...(extra.some((more) => more > 0) ? { output_padding: extra } : {}) };
  return out.node('ConvTranspose', inputs(o), attributes);
}
