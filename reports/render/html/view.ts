import type { Report } from '../../model/report.ts';
import { type StaleResult, staleResults } from '../../model/stale.ts';

/** A report with what all sections of the page share. */
export interface View {
  readonly report: Report;
  /** Place of a variant in the order of the report: its colour and shape everywhere. */
  readonly series: (variant: string) => number;
  /** Data URL of a picture, or null where its bytes are not at hand. */
  readonly picture: (path: string) => string | null;
  /** Measurements that are not of this session or not of this model. */
  readonly stale: readonly StaleResult[];
}

export function viewOf(report: Report, bytes: (path: string) => Uint8Array | null): View {
  const names = [
    ...new Set([
      ...report.variants.map((v) => v.id),
      ...report.measurements.map((m) => m.variant),
      ...report.quality.map((q) => q.variant),
    ]),
  ];
  return {
    report,
    stale: staleResults(report),
    series: (variant) => Math.max(0, names.indexOf(variant)),
    picture: (path) => {
      const png = bytes(path);
      return png && `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
    },
  };
}
