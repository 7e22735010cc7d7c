import { explainProtocol, parseProtocol } from '../quality/protocol.ts';
import type { Report } from './report.ts';
import { changesFrom, latencyOf, qualityChangesFrom } from './summaries.ts';

type Optional = 'targets' | 'checks' | 'rewrites' | 'quantizations' | 'measurements' | 'quality' | 'crops' | 'artifacts' | 'warnings';

/** What a run hands over: records as they were made. Everything derived is computed here. */
export interface ReportParts extends Pick<Report, 'run' | 'environment' | 'models' | 'variants'>, Partial<Pick<Report, Optional>> {
  /** Variant that the others are compared with; the first measured one unless told. */
  readonly reference?: string;
}

/** A report without gates: latencies and changes are computed from the raw blocks, protocols are explained. */
export function buildReport(parts: ReportParts): Report {
  const measurements = parts.measurements ?? [];
  const quality = parts.quality ?? [];
  const reference = parts.reference ?? measurements[0]?.variant ?? parts.variants[0]?.id ?? null;
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
    rewrites: parts.rewrites ?? [],
    quantizations: parts.quantizations ?? [],
    measurements,
    latencies: measurements.flatMap((m) => latencyOf(m) ?? []),
    changes: changesFrom(measurements, reference),
    qualityChanges: qualityChangesFrom(quality, reference),
    quality,
    protocols: Object.fromEntries([...new Set(quality.map((q) => q.protocol))].map((name) => [name, explainProtocol(parseProtocol(name))])),
    crops: parts.crops ?? [],
    gates: [],
    artifacts: parts.artifacts ?? [],
    warnings: parts.warnings ?? [],
  };
}
