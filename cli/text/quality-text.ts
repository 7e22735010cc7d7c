import type { QualityRecord } from '../../models/contracts/records.ts';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';
import { formatQuality } from '../../reports/model/format.ts';
import type { ReportQualityChange } from '../../reports/model/report.ts';
import { isInterpolation } from '../../reports/quality/interpolate.ts';
import { gainText, rangeText, setLabel } from '../../reports/render/quality-table.ts';
import { lossOf } from '../../reports/stats/quality-drop.ts';
import type { Style } from '../ui/style.ts';
import { type Column, formatTable } from '../ui/table.ts';
import type { Difference } from '../work/explain-differences.ts';

export interface QualityRemarks {
  /** Against the reference model, on the same pictures. */
  readonly changes: readonly ReportQualityChange[];
  /** Models that an emulator did not compute, and why. */
  readonly refused: readonly { readonly model: string; readonly executor: string; readonly message: string; readonly nextSteps: readonly string[] }[];
  readonly differences: readonly Difference[];
  /** Also the values of every picture. */
  readonly perImage: boolean;
}

/** Quality as tables: one for each data set and tag, a row for each variant and what computed it, a column a protocol, the best of each column marked. */
export function qualityText(records: readonly QualityRecord[], style: Style, { changes, refused, differences, perImage }: QualityRemarks): string {
  const sets = [...new Map(records.map((record) => [setLabel(record), record])).values()];
  const notes = [...new Set(records.flatMap(({ note }) => note ?? []))];
  const evidence = [...new Set(records.map((r) => r.evidence))].join(', ');
  const losses = changes.filter(({ candidate }) => !isInterpolation(candidate));
  return [
    ...sets.flatMap((set, i) => {
      const own = records.filter((record) => setLabel(record) === setLabel(set));
      return [...(i > 0 ? [''] : []), scoreTable(own, style), ...(perImage && set.tag === undefined ? [imageTable(own, style)] : [])];
    }),
    ...(losses.length > 0 ? [lossTable(losses, style)] : []),
    ...(records.length > 0 ? [style.dim(`  ${evidence}; ${betterText(records)}`)] : []),
    ...againstOf(records).map((text) => style.dim(`  ${text}`)),
    ...toolsOf(records).map((text) => style.dim(`  ${text}`)),
    ...notes.map((note) => style.dim(`  ${note}`)),
    ...differences.map((difference) => differenceText(difference, style)),
    ...refused.flatMap(({ model, executor, message, nextSteps }) => [style.red(`  ${model} on ${executor}: ${message}`), ...nextSteps.map((step) => style.dim(`    → ${step}`))]),
  ].join('\n');
}

function scoreTable(records: readonly QualityRecord[], style: Style): string {
  const protocols = [...new Set(records.map(({ protocol }) => protocol))];
  const places = [...new Map(records.map((r) => [`${r.variant} ${r.executor}`, r])).values()];
  const several = new Set(records.map(({ executor }) => executor)).size > 1;
  const find = (place: QualityRecord, protocol: string): QualityRecord | undefined =>
    records.find((r) => r.variant === place.variant && r.executor === place.executor && r.protocol === protocol);
  const best = new Map(protocols.map((protocol) => [protocol, bestOf(records.filter((record) => record.protocol === protocol))]));
  const rows = places.map((place) => [
    `  ${place.variant}`,
    ...(several ? [executorText(place)] : []),
    ...protocols.map((protocol) => {
      const record = find(place, protocol);
      if (!record) return '–';
      const text = formatQuality(record.mean, record.unit);
      return record.mean === best.get(protocol) ? style.bold(text) : text;
    }),
  ]);
  const [first] = records as [QualityRecord];
  const count = first.perImage.length;
  return formatTable([{ title: `${setLabel(first)}, ${count} ${count === 1 ? 'image' : 'images'}` }, ...(several ? [{ title: 'on' }] : []), ...protocols.map(numeric)], rows, style.dim);
}

function bestOf(records: readonly QualityRecord[]): number | undefined {
  return records.reduce<QualityRecord | undefined>((best, record) => (best && lossOf(best.mean, record.mean, record.better ?? 'higher') >= 0 ? best : record), undefined)?.mean;
}

/** What each model loses, with the interval over the pictures. */
function lossTable(changes: readonly ReportQualityChange[], style: Style): string {
  const several = new Set(changes.map(setLabel)).size > 1;
  const rows = changes.map((change) => [
    `  ${change.candidate}${change.executor === 'host' ? '' : ` on ${executorText({ variant: change.candidate, executor: change.executor })}`}`,
    ...(several ? [style.dim(setLabel(change))] : []), style.dim(change.protocol), gainText(change), style.dim(rangeText(change)),
  ]);
  const title = { title: `against ${[...new Set(changes.map(({ base }) => base))].join(', ')}` };
  return `\n${formatTable([title, ...(several ? [{ title: '' }] : []), { title: '' }, numeric('change'), { title: '95 % interval over the pictures' }], rows, style.dim)}`;
}

function imageTable(records: readonly QualityRecord[], style: Style): string {
  const several = new Set(records.map(({ executor }) => executor)).size > 1;
  const protocols = [...new Set(records.map(({ protocol }) => protocol))];
  return protocols.map((protocol) => {
    const columns = records.filter((record) => record.protocol === protocol);
    const images = [...new Set(columns.flatMap(({ perImage }) => perImage.map(({ image }) => image)))];
    const value = ({ perImage, unit }: QualityRecord, image: string): string => {
      const found = perImage.find((entry) => entry.image === image);
      return found ? formatQuality(found.value, unit) : '–';
    };
    const titles = columns.map((record) => numeric(several ? `${record.variant} ${executorText(record)}`.trim() : record.variant));
    return `\n${formatTable([{ title: `  ${protocol}` }, ...titles], images.map((image) => [`  ${image}`, ...columns.map((record) => value(record, image))]), style.dim)}`;
  }).join('\n');
}

function numeric(title: string): Column {
  return { title, align: 'right' };
}

/** `higher is better`, and of which protocols it is otherwise. */
function betterText(records: readonly QualityRecord[]): string {
  const of = (better: QualityRecord['better']): string[] => [...new Set(records.filter((record) => record.better === better).map(({ protocol }) => protocol))];
  const words = [['higher is better', of(undefined)], ['lower is better', of('lower')], ['near 1 is better', of('one')]] as const;
  const present = words.filter(([, protocols]) => protocols.length > 0);
  if (present.length === 1) return (present[0] as (typeof words)[number])[0];
  return present.map(([text, protocols]) => (text.startsWith('higher') ? text : `${text} in ${protocols.join(', ')}`)).join('; ');
}

/** `ONNX Runtime` or `SM8550 (v73)`; nothing for interpolation. */
function executorText({ executor, variant }: Pick<QualityRecord, 'executor' | 'variant'>): string {
  if (isInterpolation(variant)) return '';
  const [kind, chip] = executor.split(':');
  if (kind !== 'emulator' || chip === undefined) return executor === 'host' ? 'ONNX Runtime' : executor;
  return `${chip} (v${resolveSoc(chip).soc.hexagon})`;
}

/** `sqnr, max against fp32`. */
function againstOf(records: readonly QualityRecord[]): string[] {
  const compared = records.filter(({ against }) => against !== undefined);
  return [...new Set(compared.map(({ against }) => against))].map((base) => `${[...new Set(compared.filter(({ against }) => against === base).map(({ protocol }) => protocol))].join(', ')} against ${base}`);
}

function toolsOf(records: readonly QualityRecord[]): string[] {
  const builds = [...new Set(records.flatMap(({ tools }) => tools?.['qairt'] ?? []))];
  return builds.map((build) => `emulated by QAIRT ${build} from saved context binaries`);
}

function differenceText({ model, executor, arithmetic, finding }: Difference, style: Style): string {
  if (!finding) return style.dim(`  ${model} on ${executor}: ${arithmetic} explains what differs from ONNX Runtime`);
  return style.red(`  ${model} on ${executor}: ${finding.severity} at ${finding.node}${finding.opType === '' ? '' : ` (${finding.opType})`}: ${finding.reason}`);
}
