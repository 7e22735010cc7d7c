import { formatQuality } from '../../../model/format.ts';
import type { ReportQualityChange } from '../../../model/report.ts';
import { gainText, type QualityCell, type QualityTable, qualityTables } from '../../quality-table.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { details, evidence, type Section, table, variantName } from '../parts.ts';
import type { View } from '../view.ts';
import { imageCompare } from './image-compare.ts';

/** Scores under named protocols, then pieces of images to look at. */
export function qualitySection(view: View): Section | null {
  const tables = qualityTables(view.report);
  if (tables.length === 0) return null;
  return { id: 'quality', title: 'Quality', body: markup`${tables.map((one) => scores(view, one))}${imageCompare(view)}` };
}

function scores(view: View, { dataset, protocols, rows }: QualityTable): Markup {
  const notes = [...new Set(rows.flatMap((row) => row.cells.flatMap((cell) => (cell?.record.note ? [`${row.variant}: ${cell.record.note}`] : []))))];
  return markup`<h3>${dataset} ${evidence(rows[0]?.cells.find((cell) => cell)?.record.evidence ?? null)}</h3>
${table(`Quality on ${dataset}`, [{ title: 'Variant' }, ...protocols.flatMap((title) => [{ title: markup`<code>${title}</code>`, numeric: true }])], rows.map((row) => [variantName(row.variant, view.series(row.variant)), ...row.cells.map(score)]))}
<p class="quiet">Small figures: against ${view.report.reference ?? 'the reference'} on the same images, with the 95 % interval over the image set.</p>
${notes.length === 0 ? null : markup`<ul class="warnings">${notes.map((text) => markup`<li>${text}</li>`)}</ul>`}
${details('What the protocols fix', markup`<dl>${protocols.map((name) => markup`<dt><code>${name}</code></dt><dd>${view.report.protocols[name] ?? ''}</dd>`)}</dl>`)}
${details('Every image', protocols.map((protocol, p) => perImage(view, protocol, rows.map((row) => ({ variant: row.variant, cell: row.cells[p] ?? null })))))}`;
}

function score(cell: QualityCell | null): Piece {
  if (!cell) return '–';
  const { record, change } = cell;
  return [formatQuality(record.mean, record.unit), change && markup`<br><small class="${tone(change)}">${gainText(change)}${range(change)}</small>`];
}

function tone(change: ReportQualityChange): string {
  if (gainText(change).startsWith('±')) return 'same';
  return change.drop.center > 0 ? 'worse' : 'better';
}

function range(change: ReportQualityChange): string {
  const { low, high } = change.drop;
  if (low === null || high === null || tone(change) === 'same') return '';
  return ` (${gainText({ ...change, drop: { ...change.drop, center: high } })} to ${gainText({ ...change, drop: { ...change.drop, center: low } })})`;
}

function perImage(view: View, protocol: string, columns: readonly { readonly variant: string; readonly cell: QualityCell | null }[]): Markup {
  const images = columns[0]?.cell?.record.perImage.map((entry) => entry.image) ?? [];
  return table(`${protocol}, every image`, [{ title: markup`<code>${protocol}</code>` }, ...columns.map(({ variant }) => ({ title: variantName(variant, view.series(variant)), numeric: true }))], images.map((image) => [
    image, ...columns.map(({ cell }) => {
      const value = cell?.record.perImage.find((entry) => entry.image === image)?.value;
      return value === undefined ? '–' : formatQuality(value, cell?.record.unit ?? '');
    }),
  ]));
}
