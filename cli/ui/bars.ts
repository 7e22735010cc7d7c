const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const LEVELS = '▁▂▃▄▅▆▇█';

/** A horizontal bar for a share of 0 to 1, in eighths of a column, not padded. */
export function bar(share: number, columns: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * columns * 8);
  return '█'.repeat(eighths >> 3) + (EIGHTHS[eighths & 7] as string);
}

/** Values over time in one row, the last `columns` of them, from the smallest to the largest; one level where all are equal. */
export function sparkline(values: readonly number[], columns: number): string {
  const shown = values.slice(-Math.max(0, columns)).filter((value) => Number.isFinite(value));
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  return shown.map((value) => LEVELS[high > low ? Math.round(((value - low) / (high - low)) * (LEVELS.length - 1)) : 0]).join('');
}

/** A progress bar of fixed width with a light rail. */
export function progressBar(done: number, total: number, columns: number): string {
  const full = Math.round(Math.min(1, Math.max(0, total > 0 ? done / total : 0)) * columns);
  return '━'.repeat(full) + '─'.repeat(Math.max(0, columns - full));
}
