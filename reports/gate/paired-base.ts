import type { MetricValue } from './metrics.ts';

/** Variants that were made of the model as it was before: `base/htp-sm8550-fp32` beside `htp-sm8550-fp32`, measured in turn with it. */
export const BASE_PREFIX = 'base/';

export function isBaseVariant(variant: string): boolean {
  return variant.startsWith(BASE_PREFIX);
}

/** The same variant of the model as it was before; null where the run has none, and for those themselves. */
export function pairedBase(variant: string, all: readonly Pick<MetricValue, 'variant'>[]): string | null {
  const name = `${BASE_PREFIX}${variant}`;
  return !isBaseVariant(variant) && all.some((value) => value.variant === name) ? name : null;
}
