const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A horizontal bar of `share` (0–1) of `width` columns, in eighths of a column. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

/** Values as a row of small columns, from the smallest to the largest. */
export function sparkline(values: readonly number[]): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return values.map((value) => LEVELS[high > low ? Math.round(((value - low) / (high - low)) * (LEVELS.length - 1)) : 3]).join('');
}

const LEVELS = [...'▁▂▃▄▅▆▇█'];
