import { sparkline as wholeSparkline } from '../../reports/render/terminal/bar.ts';

export { bar } from '../../reports/render/terminal/bar.ts';

/** The last `columns` values in one row, from the smallest to the largest. */
export function sparkline(values: readonly number[], columns: number): string {
  return wholeSparkline(values.slice(-Math.max(1, columns)).filter((value) => Number.isFinite(value)));
}

/** A progress bar of fixed width with a light rail. */
export function progressBar(done: number, total: number, columns: number): string {
  const full = Math.round(Math.min(1, Math.max(0, total > 0 ? done / total : 0)) * columns);
  return '━'.repeat(full) + '─'.repeat(columns - full);
}
