import { displayWidth, fit, padEnd, padStart } from './width.ts';

export interface TextColumn {
  readonly title: string;
  readonly numeric?: boolean;
  /** Left out, the last such first, where the terminal is narrow. */
  readonly optional?: boolean;
  /** Cut where leaving out does not help. */
  readonly flexible?: boolean;
}

/** Rows in columns two blanks apart, no wider than `width`. The titles come first, unless all are empty. */
export function columns(head: readonly TextColumn[], rows: readonly (readonly string[])[], width: number): string[] {
  const natural = head.map(({ title }, i) => Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[i] ?? ''))));
  const shown = keep(head, natural, width);
  const widths = shown.map((i) => natural[i] as number);
  shown.forEach((i, place) => {
    const excess = total(widths) - width;
    if (head[i]?.flexible && excess > 0) widths[place] = Math.max(8, (widths[place] as number) - excess);
  });
  const line = (cells: readonly string[]): string => fit(shown.map((i, place) => {
    const column = widths[place] as number;
    const text = fit(cells[i] ?? '', column);
    return head[i]?.numeric ? padStart(text, column) : padEnd(text, column);
  }).join('  ').trimEnd(), width);
  const titled = head.some(({ title }) => title !== '');
  return [...(titled ? [line(head.map(({ title }) => title))] : []), ...rows.map(line)];
}

/** How wide the widest row would be if nothing gave way. */
export function naturalWidth(head: readonly TextColumn[], rows: readonly (readonly string[])[]): number {
  return total(head.map(({ title }, i) => Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[i] ?? '')))));
}

function keep(head: readonly TextColumn[], natural: readonly number[], width: number): number[] {
  const shown = head.map((_, i) => i);
  while (total(shown.map((i) => natural[i] as number)) > width) {
    const last = shown.findLastIndex((i) => head[i]?.optional);
    if (last < 0) break;
    shown.splice(last, 1);
  }
  return shown;
}

function total(widths: readonly number[]): number {
  return widths.reduce((a, b) => a + b, 0) + 2 * (widths.length - 1);
}
