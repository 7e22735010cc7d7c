import { quantile } from '../../device-harness/method/stats/index.ts';

export interface Outliers {
  /** Beyond 1.5 and beyond 3 interquartile ranges from the quartiles (Tukey's fences); `mild` excludes the severe ones. */
  readonly mild: number;
  readonly severe: number;
  readonly total: number;
}

/** Counts outliers. They are told to the reader and never dropped. */
export function countOutliers(values: ArrayLike<number>): Outliers {
  const [low, high] = [quantile(values, 0.25), quantile(values, 0.75)];
  const beyond = (fence: number): number => {
    const reach = fence * (high - low);
    return Array.from(values).filter((value) => value < low - reach || value > high + reach).length;
  };
  const severe = beyond(3);
  return { mild: beyond(1.5) - severe, severe, total: values.length };
}
