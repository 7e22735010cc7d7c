import { formatQuality } from '../../../model/format.ts';
import type { ReportQualityChange } from '../../../model/report.ts';
import { executorText, gainText, type QualityCell, type QualityRow, type QualityTable, qualityTables } from '../../quality-table.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { code, details, evidence, numeric, quiet, type Section, table, variantName, warningList } from '../parts.ts';
import type { View } from '../view.ts';
import { imageCompare } from './image-compare.ts';

/** Scores under named protocols, then pieces of images to look at. */
export function qualitySection(view: View): Section | null {
  const tables = qualityTables(view.report);
  if (tables.length === 0) return null;
  return { id: 'quality', title: 'Quality', body: markup`${tables.map((one) => scores(view, one))}${imageCompare(view)}` };
}

function scores(view: View, one: QualityTable): Markup {
  const { dataset, protocols, rows } = one;
  const { reference, protocols: explained, qualityChanges } = view.report;
  const several = qualityChanges.some(({ base }) => base !== reference);
  const columns = ['Variant', ...(one.severalExecutors ? ['On'] : []), ...protocols.map((name) => numeric(markup`<code>${name}</code>`))];
  const named = ({ variant }: QualityRow): Markup => variantName(variant, view.series(variant));
  const kinds = [...new Set(rows.flatMap((row) => row.cells.flatMap((cell) => cell?.record.evidence ?? [])))];
  return markup`<h3>${dataset} ${kinds.map((kind) => [evidence(kind), ' '])}</h3>
${table(`Quality on ${dataset}`, columns, rows.map((row) => [named(row), ...(one.severalExecutors ? [executorText(row)] : []), ...row.cells.map(score)]))}
<p>${quiet(`Small figures: against ${several ? 'the first variant of the same model' : (reference ?? 'the reference')} on the same images, with the 95 % interval over the image set.`)}</p>
${warningList(notes(one))}
${details('What the protocols fix', markup`<dl>${protocols.map((p) => markup`<dt>${code(p)}</dt><dd>${explained[p] ?? ''}</dd>`)}</dl>`)}
${details('Every image', protocols.map((_, p) => perImage(one, p, named)))}`;
}

/** Notes of the records; one that holds for several variants stands once. */
function notes({ rows }: QualityTable): string[] {
  const noted = rows.flatMap((row) => row.cells.flatMap((cell) => (cell?.record.note ? [cell.record] : [])));
  return [...new Set(noted.map(({ note }) => note))].map((note) => {
    const variants = [...new Set(noted.filter((record) => record.note === note).map(({ variant }) => variant))];
    return variants.length > 1 && variants.length >= rows.length - 1 ? `All models: ${note}` : `${variants.join(', ')}: ${note}`;
  });
}

function score(cell: QualityCell | null): Piece {
  if (!cell) return '–';
  const { record, change } = cell;
  const value = formatQuality(record.mean, record.unit);
  return change ? markup`${value}<br><small class="${tone(change)}">${gainText(change)}${range(change)}</small>` : value;
}

function tone(change: ReportQualityChange): 'same' | 'worse' | 'better' {
  const { low, high } = change.drop;
  if (gainText(change).startsWith('±') || (low !== null && high !== null && low <= 0 && high >= 0)) return 'same';
  return change.drop.center > 0 ? 'worse' : 'better';
}

function range(change: ReportQualityChange): string {
  const { low, high } = change.drop;
  if (low === null || high === null || tone(change) === 'same') return '';
  const gain = (center: number): string => gainText({ ...change, drop: { ...change.drop, center } });
  return ` (${gain(high)} to ${gain(low)})`;
}

function perImage({ protocols, rows, severalExecutors }: QualityTable, place: number, named: (row: QualityRow) => Markup): Markup {
  const protocol = protocols[place] ?? '';
  const cells = rows.map((row) => row.cells[place] ?? null);
  const images = cells.find((cell) => cell)?.record.perImage.map((entry) => entry.image) ?? [];
  const value = (cell: QualityCell | null, image: string): string => {
    const found = cell?.record.perImage.find((entry) => entry.image === image);
    return found && cell ? formatQuality(found.value, cell.record.unit) : '–';
  };
  const columns = [markup`<code>${protocol}</code>`, ...rows.map((row) => numeric(severalExecutors ? markup`${named(row)}<br>${quiet(executorText(row))}` : named(row)))];
  return table(`${protocol}, every image`, columns, images.map((image) => [image, ...cells.map((cell) => value(cell, image))]));
}
