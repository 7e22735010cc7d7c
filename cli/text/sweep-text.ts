import { cellText } from '../../reports/sweep/format-cell.ts';
import type { SweepReport } from '../../reports/sweep/sweep-schema.ts';
import type { Style } from '../ui/style.ts';

/** One line for each row of a checkpoint that was scored, or why it was not. */
export function scoredText({ name }: { readonly name: string }, { rows, columns, variants }: SweepReport, style: Style): string {
  const failed = variants.map((variant) => variant.failed).find((reason) => reason !== null);
  if (failed !== undefined && variants.every((variant) => variant.failed !== null)) return `${style.red('✗')} ${style.bold(name)}: ${failed}`;
  return rows.map(({ id, cells }) => {
    const values = columns.flatMap((column) => {
      const cell = cells[column.id];
      return cell?.value == null ? [] : [`${[column.title, column.subtitle].filter(Boolean).join(' ')} ${cellText(cell, column)}`];
    });
    return `${style.green('✓')} ${style.bold(id)}: ${values.join(', ')}`;
  }).join('\n');
}
