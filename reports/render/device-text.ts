import type { OutputComparison } from '../../models/contracts/records.ts';
import { formatCount } from '../model/format.ts';
import type { Report, ReportDevice, ReportMeasurement, ReportOperations, ReportSustained } from '../model/report.ts';

/** `equal`, `72.9 dB`, `31.0 dB at output, more than rounding explains`. */
export function comparisonText({ bitEqual, db, explained, output }: OutputComparison): string {
  if (bitEqual) return 'equal';
  if (db === null) return `not finite on one side at ${output}`;
  return `${db.toFixed(1)} dB${explained ? '' : ` at ${output}, more than rounding explains`}`;
}

/** `SM8550, Android 15, QAIRT 2.51.0`: what is known of a device beside its name. */
export function deviceText({ chip, system, tools }: ReportDevice): string {
  return [chip, system, ...Object.entries(tools).map(([name, version]) => `${name} ${version}`)].filter((part) => part !== null).join(', ');
}

/** One measurement whose outputs were compared. */
export interface VerifiedRow {
  readonly measurement: ReportMeasurement;
  readonly comparisons: readonly OutputComparison[];
  readonly sound: boolean;
}

/** Measurements whose outputs were compared, in the order measured; variants that are one and the same file once. */
export function verifiedRows({ measurements }: Report): VerifiedRow[] {
  return measurements.flatMap((measurement) => {
    const comparisons = measurement.verified ?? [];
    const isCopy = measurement.warnings.some((text) => text.startsWith('the same file as '));
    return comparisons.length === 0 || isCopy ? [] : [{ measurement, comparisons, sound: comparisons.every(({ explained }) => explained) }];
  });
}

/** All variants on one unit of one device. */
export interface VerifiedPlace {
  readonly device: string;
  readonly unit: string;
  readonly rows: readonly VerifiedRow[];
}

export function verifiedPlaces(report: Report): VerifiedPlace[] {
  const rows = verifiedRows(report);
  const places = new Map(rows.map(({ measurement: { device, unit } }) => [JSON.stringify([device, unit]), { device, unit }]));
  return [...places.values()].map(({ device, unit }) => ({ device, unit, rows: rows.filter(({ measurement: m }) => m.device === device && m.unit === unit) }));
}

/** `host 43.8 to 73.7 dB, emulator:SM8550 equal`: the range over all variants, by reference. */
export function placeText({ rows }: VerifiedPlace): string {
  const references = [...new Set(rows.flatMap(({ comparisons }) => comparisons.map(({ against }) => against)))];
  return references.map((against) => {
    const found = rows.flatMap(({ comparisons }) => comparisons.filter((one) => one.against === against));
    const figures = found.flatMap(({ db, bitEqual }) => (bitEqual || db === null ? [] : [db]));
    if (figures.length === 0) return `${against} equal`;
    const [least, most] = [Math.min(...figures), Math.max(...figures)].map((db) => db.toFixed(1));
    return `${against} ${least === most ? least : `${least} to ${most}`} dB${figures.length < found.length ? ' or equal' : ''}`;
  }).join(', ');
}

export interface OperationRow {
  /** The node of the model; the tool's own name where it leads to none. */
  readonly name: string;
  readonly opType: string | null;
  readonly cycles: number;
  /** Of all operations' cycles. */
  readonly share: number;
}

/** Operations of a profile, the dearest first. */
export function operationRows({ operations }: ReportOperations): OperationRow[] {
  const total = operations.reduce((sum, { cycles }) => sum + cycles, 0);
  return [...operations].sort((a, b) => b.cycles - a.cycles)
    .map(({ name, node, opType, cycles }) => ({ name: node ?? name, opType, cycles, share: total > 0 ? cycles / total : 0 }));
}

/** `1.96 M cycles an inference, detailed profile in a run of its own`. */
export function profileText({ cycles, level }: ReportOperations): string {
  return `${cycles === null ? '' : `${formatCount(cycles)} cycles an inference, `}${level} profile in a run of its own`;
}

/** Middle and 99th percentile of the frames. */
export function frameTimes({ samples }: ReportSustained): { readonly p50: number; readonly p99: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
