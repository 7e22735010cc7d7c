import { blockMedian } from '../../device-harness/method/pairs.ts';
import { type Interval, median, medianAbsoluteDeviation, quantile } from '../../device-harness/method/stats/index.ts';
import type { Block } from '../../models/contracts/records.ts';
import { medianInterval } from './median-interval.ts';
import { countOutliers, type Outliers } from './outliers.ts';

/** What a report says about the times of one variant on one unit; milliseconds. */
export interface TimeSummary {
  /** Median of the block medians, with its interval over blocks. */
  readonly median: Interval;
  /** Over all samples. `p99` is null below 1000 samples. */
  readonly min: number;
  readonly p10: number;
  readonly p90: number;
  readonly p99: number | null;
  /** Median absolute deviation of all samples, over their median. */
  readonly relativeMad: number;
  /** Largest over smallest block median, minus 1: what one launch differs from another. */
  readonly blockSpread: number;
  readonly loadMs: number;
  readonly firstMs: number;
  readonly blocks: number;
  readonly samples: number;
  readonly outliers: Outliers;
  readonly warnings: readonly string[];
}

/** Sums up at least one block. The blocks, not the samples within them, are what the interval counts. */
export function summarizeTimes(blocks: readonly Block[], confidence = 0.95): TimeSummary {
  const medians = blocks.map(blockMedian);
  const interval = medianInterval(medians, confidence);
  const samples = blocks.flatMap((block) => block.samples);
  return {
    median: interval,
    min: samples.reduce((a, b) => Math.min(a, b)),
    p10: quantile(samples, 0.1), p90: quantile(samples, 0.9), p99: samples.length >= 1000 ? quantile(samples, 0.99) : null,
    relativeMad: medianAbsoluteDeviation(samples) / median(samples),
    blockSpread: Math.max(...medians) / Math.min(...medians) - 1,
    loadMs: median(blocks.map((block) => block.loadMs)), firstMs: median(blocks.map((block) => block.firstMs)),
    blocks: blocks.length, samples: samples.length, outliers: countOutliers(samples), warnings: interval.warnings,
  };
}
