import { fitLine, type Line, span, type Tone } from '../../ui/screen/line.ts';
import { fitWidth, padEnd, textWidth } from '../../ui/width.ts';
import type { Row } from '../rows/row.ts';

const GAP = 2;
const INDENT = '    ';

/** The rows around the cursor that there is room for: marks, labels and cells in columns. A heading that scrolled away stays on top of its section. */
export function listLines(rows: readonly Row[], cursor: number, columns: number, room: number): Line[] {
  const { top, end } = windowAround(cursor, rows.length, room);
  const shown = rows.slice(top, end);
  const widths = sectionWidths(shown, columns);
  const lines = shown.map((one, i) => rowLine(one, top + i === cursor, widths.get(one) ?? [], columns));
  const heading = shown[0]?.kind === 'heading' ? null : rows.slice(0, top).findLast(({ kind }) => kind === 'heading');
  if (heading && top > 0 && cursor > top) lines[0] = rowLine(heading, false, [], columns);
  const hidden = rows.length - end;
  if (hidden > 0 && cursor < end - 1) lines[lines.length - 1] = [span(`   ↓ ${hidden + 1} more`, 'dim')];
  return lines;
}

/** A window of `room` with the cursor in its middle, or nearer to an end of the list. */
function windowAround(cursor: number, length: number, room: number): { top: number; end: number } {
  const top = Math.max(0, Math.min(Math.max(0, cursor) - Math.floor(room / 2), length - room));
  return { top, end: Math.min(length, top + room) };
}

/** Widths of the label and of each cell. Labels stand in one column through the whole list unless a section lacks the room, cells in columns of their section. */
type Widths = readonly number[];

const MARKS = 7;
/** Of the last cell, and of others: the longest severity is whole. */
const LEAST_LAST = 12;
const LEAST_CELL = 17;

/** Where labels alone must do. */
const NARROW = 50;

function sectionWidths(rows: readonly Row[], columns: number): ReadonlyMap<Row, Widths> {
  const widths = new Map<Row, Widths>();
  let section: Row[] = [];
  const settle = (): void => {
    const items = section.filter(hasCells);
    const wanted = naturalWidths(labelWidth(rows), items);
    const fitted = total(wanted) <= columns - MARKS ? wanted : fittedWidths(naturalWidths(labelWidth(items), items), columns - MARKS);
    for (const one of section) widths.set(one, fitted);
    section = [];
  };
  for (const one of rows) {
    if (one.kind === 'heading') settle();
    section.push(one);
  }
  settle();
  return widths;
}

function labelWidth(rows: readonly Row[]): number {
  return Math.max(0, ...rows.filter(hasCells).map((one) => textWidth(one.label) + INDENT.length * one.depth));
}

function naturalWidths(label: number, rows: readonly Row[]): Widths {
  return [label, ...Array.from({ length: Math.max(0, ...rows.map((one) => one.cells.length)) }, (_, i) => Math.max(0, ...rows.map((one) => textWidth(one.cells[i] ?? ''))))];
}

function total(widths: Widths): number {
  return widths.reduce((sum, width) => sum + (width > 0 ? width + GAP : 0), -GAP);
}

/** Where there is too little room the last cell gives way first, then the other cells, then the label, and at last cells go. */
function fittedWidths(natural: Widths, room: number): Widths {
  const widths = [...natural];
  let excess = total(widths) - room;
  const giveWay = (at: number, least: number): void => {
    const given = Math.max(0, Math.min(excess, (widths[at] ?? 0) - least));
    widths[at] = (widths[at] ?? 0) - given;
    excess -= given;
  };
  for (let at = widths.length - 1; at > 0; at--) giveWay(at, at === widths.length - 1 ? LEAST_LAST : LEAST_CELL);
  if (room < NARROW) for (let at = widths.length - 1; at > 0; at--) giveWay(at, 0);
  giveWay(0, Math.max(LEAST_LAST, Math.floor(room * 0.5)));
  for (let at = widths.length - 1; at > 0; at--) giveWay(at, 0);
  return widths;
}

function hasCells({ kind, cells }: Row): boolean {
  return kind !== 'heading' && kind !== 'note' && cells.some((cell) => cell !== '');
}

function rowLine(one: Row, isCurrent: boolean, [ofLabel = 0, ...widths]: Widths, columns: number): Line {
  if (one.kind === 'heading') return fitLine([span(` ${one.label}`, 'strong'), span(one.cells.length > 0 && one.cells[0] !== '' ? `  ${one.cells.join('  ')}` : '', 'dim')], columns);
  if (one.kind === 'note') return fitLine([span(`   ${one.label}`, one.tone)], columns);
  const tone: Tone = isCurrent ? 'accent' : one.blocked !== null && !one.chosen ? 'dim' : (one.tone ?? 'plain');
  const label = INDENT.repeat(one.depth) + one.label;
  const cells = one.cells.flatMap((cell, i) => ((widths[i] ?? 0) > 0 ? [padEnd(fitWidth(cell, widths[i] ?? 0), widths[i] ?? 0)] : []));
  return fitLine([
    span(isCurrent ? ' ▸ ' : '   ', 'accent'),
    ...(markOf(one) === '' ? [] : [span(`${markOf(one)} `, one.chosen ? 'good' : 'dim')]),
    span(hasCells(one) ? padEnd(fitWidth(label, ofLabel, / /.test(one.label) ? 'start' : 'both'), ofLabel) : label, isCurrent && tone !== 'accent' ? 'strong' : tone),
    ...(hasCells(one) ? [span(' '.repeat(GAP)), span(cells.join(' '.repeat(GAP)).trimEnd(), isCurrent ? 'plain' : 'dim')] : []),
  ], columns);
}

/** Signs that differ in shape, not in colour alone. */
function markOf({ kind, chosen, expanded, blocked }: Row): string {
  if (kind === 'many') return chosen ? '[x]' : blocked === null ? '[ ]' : ' ✗ ';
  if (kind === 'one') return chosen ? '(•)' : '( )';
  return expanded === null ? '' : expanded ? '[-]' : '[+]';
}
