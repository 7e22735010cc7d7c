/** A value and the interval that holds the true one with `confidence` (two-sided). Open ends are infinite. */
export interface Interval {
  readonly center: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  /** Number of independent observations (blocks, pairs, images) behind it. */
  readonly n: number;
  /** What weakens the statement, as sentences for the reader. */
  readonly warnings: readonly string[];
}
