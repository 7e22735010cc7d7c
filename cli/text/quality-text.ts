import type { QualityRecord } from '../../models/contracts/records.ts';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';
import { formatQuality } from '../../reports/model/format.ts';
import { isInterpolation } from '../../reports/quality/interpolate.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import type { Difference } from '../work/explain-differences.ts';

export interface QualityRemarks {
  /** Models that an emulator did not compute, and why. */
  readonly refused: readonly { readonly model: string; readonly executor: string; readonly message: string; readonly nextSteps: readonly string[] }[];
  readonly differences: readonly Difference[];
}

/** Quality as a table: a row for each variant and what computed it, a column a protocol, the best of each column marked. */
export function qualityText(records: readonly QualityRecord[], style: Style, { refused, differences }: QualityRemarks): string {
  const protocols = [...new Set(records.map(({ protocol }) => protocol))];
  const places = [...new Map(records.map((r) => [`${r.variant} ${r.executor}`, r])).values()];
  const several = new Set(records.map(({ executor }) => executor)).size > 1;
  const find = (place: QualityRecord, protocol: string): QualityRecord | undefined =>
    records.find((r) => r.variant === place.variant && r.executor === place.executor && r.protocol === protocol);
  const best = new Map(protocols.map((protocol) => [protocol, Math.max(...places.map((place) => find(place, protocol)?.mean ?? Number.NEGATIVE_INFINITY))]));
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
  const [first] = records;
  const title = { title: first ? `${first.dataset}, ${first.perImage.length} images` : '' };
  const columns = [title, ...(several ? [{ title: 'on' }] : []), ...protocols.map((name) => ({ title: name, align: 'right' as const }))];
  const notes = [...new Set(records.flatMap(({ note }) => note ?? []))];
  const evidence = [...new Set(records.map((r) => r.evidence))].join(', ');
  return [
    ...(records.length > 0 ? [formatTable(columns, rows, style.dim), style.dim(`  ${evidence}; higher is better`)] : []),
    ...toolsOf(records).map((text) => style.dim(`  ${text}`)),
    ...notes.map((note) => style.dim(`  ${note}`)),
    ...differences.map((difference) => differenceText(difference, style)),
    ...refused.flatMap(({ model, executor, message, nextSteps }) => [style.red(`  ${model} on ${executor}: ${message}`), ...nextSteps.map((step) => style.dim(`    → ${step}`))]),
  ].join('\n');
}

/** `ONNX Runtime` or `SM8550 (v73)`; nothing for interpolation. */
function executorText({ executor, variant }: QualityRecord): string {
  if (isInterpolation(variant)) return '';
  const [kind, chip] = executor.split(':');
  if (kind !== 'emulator' || chip === undefined) return executor === 'host' ? 'ONNX Runtime' : executor;
  return `${chip} (v${resolveSoc(chip).soc.hexagon})`;
}

function toolsOf(records: readonly QualityRecord[]): string[] {
  const builds = [...new Set(records.flatMap(({ tools }) => tools?.['qairt'] ?? []))];
  return builds.map((build) => `emulated by QAIRT ${build} from saved context binaries`);
}

function differenceText({ model, executor, arithmetic, finding }: Difference, style: Style): string {
  if (!finding) return style.dim(`  ${model} on ${executor}: ${arithmetic} explains what differs from ONNX Runtime`);
  return style.red(`  ${model} on ${executor}: ${finding.severity} at ${finding.node}${finding.opType === '' ? '' : ` (${finding.opType})`}: ${finding.reason}`);
}
