import { formatChange, formatMs } from '../model/format.ts';
import type { Report, ReportChange, ReportLatency } from '../model/report.ts';

/** Latencies of one device and unit. */
export interface LatencyGroup {
  readonly device: string;
  readonly unit: string;
  readonly rows: readonly LatencyRow[];
}

export interface LatencyRow {
  readonly latency: ReportLatency;
  /** Against the reference of its model; null for the reference itself and where no pairs exist. */
  readonly change: ReportChange | null;
  /** Others are compared with it. */
  readonly isReference: boolean;
}

/** Latencies by device and unit, in the order measured. */
export function latencyGroups(report: Report): LatencyGroup[] {
  const keys = [...new Set(report.latencies.map((l) => JSON.stringify([l.device, l.unit])))];
  return keys.map((key) => {
    const [device, unit] = JSON.parse(key) as [string, string];
    const rows = report.latencies.filter((l) => l.device === device && l.unit === unit).map((latency) => ({
      latency, change: report.changes.find((c) => c.candidate === latency.variant && c.device === device && c.unit === unit) ?? null,
      isReference: latency.variant === report.reference || report.changes.some((c) => c.base === latency.variant),
    }));
    return { device, unit, rows };
  });
}

/** `14.3 ms ± 0.6 %`; the plain value where the interval is open. */
export function latencyText({ ms }: ReportLatency): string {
  if (ms.low === null || ms.high === null) return formatMs(ms.center);
  return `${formatMs(ms.center)} ± ${((100 * (ms.high - ms.low)) / 2 / ms.center).toFixed(1)} %`;
}

/** `−40.9 % (−41.3 to −40.5 %)`, `~` in front where the interval holds no change, `reference` where there is none. */
export function changeText(change: ReportChange | null, isReference: boolean): string {
  if (!change) return isReference ? 'reference' : '–';
  const { center, low, high } = change.ratio;
  const range = low === null || high === null ? 'open interval' : `${formatChange(low)} to ${formatChange(high)}`;
  return `${change.direction === '~' ? '~ ' : ''}${formatChange(center)} (${range})`;
}
