const BINS = 2048;

/** Distribution of one tensor over all calibration inputs: exact extremes, and counts in bins that double their width when the range grows. */
export class Histogram {
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  count = 0;
  /** NaN and infinite values seen. */
  invalid = 0;
  #origin = 0;
  #width = 0;
  #bins = new Float64Array(BINS);

  add(values: ArrayLike<number>): void {
    let [low, high] = [this.min, this.max];
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(value)) this.invalid++;
      else {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (high < low) return;
    this.#cover(low, high);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(value)) continue;
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor((value - this.#origin) / this.#width)));
      this.#bins[bin] = (this.#bins[bin] as number) + 1;
      this.count++;
    }
    this.min = low;
    this.max = high;
  }

  /** The value below which a share `q` (0 to 1) of all values lies, to one bin. */
  quantile(q: number): number {
    if (q <= 0) return this.min;
    let below = 0;
    for (let bin = 0; bin < BINS; bin++) {
      below += this.#bins[bin] as number;
      if (below >= q * this.count) return Math.min(this.max, Math.max(this.min, this.#origin + (bin + 1) * this.#width));
    }
    return this.max;
  }

  /** Bin centres with their counts, empty bins left out. */
  *bins(): IterableIterator<readonly [centre: number, count: number]> {
    for (let bin = 0; bin < BINS; bin++) {
      const count = this.#bins[bin] as number;
      if (count > 0) yield [this.#origin + (bin + 0.5) * this.#width, count];
    }
  }

  /** Makes the bins reach from `low` to `high`: at first exactly, then by merging pairs of bins towards the side that grew. */
  #cover(low: number, high: number): void {
    if (this.#width === 0) {
      this.#origin = low;
      this.#width = Math.max((high - low) / BINS, Number.MIN_VALUE * 2 ** 60);
      return;
    }
    while (low < this.#origin) this.#double(true);
    while (high > this.#origin + BINS * this.#width) this.#double(false);
  }

  #double(downwards: boolean): void {
    const merged = new Float64Array(BINS);
    const offset = downwards ? BINS / 2 : 0;
    for (let bin = 0; bin < BINS; bin++) {
      const to = (bin >> 1) + offset;
      merged[to] = (merged[to] as number) + (this.#bins[bin] as number);
    }
    if (downwards) this.#origin -= BINS * this.#width;
    this.#width *= 2;
    this.#bins = merged;
  }
}
