import { explainMetric } from '../quality/explain-metric.ts';
import { parseMetric } from '../quality/metric.ts';
import type { Report } from './report.ts';
import { type BaseOf, changesFrom, latencyOf, qualityChangesFrom } from './summaries.ts';

type Optional = 'targets' | 'checks' | 'compiled' | 'packages' | 'rewrites' | 'quantizations' | 'devices' | 'measurements' | 'operations' | 'sustained' | 'quality' | 'crops' | 'omissions' | 'artifacts' | 'warnings';

/** What a run hands over: records as they were made. Everything derived is computed here. */
export interface ReportParts extends Pick<Report, 'run' | 'environment' | 'models' | 'variants'>, Partial<Pick<Report, Optional>> {
  /** Variant that the others of its model are compared with; the first measured one unless told. */
  readonly reference?: string;
}

/** A report without gates: latencies and changes are computed from the raw blocks, protocols are explained. */
export function buildReport(parts: ReportParts): Report {
  const measurements = parts.measurements ?? [];
  const quality = parts.quality ?? [];
  const reference = parts.reference ?? measurements[0]?.variant ?? parts.variants[0]?.id ?? null;
  const baseOf = basesOf(parts.variants, reference);
  return {
    schemaVersion: 1,
    run: parts.run,
    verdict: { status: 'ok', sentence: 'No gates were set.', exitCode: 0 },
    environment: parts.environment,
    reference,
    models: parts.models,
    targets: parts.targets ?? [],
    variants: parts.variants,
    checks: parts.checks ?? [],
    compiled: parts.compiled ?? [],
    packages: parts.packages ?? [],
    rewrites: parts.rewrites ?? [],
    quantizations: parts.quantizations ?? [],
    devices: parts.devices ?? [],
    measurements,
    operations: parts.operations ?? [],
    sustained: parts.sustained ?? [],
    latencies: measurements.flatMap((m) => latencyOf(m) ?? []),
    changes: changesFrom(measurements, baseOf),
    qualityChanges: qualityChangesFrom(quality, baseOf),
    quality,
    protocols: Object.fromEntries([...new Set(quality.map((q) => q.protocol))].map((name) => [name, explainMetric(parseMetric(name))])),
    crops: parts.crops ?? [],
    gates: [],
    ...(parts.omissions && parts.omissions.length > 0 ? { omissions: parts.omissions } : {}),
    artifacts: parts.artifacts ?? [],
    warnings: parts.warnings ?? [],
  };
}

/**
 * A variant is compared with the reference of its own model: two models were neither timed in one schedule nor on one size of input.
 * That is the report's reference for its model, and the first variant of every other one. What has no model, such as bicubic
 * interpolation, is held against the report's reference.
 */
function basesOf(variants: Report['variants'], reference: string | null): BaseOf {
  const modelOf = (id: string | null): string | null => variants.find((variant) => variant.id === id)?.model ?? null;
  return (id) => {
    const model = modelOf(id);
    if (model === null || model === modelOf(reference)) return reference;
    return variants.find((variant) => variant.model === model)?.id ?? reference;
  };
}
