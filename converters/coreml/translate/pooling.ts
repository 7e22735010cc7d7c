import { padding, split, zeros } from './convolution.ts';
import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';
import { Untranslatable } from './untranslatable.ts';

/** Pooling (coremltools mil/ops/defs/iOS15/pool.py). */
export const POOLING: Family = {
  max_pool: (o, out) => out.node('MaxPool', [o.value('x')], window(o)),
  l2_pool: (o, out) => out.node('LpPool', [o.value('x')], { ...window(o), p: 2 }),
  avg_pool: averagePool,
};

type Window = Readonly<Record<string, string | number | readonly number[]>>;

function window(o: Operands): Window {
  const spatial = o.rank('x') - 2;
  const ones = Array.from({ length: spatial }, () => 1);
  const base = { kernel_shape: o.numbers('kernel_sizes'), strides: o.numbers('strides', ones) };
  const pads = padding(o, { kernel: base.kernel_shape, strides: base.strides, dilations: ones });
  if (!o.flag('ceil_mode', false) || 'auto_pad' in pads) return { ...base, ...pads };
  return { ...base, pads: [...pads.pads.slice(0, spatial), ...endsOfLastWindows(o, pads.pads)] };
}

/**
 * ceil_mode as pads at the end, from the size that the program states for the result: how a last window that hangs over is counted has
 * changed between ONNX Runtime's releases, and MIL follows PyTorch.
 */
function endsOfLastWindows(o: Operands, pads: readonly number[]): number[] {
  const result = o.resultSizes()?.slice(2);
  if (!result) throw new Untranslatable('ceil_mode with open sizes');
  const kernel = o.numbers('kernel_sizes');
  const strides = o.numbers('strides', kernel.map(() => 1));
  const sizes = o.sizes('x').slice(2);
  return result.map((size, i) => Math.max(0, (size - 1) * (strides[i] as number) + (kernel[i] as number) - (sizes[i] as number) - (pads[i] as number)));
}

/** Zeros that count are put there by a Pad, so that a last window that hangs over with ceil_mode does not count what is beyond them. */
function averagePool(o: Operands, out: Emitter): string {
  const excluded = o.flag('exclude_padding_from_average', false);
  if (excluded || !o.flag('ceil_mode', false)) return out.node('AveragePool', [o.value('x')], { ...window(o), count_include_pad: excluded ? 0 : 1 });
  const spatial = o.rank('x') - 2;
  const [begins, given] = split(o.text('pad_type') === 'custom' ? o.numbers('pad', zeros(2 * spatial)) : zeros(2 * spatial));
  const needed = endsOfLastWindows(o, begins);
  const ends = needed.map((end, i) => Math.min(end, given[i] as number));
  const padded = out.node('Pad', [o.value('x'), out.vector([0, 0, ...begins, 0, 0, ...ends])]);
  const over = needed.map((end, i) => end - (ends[i] as number));
  return out.node('AveragePool', [padded], { ...window(o), pads: [...zeros(spatial), ...over], count_include_pad: 0 });
}
