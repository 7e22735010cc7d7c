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
  /** Which scores are good; high ones unless told. */
  readonly better?: Better;
}

/** Which values of a score are good: high ones, low ones, or those near 1. */
export type Better = 'higher' | 'lower' | 'one';

export interface QualityDrop {
  /** Mean loss over the images that both have; negative is a gain. */
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
  { maxDrop, exact, confidence = 0.95, seed = 1, better = 'higher' }: DropOptions,
): QualityDrop {
  const own = new Map(candidate.map(({ image, value }) => [image, value]));
  const drops = base.flatMap(({ image, value }) => {
    const other = own.get(image);
    return other === undefined ? [] : [lossOf(value, other, better)];
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

/** What a score loses against a base, in its own unit. Equal scores lose nothing, also infinite ones (PSNR of identical images). */
export function lossOf(base: number, now: number, better: Better): number {
  if (base === now) return 0;
  if (better === 'one') return Math.abs(now - 1) - Math.abs(base - 1);
  return better === 'lower' ? now - base : base - now;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
