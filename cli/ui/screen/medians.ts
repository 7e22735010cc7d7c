import { formatMs } from '../../../reports/model/format.ts';
import { plural } from '../numbers.ts';
import { median } from '../reduce-measures.ts';
import type { BlockSeries } from '../ui-state.ts';
import { fitWidth, padEnd, padStart, textWidth } from '../width.ts';
import { fitLine, type Line, span } from './line.ts';

const GAP = 2;
const WIDEST_NAME = 30;
/** Of what says how many columns are left out. */
const COUNT_WIDTH = '  … 99 more'.length;

/**
 * Medians of the blocks so far: a row for each variant, a column for each unit of each device, with how many times the fastest of the
 * column it takes where there is room. Rows and columns that do not fit are counted.
 */
export function medianTable(series: readonly BlockSeries[], columns: number, rows: number): Line[] {
  const variants = [...new Set(series.map(({ variant }) => variant))];
  const places = [...new Map(series.map((s) => [`${s.device} ${s.unit}`, s])).values()];
  if (variants.length === 0 || rows < 2) return [];
  const several = new Set(places.map(({ device }) => device)).size > 1;
  const names = Math.min(WIDEST_NAME, Math.max(8, Math.floor(columns / 3)), Math.max('median'.length, ...variants.map(textWidth)));
  const texts = places.map((place) => columnOf(place, series, variants, several));
  const width = (some: readonly Column[], withRatios: boolean): number => some.reduce((sum, column) => sum + widthOf(column, withRatios) + GAP, 2 + names);
  const withRatios = width(texts, true) <= columns;
  const room = width(texts, withRatios) <= columns ? columns : columns - COUNT_WIDTH;
  const fitting = texts.filter((_, i) => width(texts.slice(0, i + 1), withRatios) <= room);
  const left = texts.length - fitting.length;
  const cells = (of: (column: Column) => string): string => fitting.map((column) => `${' '.repeat(GAP)}${padStart(of(column), widthOf(column, withRatios))}`).join('');
  const shown = variants.length <= rows - 1 ? variants : variants.slice(0, rows - 2);
  return [
    [span(`  ${padEnd('median', names)}${cells(({ title }) => title)}`, 'dim'), span(left > 0 ? `  … ${left} more` : '', 'dim')],
    ...shown.map((variant, row): Line => [span(`  ${padEnd(fitWidth(variant, names, 'both'), names)}`), span(cells((column) => cellText(column, row, withRatios)), 'plain')]),
    ...(shown.length < variants.length ? [[span(`  … ${plural(variants.length - shown.length, 'variant')} more`, 'dim')]] : []),
  ].map((line) => fitLine(line, columns));
}

interface Column {
  readonly title: string;
  readonly values: readonly string[];
  readonly ratios: readonly string[];
}

function columnOf({ device, unit }: BlockSeries, series: readonly BlockSeries[], variants: readonly string[], several: boolean): Column {
  const centers = variants.map((variant) => {
    const own = series.find((s) => s.device === device && s.unit === unit && s.variant === variant);
    return own ? median(own.medians) : null;
  });
  const fastest = Math.min(...centers.flatMap((ms) => ms ?? []));
  return {
    title: several ? `${device} ${unit}` : unit,
    values: centers.map((ms) => (ms === null ? '–' : formatMs(ms))),
    ratios: centers.map((ms) => (ms === null || ms === fastest ? '' : `${(ms / fastest).toFixed(2)}×`)),
  };
}

function cellText({ values, ratios }: Column, row: number, withRatios: boolean): string {
  const widest = Math.max(...ratios.map(textWidth));
  return `${values[row] ?? ''}${withRatios && widest > 0 ? ` ${padStart(ratios[row] ?? '', widest)}` : ''}`;
}

function widthOf(column: Column, withRatios: boolean): number {
  return Math.max(textWidth(column.title), ...column.values.map((_, row) => textWidth(cellText(column, row, withRatios))));
}
