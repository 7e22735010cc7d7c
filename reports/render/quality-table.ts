import { isInterpolation } from '../quality/interpolate.ts';
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

/** Quality tables by data set and tag, in the order measured. */
export function qualityTables(report: Report): QualityTable[] {
  const { quality } = report;
  return unique(quality.map(setLabel)).map((dataset) => {
    const records = quality.filter((q) => setLabel(q) === dataset);
    const protocols = unique(records.map((q) => q.protocol));
    const places = [...new Map(records.map((q) => [`${q.variant}\n${q.executor}`, q])).values()];
    const rows = places.map(({ variant, executor }) => ({
      variant,
      executor,
      cells: protocols.map((protocol): QualityCell | null => {
        const record = records.find((q) => q.variant === variant && q.executor === executor && q.protocol === protocol);
        const change = record && report.qualityChanges.find((c) =>
          c.candidate === variant && c.executor === executor && c.protocol === protocol && c.dataset === record.dataset && c.tag === record.tag);
        return record ? { record, change: change ?? null } : null;
      }),
    }));
    return { dataset, protocols, rows, severalExecutors: new Set(rows.map(({ executor }) => executor)).size > 1 };
  });
}

/** `kodak#night (gaussian:1.2,bicubic)`: a data set, its part, and what made its low-resolution images worse. */
export function setLabel({ dataset, tag, degradation }: Pick<ReportQuality, 'dataset' | 'tag'> & { readonly degradation?: string }): string {
  return `${dataset}${tag === undefined ? '' : `#${tag}`}${degradation === undefined ? '' : ` (${degradation})`}`;
}

/** What computed a row, where rows differ in it: `host`, `SM8550 emulated`; nothing for interpolation. */
export function executorText({ executor, variant }: Pick<QualityRow, 'executor' | 'variant'>): string {
  if (isInterpolation(variant)) return '';
  return executor.startsWith('emulator:') ? `${executor.slice('emulator:'.length)}, emulated` : executor;
}

/** `25.87 dB (−0.50 dB, −0.61 to −0.40)`, with what it differs from the reference by and the 95 % interval of that. */
export function qualityText({ record, change }: QualityCell): string {
  if (!change) return formatQuality(record.mean, record.unit);
  const range = rangeText(change);
  return `${formatQuality(record.mean, record.unit)} (${gainText(change)}${range === '' ? '' : `, ${range}`})`;
}

/** Change against the reference with its sign: `−0.50 dB`; of a ratio that should be 1, how much farther from it or nearer. */
export function gainText({ drop, unit, better }: ReportQualityChange): string {
  return `${signed(drop.center, unit, better)}${better === 'one' ? ' from 1' : ''}`;
}

/** `−0.61 to −0.40`; nothing where the interval is open or nothing changed. */
export function rangeText({ drop: { center, low, high }, unit, better }: ReportQualityChange): string {
  if (low === null || high === null || signed(center, unit, better).startsWith('±')) return '';
  const [from, to] = better === undefined ? [high, low] : [low, high];
  return `${withSign(from, unit, better)} to ${withSign(to, unit, better)}`;
}

function signed(loss: number, unit: string, better: ReportQualityChange['better']): string {
  return `${withSign(loss, unit, better)}${unit === 'dB' ? ' dB' : ''}`;
}

/** Loss as a change of the value; what rounds to nothing is `±0`. */
function withSign(loss: number, unit: string, better: ReportQualityChange['better']): string {
  const text = Math.abs(loss).toFixed(unit === 'dB' ? 2 : 4);
  const rises = better === undefined ? loss < 0 : loss > 0;
  return `${Number.parseFloat(text) === 0 ? '±' : rises ? '+' : '−'}${text}`;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
