import { padEnd, padStart, textWidth } from './width.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A table in plain text: columns as wide as their widest cell, two blanks apart. Cells may carry colours. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  titleStyle: (text: string) => string = (text) => text,
): string {
  const widths = columns.map(({ title }, i) => Math.max(textWidth(title), ...rows.map((row) => textWidth(row[i] ?? ''))));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => (align === 'right' ? padStart : padEnd)(cells[i] ?? '', widths[i] as number))
      .join('  ')
      .trimEnd();
  const titles = columns.some(({ title }) => title !== '') ? [titleStyle(line(columns.map(({ title }) => title)))] : [];
  return [...titles, ...rows.map(line)].join('\n');
}
