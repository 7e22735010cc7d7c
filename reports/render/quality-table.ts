import { formatQuality } from '../model/format.ts';
import type { Report, ReportQuality, ReportQualityChange } from '../model/report.ts';

/** Quality of all variants on one data set: a row for each variant and what computed it, a column a protocol. */
export interface QualityTable {
  readonly dataset: string;
  readonly protocols: readonly string[];
  readonly rows: readonly QualityRow[];
  /** Rows differ in what computed them. */
  readonly severalExecutors: boolean;
}

export interface QualityRow {
  readonly variant: string;
  readonly executor: string;
  readonly cells: readonly (QualityCell | null)[];
}

export interface QualityCell {
  readonly record: ReportQuality;
  readonly change: ReportQualityChange | null;
}

/** Quality tables by data set and executor, in the order measured. */
export function qualityTables(report: Report): QualityTable[] {
  const { quality } = report;
  return unique(quality.map((q) => q.dataset)).map((dataset) => {
    const records = quality.filter((q) => q.dataset === dataset);
    const protocols = unique(records.map((q) => q.protocol));
    const places = [...new Map(records.map((q) => [`${q.variant}\n${q.executor}`, q])).values()];
    const rows = places.map(({ variant, executor }) => ({
      variant,
      executor,
      cells: protocols.map((protocol): QualityCell | null => {
        const record = records.find((q) => q.variant === variant && q.executor === executor && q.protocol === protocol);
        const change = report.qualityChanges.find((c) =>
          c.candidate === variant && c.executor === executor && c.protocol === protocol && c.dataset === dataset) ?? null;
        return record ? { record, change } : null;
      }),
    }));
    return { dataset, protocols, rows, severalExecutors: new Set(rows.map(({ executor }) => executor)).size > 1 };
  });
}

/** What computed a row, where rows differ in it: `host`, `SM8550 emulated`; nothing for interpolation. */
export function executorText({ executor, variant }: Pick<QualityRow, 'executor' | 'variant'>): string {
  if (variant === 'bicubic') return '';
  return executor.startsWith('emulator:') ? `${executor.slice('emulator:'.length)}, emulated` : executor;
}

/** `25.87 dB`, with what it differs from the reference by. */
export function qualityText({ record, change }: QualityCell): string {
  return change ? `${formatQuality(record.mean, record.unit)} (${gainText(change)})` : formatQuality(record.mean, record.unit);
}

/** Gain over the reference with its sign: `−0.50 dB`. */
export function gainText({ drop, unit }: ReportQualityChange): string {
  const text = formatQuality(Math.abs(drop.center), unit);
  return `${Number.parseFloat(text) === 0 ? '±' : drop.center > 0 ? '−' : '+'}${text}`;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
