import { formatCount, formatMs } from '../../../model/format.ts';
import type { ReportOperations, ReportSustained } from '../../../model/report.ts';
import { frameTimes, type OperationRow, operationRows, profileText } from '../../device-text.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { code, details, evidence, numeric, quiet, type Section, table, variantName } from '../parts.ts';
import type { View } from '../view.ts';

const SHOWN = 12;

/** Cycles by operation on the accelerator, and how models hold a frame rate. */
export function operationsSection(view: View): Section | null {
  const { operations = [], sustained = [] } = view.report;
  if (operations.length + sustained.length === 0) return null;
  return {
    id: 'operations', title: operations.length > 0 ? 'Where the time goes' : 'At a frame rate',
    body: markup`${operations.map((profile) => profileOf(view, profile))}${sustained.length > 0 && frames(view, sustained)}`,
  };
}

function profileOf(view: View, profile: ReportOperations): Markup {
  const { variant, device, unit } = profile;
  const rows = operationRows(profile);
  const name = `Operations of ${variant} on ${device}`;
  const columns = ['Operation', 'Type', numeric('Cycles'), numeric('Share'), ''];
  return markup`<h3>${variantName(variant, view.series(variant))} on ${device}, ${unit} ${evidence(profile.evidence)}</h3>
<p>${quiet(`${profileText(profile)}; operations run side by side, so that shares are of their sum. What was fused into another operation shows none.`)}</p>
${table(name, columns, rows.slice(0, SHOWN).map(operationRow))}
${rows.length > SHOWN && details(`All ${rows.length} operations`, table(`All ${name.toLowerCase()}`, columns, rows.map(operationRow)))}`;
}

function operationRow({ name, opType, cycles, share }: OperationRow): Piece[] {
  const percent = (100 * share).toFixed(1);
  return [code(name), opType ?? '–', formatCount(cycles), `${percent} %`, markup`<svg class="share" viewBox="0 0 100 8" width="100" height="8" aria-hidden="true"><rect width="${percent}" height="8"/></svg>`];
}

function frames(view: View, records: readonly ReportSustained[]): Markup {
  const columns = ['Variant', 'Device', 'Unit', ...['Frames a second', 'Missed', 'p50', 'p99', 'CPU', 'Energy'].map(numeric), 'Evidence'];
  return markup`<h3>At a frame rate</h3>${table('At a frame rate', columns, records.map((record) => {
    const { p50, p99 } = frameTimes(record);
    return [
      variantName(record.variant, view.series(record.variant)), record.device, record.unit, `${record.framesPerSecond} for ${record.seconds} s`, `${record.missed} of ${record.frames}`,
      formatMs(p50), formatMs(p99), record.cpuSeconds === null ? '–' : `${record.cpuSeconds.toFixed(1)} s`, record.energyJoules === null ? '–' : `${record.energyJoules.toFixed(1)} J`, evidence(record.evidence),
    ];
  }))}${records.some(({ health }) => health.length > 0) && details('Heat on the way', table('Heat on the way', ['Variant', 'Device', numeric('Second'), 'State'], records.flatMap((record) => record.health.map(({ atSeconds, text }) => [record.variant, record.device, atSeconds.toFixed(0), text]))))}`;
}
