import { fitLine, type Line, span, type Tone } from '../../ui/screen/line.ts';
import { fitWidth, padEnd, textWidth } from '../../ui/width.ts';
import type { Row } from '../rows/row.ts';

const GAP = 2;

/** The rows around the cursor that there is room for: marks, labels and cells in columns. A heading that scrolled away stays on top of its section. */
export function listLines(rows: readonly Row[], cursor: number, columns: number, room: number): Line[] {
  const { top, end } = windowAround(cursor, rows.length, room);
  const shown = rows.slice(top, end);
  const widths = columnWidths(shown, columns);
  const lines = shown.map((one, i) => rowLine(one, top + i === cursor, widths, columns));
  const heading = shown[0]?.kind === 'heading' ? null : rows.slice(0, top).findLast(({ kind }) => kind === 'heading');
  if (heading && top > 0 && cursor > top) lines[0] = rowLine(heading, false, widths, columns);
  const hidden = rows.length - end;
  if (hidden > 0 && cursor < end - 1) lines[lines.length - 1] = [span(`   ↓ ${hidden + 1} more`, 'dim')];
  return lines;
}

/** A window of `room` with the cursor in its middle, or nearer to an end of the list. */
function windowAround(cursor: number, length: number, room: number): { top: number; end: number } {
  const top = Math.max(0, Math.min(Math.max(0, cursor) - Math.floor(room / 2), length - room));
  return { top, end: Math.min(length, top + room) };
}

/** Labels take at most half of the width; cells what they need, the last what is left. */
function columnWidths(rows: readonly Row[], columns: number): number[] {
  const items = rows.filter(({ kind }) => kind !== 'heading' && kind !== 'note');
  const label = Math.max(0, ...items.filter(({ cells }) => cells.some((cell) => cell !== '')).map((one) => textWidth(one.label) + 2 * one.depth));
  const count = Math.max(0, ...items.map(({ cells }) => cells.length));
  const cells = Array.from({ length: count }, (_, i) => Math.max(0, ...items.map((one) => textWidth(one.cells[i] ?? ''))));
  return [Math.min(label, Math.max(12, Math.floor(columns * 0.5))), ...cells.map((width, i) => (i < cells.length - 1 ? Math.min(width, Math.floor(columns * 0.25)) : width))];
}

function rowLine(one: Row, isCurrent: boolean, [labelWidth = 0, ...widths]: readonly number[], columns: number): Line {
  if (one.kind === 'heading') return fitLine([span(` ${one.label}`, 'strong'), span(one.cells.length > 0 && one.cells[0] !== '' ? `  ${one.cells.join('  ')}` : '', 'dim')], columns);
  if (one.kind === 'note') return fitLine([span(`   ${one.label}`, one.tone)], columns);
  const tone: Tone = isCurrent ? 'accent' : one.blocked !== null && !one.chosen ? 'dim' : (one.tone ?? 'plain');
  const label = '  '.repeat(one.depth) + one.label;
  const cells = one.cells.map((cell, i) => padEnd(fitWidth(cell, widths[i] ?? 0), widths[i] ?? 0));
  const hasCells = one.cells.some((cell) => cell !== '');
  return fitLine([
    span(isCurrent ? ' ▸ ' : '   ', 'accent'),
    ...(markOf(one) === '' ? [] : [span(`${markOf(one)} `, one.chosen ? 'good' : 'dim')]),
    span(hasCells ? padEnd(fitWidth(label, labelWidth, 'both'), labelWidth) : label, isCurrent && tone !== 'accent' ? 'strong' : tone),
    ...(hasCells ? [span(' '.repeat(GAP)), span(cells.join(' '.repeat(GAP)).trimEnd(), isCurrent ? 'plain' : 'dim')] : []),
  ], columns);
}

/** Signs that differ in shape, not in colour alone. */
function markOf({ kind, chosen, expanded, blocked }: Row): string {
  if (kind === 'many') return chosen ? '[x]' : blocked === null ? '[ ]' : ' ✗ ';
  if (kind === 'one') return chosen ? '(•)' : '( )';
  return expanded === null ? '' : expanded ? '[-]' : '[+]';
}
