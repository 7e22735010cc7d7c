import { bar, sparkline } from '../bars.ts';
import { formatMs } from '../../../reports/model/format.ts';
import { median } from '../reduce-measures.ts';
import type { BlockSeries } from '../ui-state.ts';
import { fitWidth, padEnd, padStart, textWidth } from '../width.ts';
import { type Line, span } from './line.ts';

const WIDEST_NAME = 26;
const TRACE = 12;

/**
 * Latencies as bars, a group for each unit: median of the block medians, bar against the slowest of the unit, and the blocks so far as
 * a trace. At most `rows` lines; what does not fit is counted in the last one.
 */
export function chartLines(series: readonly BlockSeries[], columns: number, rows: number): Line[] {
  const units = [...new Set(series.map(({ unit }) => unit))];
  const variants = [...new Set(series.map(({ variant }) => variant))];
  const names = Math.min(
    WIDEST_NAME,
    Math.max(8, Math.floor(columns / 3)),
    Math.max(0, ...series.map(({ variant }) => textWidth(variant))),
  );
  const lines = units.flatMap((unit) => {
    const group = variants.flatMap((variant) => series.find((s) => s.unit === unit && s.variant === variant) ?? []);
    const slowest = Math.max(...group.map(({ medians }) => median(medians)));
    return [[span(`  ${unit}`, 'dim')], ...group.map((s) => seriesLine(s, slowest, names, columns))];
  });
  if (lines.length <= rows) return lines;
  return rows < 2 ? [] : [...lines.slice(0, rows - 1), [span(`  … ${lines.length - rows + 1} more`, 'dim')]];
}

/** Lines that all of the bars take. */
export function chartHeight(series: readonly BlockSeries[]): number {
  return new Set(series.map(({ unit }) => unit)).size + series.length;
}

function seriesLine({ variant, medians }: BlockSeries, slowest: number, names: number, columns: number): Line {
  const center = median(medians);
  const value = padStart(formatMs(center), 8);
  const trace = columns >= 60 ? TRACE : 0;
  const room = columns - 4 - names - 2 - textWidth(value) - (trace > 0 ? trace + 2 : 0) - 2;
  return [
    span(`    ${padEnd(fitWidth(variant, names, 'both'), names)}  `),
    span(padEnd(bar(center / slowest, room), room), 'accent'),
    span(`  ${value}`, 'strong'),
    ...(trace > 0 ? [span(`  ${sparkline(medians, trace)}`, 'dim')] : []),
  ];
}
