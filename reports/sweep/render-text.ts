import { INDENT, indent } from '../render/terminal/heading.ts';
import { type Paint, paintWith } from '../render/terminal/paint.ts';
import { displayWidth, fit, padEnd, padStart, wrap } from '../render/terminal/width.ts';
import { oneLine } from '../render/clean-text.ts';
import { numberText } from './format-cell.ts';
import { commonText, type Grid, gridOf, type GridRow } from './grid.ts';
import type { ParetoChart, SweepReport } from './sweep-schema.ts';

export interface SweepTextOptions {
  readonly color: boolean;
  readonly width: number;
}

/**
 * The table for a terminal, never wider than it: columns that do not fit go on below, each part with the names of its rows. Evidence stands over every
 * column; footnotes say what a cell's is where it differs.
 */
export function renderSweepText(report: SweepReport, { color, width }: SweepTextOptions): string {
  const paint = paintWith(color);
  const grid = gridOf(report);
  const room = Math.max(40, width) - INDENT;
  const common = commonText(report);
  return [
    paint('bold', fit(oneLine(report.title), width)), ...(common === '' ? [] : [paint('dim', fit(common, width))]), '',
    ...partsOf(grid, room, paint).flatMap((part) => [...part, '']),
    ...grid.footnotes.flatMap(({ mark, text }) => hanging(mark, oneLine(text), room, paint)),
    ...report.pareto.flatMap((chart) => ['', ...paretoLines(chart, room, paint)]),
    ...report.notes.flatMap((note) => ['', ...wrap(oneLine(note), room).map(indent)]),
  ].join('\n').replace(/\n{3,}/g, '\n\n').trimEnd();
}

interface TextColumn {
  readonly head: readonly [title: string, subtitle: string, evidence: string];
  readonly cells: readonly string[];
  readonly numeric: boolean;
  readonly width: number;
}

/** As many parts as it takes: names of rows, then the columns that fit. */
function partsOf(grid: Grid, room: number, paint: Paint): string[][] {
  const names = nameColumns(grid, room);
  const columns = grid.columns.map(({ title, subtitle, evidence, marks }, i) => {
    const cells = grid.rows.map((row) => `${row.cells[i]?.text ?? ''}${marksText(row.cells[i]?.marks ?? [])}`);
    return columnOf([`${title}${marksText(marks)}`, subtitle, evidence], cells, true, room - widthOf(names) - 2);
  });
  const parts: TextColumn[][] = [];
  for (const column of columns) {
    const last = parts.at(-1);
    if (last && widthOf([...names, ...last, column]) <= room) last.push(column);
    else parts.push([column]);
  }
  return (parts.length === 0 ? [[]] : parts).map((part) => linesOf([...names, ...part], grid.rows.length, paint));
}

/** Names take half of the width at most. */
function nameColumns({ names, rows }: Grid, room: number): TextColumn[] {
  const natural = names.map((name, i) => columnOf([name === 'row' ? '' : name, '', ''], rows.map((row: GridRow) => oneLine(row.names[i] ?? '')), false, room));
  const excess = widthOf(natural) - Math.floor(room / 2);
  const widest = natural.reduce((most, column, i) => (column.width > (natural[most]?.width ?? 0) ? i : most), 0);
  return natural.map((column, i) => (excess > 0 && i === widest ? { ...column, width: Math.max(8, column.width - excess) } : column));
}

function columnOf(head: TextColumn['head'], cells: readonly string[], numeric: boolean, most: number): TextColumn {
  return { head, cells, numeric, width: Math.min(Math.max(8, most), Math.max(...[...head, ...cells].map(displayWidth))) };
}

function linesOf(columns: readonly TextColumn[], rows: number, paint: Paint): string[] {
  const line = (texts: readonly string[]): string => columns.map(({ numeric, width }, i) => (numeric ? padStart : padEnd)(fit(texts[i] ?? '', width), width)).join('  ').trimEnd();
  const head = [0, 1, 2].map((level) => line(columns.map(({ head: over }) => over[level] as string))).filter((text) => text.trim() !== '');
  return [...head.map((text, i) => paint(i === 0 ? 'bold' : 'dim', text)), ...Array.from({ length: rows }, (_, r) => line(columns.map(({ cells }) => cells[r] ?? '')))].map(indent);
}

function widthOf(columns: readonly TextColumn[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + 2 * (columns.length - 1);
}

function marksText(marks: readonly string[]): string {
  return marks.length === 0 ? '' : ` ${marks.join(',')}`;
}

function hanging(mark: string, text: string, room: number, paint: Paint): string[] {
  return wrap(text, room - 4).map((row, i) => indent(paint('dim', `${(i === 0 ? mark : '').padEnd(3)} ${row}`)));
}

/** The front, point by point, and how many are not on it. */
function paretoLines({ x, y, panels }: ParetoChart, room: number, paint: Paint): string[] {
  const axis = (column: ParetoChart['x']): string => [column.title, column.subtitle].filter(Boolean).join(' ');
  const lines = panels.flatMap(({ title, points, without }) => {
    const place = (wanted: string): typeof points => points.filter((point) => point.place === wanted).sort((a, b) => a.x - b.x);
    const front = place('front').map((point) => `${point.label} (${numberText(point.x, x)}, ${numberText(point.y, y)})`);
    const rest = [
      ...(place('tied').length > 0 ? [`within their intervals of it: ${place('tied').map(({ label }) => label).join(', ')}`] : []),
      ...(place('beaten').length > 0 ? [`beaten: ${place('beaten').map(({ label }) => label).join(', ')}`] : []),
      ...(without.length > 0 ? [`without one of the two: ${without.map(({ label, why }) => `${label} (${why})`).join(', ')}`] : []),
    ];
    const said = [front.length > 0 ? front.join(' → ') : 'no variant has both', ...rest].join('; ');
    return wrap(oneLine(`${title === '' ? '' : `${title}: `}${said}`), room - 2).map((text) => indent(indent(text)));
  });
  return [indent(paint('bold', fit(`Front of ${axis(x)} against ${axis(y)}`, room))), ...lines];
}
