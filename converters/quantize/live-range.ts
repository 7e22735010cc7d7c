import type { Value } from '../../models/graph/index.ts';
import { clipRange } from '../rewrites/fold/carry/value-range.ts';

export type Range = readonly [low: number, high: number];

/**
 * The part of a summand's range that can matter where a Relu or Clip alone takes the sum: for y = act(a + b) with act cutting at l and h,
 * values of a below l − max b, or above h − min b, end at the same bound. Cutting them off changes nothing and makes the steps finer.
 * Only for a summand that nothing else uses.
 */
export function liveRange(value: Value, range: Range, rangeOf: (value: Value) => Range | null): Range {
  const add = value.soleConsumer;
  const activation = add?.is('Add') ? add.output()?.soleConsumer : null;
  const other = add?.inputs.find((v) => v !== value);
  if (!activation?.is('Relu', 'Clip') || !other) return range;
  const cut = activation.is('Relu') ? ([0, Number.POSITIVE_INFINITY] as const) : clipRange(activation.output() as Value);
  const beside = rangeOf(other);
  if (!cut || !beside) return range;
  const [low, high] = range;
  return [Math.min(high, Math.max(low, cut[0] - beside[1])), Math.max(low, Math.min(high, cut[1] - beside[0]))];
}
