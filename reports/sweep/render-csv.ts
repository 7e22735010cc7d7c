import { csvField } from '../render/csv-field.ts';
import type { SweepReport } from './sweep-schema.ts';

const COLUMNS = [
  'row', 'model', 'scale', 'resolution', 'rewrite', 'compress', 'precision', 'source', 'column', 'value', 'unit', 'low', 'high', 'evidence', 'note', 'missing',
] as const;

/** Every cell in long form (RFC 4180), one a line. Where axes lie side by side, their values stand in the column's name. */
export function renderSweepCsv({ rows, columns }: SweepReport): string {
  const lines = rows.flatMap(({ id, axes, cells }) =>
    columns.map((column) => {
      const cell = cells[column.id];
      const { model, scale, resolution, rewrite, compress, precision } = axes;
      const said = [cell?.value, column.unit, cell?.low, cell?.high, cell?.evidence, cell?.note, cell?.missing];
      return [id, model, scale, resolution, rewrite, compress, precision, column.source, column.id, ...said];
    }),
  );
  return [COLUMNS, ...lines].map((cells) => `${cells.map(csvField).join(',')}\r\n`).join('');
}
