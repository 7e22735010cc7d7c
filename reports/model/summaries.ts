import { blockMedian, pairMedians } from '../../device-harness/method/pairs.ts';
import { type Interval, logMeanInterval } from '../../device-harness/method/stats/index.ts';
import type { Measurement, QualityRecord } from '../../models/contracts/index.ts';
import { compareTimes, qualityDrop, summarizeTimes } from '../stats/index.ts';
import type { ReportChange, ReportInterval, ReportLatency, ReportQualityChange } from './report.ts';

/**
 * The latency of a measurement: geometric mean of block medians with its interval, and how samples and launches scatter. Null without
 * blocks.
 */
export function latencyOf(measurement: Measurement): ReportLatency | null {
  const { blocks, variant, device, unit, effectiveUnit, evidence } = measurement;
  if (blocks.length === 0) return null;
  const { min, p10, p90, p99, blockSpread, loadMs, firstMs, samples, outliers } = summarizeTimes(blocks);
  const ms = logMeanInterval(blocks.map(blockMedian));
  return {
    variant,
    device,
    unit,
    effectiveUnit,
    evidence,
    ms: closed(ms),
    minMs: min,
    p10Ms: p10,
    p90Ms: p90,
    p99Ms: p99,
    blockSpread,
    loadMs,
    firstMs,
    blocks: blocks.length,
    samples,
    outliers,
    warnings: [...measurement.warnings, ...ms.warnings],
  };
}

/** Which variant another one is compared with; null for none. */
export type BaseOf = (variant: string) => string | null;

/** Every variant against its base, per device and unit, by pairs of blocks. */
export function changesFrom(measurements: readonly Measurement[], baseOf: BaseOf): ReportChange[] {
  return measurements.flatMap((candidate) => {
    const named = baseOf(candidate.variant);
    const base = measurements.find((m) => m.variant === named && m.device === candidate.device && m.unit === candidate.unit);
    if (!base || base === candidate || pairMedians(base.blocks, candidate.blocks).base.length === 0) return [];
    const { ratio, direction, permutation, warnings } = compareTimes(base.blocks, candidate.blocks, { maxIncrease: null });
    return [{
      base: base.variant, candidate: candidate.variant, device: candidate.device, unit: candidate.unit, evidence: candidate.evidence,
      ratio: closed(ratio), direction, p: permutation.p, warnings,
    }];
  });
}

/**
 * What every variant loses against its base on the same images under the same protocol, on the same executor where it ran
 * there.
 */
export function qualityChangesFrom(records: readonly QualityRecord[], baseOf: BaseOf): ReportQualityChange[] {
  return records.flatMap((candidate) => {
    const { protocol, dataset, executor, unit, tag, better } = candidate;
    const named = baseOf(candidate.variant);
    const bases = records.filter((r) => r.variant === named && r.protocol === protocol && r.dataset === dataset && r.tag === tag);
    const base = bases.find((r) => r.executor === executor) ?? bases[0];
    if (candidate.against !== undefined) return [];
    const shared = base?.perImage.some(({ image }) => candidate.perImage.some((other) => other.image === image));
    if (!base || base === candidate || !shared) return [];
    const { drop } = qualityDrop(base.perImage, candidate.perImage, { maxDrop: null, exact: true, better: better ?? 'higher' });
    return [{ base: base.variant, candidate: candidate.variant, protocol, dataset, executor, unit, drop: closed(drop), ...(tag === undefined ? {} : { tag }), ...(better === undefined ? {} : { better }) }];
  });
}

/** Open ends as null, which JSON can hold. */
function closed(interval: Interval): ReportInterval {
  const end = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return { ...interval, low: end(interval.low), high: end(interval.high) };
}
