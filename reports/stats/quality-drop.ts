import { type Interval, limitVerdict, twoSided, type Verdict } from '../../device-harness/method/stats/index.ts';
import { bootstrapInterval } from './bootstrap.ts';

export interface ImageScore {
  readonly image: string;
  readonly value: number;
}

export interface DropOptions {
  /** Largest loss that passes, in the score's unit; null asks for no verdict. */
  readonly maxDrop: number | null;
  readonly exact: boolean;
  readonly confidence?: number;
  readonly seed?: number;
}

export interface QualityDrop {
  /** Mean of base − candidate over the images that both have; positive is a loss. */
  readonly drop: Interval;
  /** Against the budget, at the one-sided confidence; null without one. */
  readonly verdict: Verdict | null;
  readonly warnings: readonly string[];
}

/**
 * How much quality a candidate loses, paired by image, with a bootstrap interval over the image set. On the fixed set the mean itself
 * is exact: `exact` asks for a verdict on that number, without the question whether other images would say the same.
 */
export function qualityDrop(
  base: readonly ImageScore[], candidate: readonly ImageScore[],
  { maxDrop, exact, confidence = 0.95, seed = 1 }: DropOptions,
): QualityDrop {
  const own = new Map(candidate.map(({ image, value }) => [image, value]));
  const drops = base.flatMap(({ image, value }) => {
    const other = own.get(image);
    return other === undefined ? [] : [difference(value, other)];
  });
  if (drops.length === 0) throw new RangeError('The two sets of scores have no image in common.');
  const missing = Math.max(base.length, candidate.length) - drops.length;
  const drop = bootstrapInterval(drops, mean, { confidence: exact ? confidence : twoSided(confidence), seed, what: 'images' });
  const range = exact ? { low: drop.center, high: drop.center } : drop;
  return {
    drop, verdict: maxDrop === null ? null : limitVerdict(range, maxDrop),
    warnings: [...drop.warnings, ...(missing ? [`${missing} images have a score on one side only and do not count.`] : [])],
  };
}

/** Equal scores lose nothing, also infinite ones (PSNR of identical images). */
function difference(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
