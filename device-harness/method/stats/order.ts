/** Median of at least one number; mean of the two middle ones for an even count. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Quantile q in [0, 1] with linear interpolation between order statistics (type 7 of Hyndman and Fan, NumPy's default). */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) throw new RangeError('A quantile needs at least one value.');
  return quantileOfSorted(Float64Array.from(values).sort(), q);
}

/** The same of at least one number in ascending order. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  if (below === above) return below;
  return below + (above - below) * (at - Math.floor(at));
}

/** Median absolute deviation from the median, unscaled. */
export function medianAbsoluteDeviation(values: ArrayLike<number>): number {
  const center = median(values);
  return median(Array.from(values, (value) => Math.abs(value - center)));
}
