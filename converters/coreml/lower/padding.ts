import type { Node } from '../../../models/graph/index.ts';
import type { PlanDim } from '../plan.ts';
import { openSize, Refused } from './refused.ts';

/** Pads of a window operator, `[begins…, ends…]`, with `auto_pad` worked out. Throws Refused for negative ones and for open sizes. */
export function explicitPads(
  { attributes }: Node, sizes: readonly PlanDim[], kernel: readonly number[], strides: readonly number[], dilations: readonly number[],
): number[] {
  const auto = attributes.string('auto_pad', 'NOTSET');
  const none = new Array<number>(2 * kernel.length).fill(0);
  if (auto === 'VALID') return none;
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER') return nonNegative(attributes.ints('pads') ?? none);
  const totals = kernel.map((k, i) => {
    const [stride, extent, size] = [strides[i] as number, (k - 1) * (dilations[i] as number) + 1, sizes[i]];
    if (stride === 1) return extent - 1;
    if (typeof size !== 'number') throw openSize(`auto_pad ${auto} with stride ${stride} of an open size`);
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
  });
  const begins = totals.map((total) => (auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2)));
  return [...begins, ...totals.map((total, i) => total - (begins[i] as number))];
}

/** ONNX writes all begins and then all ends, MIL pairs. */
export function interleaved(pads: readonly number[]): number[] {
  const axes = pads.length / 2;
  return Array.from({ length: axes }, (_, i) => [pads[i] as number, pads[i + axes] as number]).flat();
}

function nonNegative(pads: readonly number[]): number[] {
  if (pads.some((pad) => pad < 0)) throw new Refused(`it has negative pads, [${pads.join(', ')}]`, 'Cut with Slice instead.');
  return [...pads];
}
