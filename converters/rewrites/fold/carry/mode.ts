import { clipRange, type Range } from './value-range.ts';
import type { Layer } from './chain.ts';

/** How a channel passes the activations unchanged (onnx-tools §5.6). */
export type CarryMode =
  | { readonly kind: 'plain' }
  /** Raised by `offset` in the first layer, lowered in the last. */
  | { readonly kind: 'shifted'; readonly offset: number }
  /** As relu(x) and relu(−x): two channels each. */
  | { readonly kind: 'split' };

/** The cheapest exact way for values in `range` through the chain's activations; the reason where there is none. */
export function carryMode(layers: readonly Layer[], range: Range): CarryMode | string {
  const activations = layers.flatMap((l) => (l.activation ? [l.activation] : []));
  const [low, high] = range;
  const clips = activations.filter((a) => a.is('Clip'));
  const rectifies = activations.some((a) => a.is('Relu'));
  const floor = rectifies ? 0 : -Infinity;
  const bounds = clips.map((c) => clipRange(c.outputs[0] as NonNullable<(typeof c.outputs)[0]>));
  if (bounds.some((b) => b === null)) return 'a Clip has bounds that are computed';
  const lows = Math.max(floor, ...bounds.map((b) => (b as Range)[0]));
  const highs = Math.min(Infinity, ...bounds.map((b) => (b as Range)[1]));
  if (low >= lows && high <= highs) return { kind: 'plain' };
  if (Number.isFinite(low) && high + (lows - low) <= highs && Number.isFinite(lows)) return { kind: 'shifted', offset: lows - low };
  if (clips.length > 0) return `a Clip to [${lows}, ${highs}] would cut the carried values, whose range is [${low}, ${high}]`;
  return { kind: 'split' };
}
