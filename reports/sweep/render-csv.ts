import { oneLine } from '../render/clean-text.ts';
import type { SweepReport } from './sweep-schema.ts';

const COLUMNS = ['row', 'model', 'scale', 'resolution', 'rewrite', 'compress', 'precision', 'source', 'column', 'value', 'unit', 'low', 'high', 'evidence', 'note', 'missing'] as const;

/** Every cell in long form (RFC 4180), one a line. Where axes lie side by side, their values stand in the column's name. */
export function renderSweepCsv({ rows, columns }: SweepReport): string {
  const lines = rows.flatMap(({ id, axes, cells }) =>
    columns.map((column) => {
      const cell = cells[column.id];
      const { model, scale, resolution, rewrite, compress, precision } = axes;
      return [id, model, scale, resolution, rewrite, compress, precision, column.source, column.id, cell?.value, column.unit, cell?.low, cell?.high, cell?.evidence, cell?.note, cell?.missing];
    }),
  );
  return [COLUMNS, ...lines].map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

/** Quoted where it must be; a text that a spreadsheet would run as a formula gets an apostrophe in front. */
function field(value: string | number | null | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = oneLine(value).replace(/^[=+\-@]/, "'$&");
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
