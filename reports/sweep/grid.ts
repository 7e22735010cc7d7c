import type { Evidence } from '../../models/contracts/evidence.ts';
import { cellText } from './format-cell.ts';
import type { SweepCell, SweepColumn, SweepReport, SweepRow } from './sweep-schema.ts';

/** A table as text, ready for any rendering: what stands over columns, in cells, and below. */
export interface Grid {
  /** Names of the row's own columns: its label, and the axes that differ. */
  readonly names: readonly string[];
  readonly columns: readonly GridColumn[];
  readonly rows: readonly GridRow[];
  /** Notes that cells refer to, each once, by their mark: `a`, `b`, … */
  readonly footnotes: readonly { readonly mark: string; readonly text: string }[];
}

export interface GridColumn {
  readonly column: SweepColumn;
  readonly title: string;
  readonly subtitle: string;
  /** How most of its values are known, or `published`. */
  readonly evidence: string;
  /** Of footnotes that hold for all of its values. */
  readonly marks: readonly string[];
}

export interface GridRow {
  readonly row: SweepRow;
  readonly names: readonly string[];
  readonly cells: readonly GridCell[];
}

export interface GridCell {
  readonly cell: SweepCell;
  readonly text: string;
  /** Of footnotes. */
  readonly marks: readonly string[];
}

/** Longer reasons become footnotes. */
const SHORT = 22;

/** Lays a report out. A cell whose evidence is not its column's says so in a footnote. */
export function gridOf({ rows, columns, rowAxes, common }: SweepReport): Grid {
  const notes = new Footnotes();
  const shown = columns.map((column): GridColumn => {
    const note = commonNote(column, rows);
    return { column, title: column.title, subtitle: column.subtitle ?? '', evidence: evidenceOf(column, rows), marks: note === null ? [] : [notes.mark(note)] };
  });
  const labelled = rows.some(({ label }) => label !== null);
  const axes = rowAxes.length > 0 || labelled ? rowAxes : ['model'];
  return {
    names: [...(labelled ? ['row'] : []), ...axes],
    columns: shown,
    rows: rows.map((row) => ({
      row, names: [...(labelled ? [row.label ?? ''] : []), ...axes.map((axis) => axisText(row, axis, common))],
      cells: shown.map((over) => gridCell(row.cells[over.column.id] as SweepCell, over, commonNote(over.column, rows), notes)),
    })),
    footnotes: notes.list,
  };
}

/** The evidence that most values of a column have. */
function evidenceOf({ id, source }: SweepColumn, rows: readonly SweepRow[]): string {
  if (source === 'published') return 'published';
  const counts = new Map<Evidence, number>();
  for (const { cells } of rows) {
    const found = cells[id]?.evidence;
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}

/** The note that all values of a column have, where there are several. */
function commonNote({ id }: SweepColumn, rows: readonly SweepRow[]): string | null {
  const values = rows.flatMap(({ cells }) => (cells[id]?.value == null ? [] : [cells[id] as SweepCell]));
  const [first] = values;
  return first && values.length > 1 && values.every(({ note, evidence }) => note === first.note && evidence === first.evidence) ? first.note : null;
}

function gridCell(cell: SweepCell, { column, evidence }: GridColumn, common: string | null, notes: Footnotes): GridCell {
  const text = cellText(cell, column);
  const isLong = cell.value === null && text.length > SHORT;
  const said = [
    ...(cell.evidence !== null && cell.evidence !== evidence ? [cell.evidence] : []),
    ...(isLong ? [text] : []), ...(cell.note === null || cell.note === common ? [] : [cell.note]),
  ].join(': ');
  return { cell, text: isLong ? '–' : text, marks: said === '' ? [] : [notes.mark(said)] };
}

function axisText({ axes, label }: SweepRow, axis: string, common: SweepReport['common']): string {
  const [own, shared] = [axes, common] as readonly Readonly<Record<string, unknown>>[];
  const value = own && axis in own ? own[axis] : shared?.[axis];
  if (value === undefined) return label === null ? '' : '–';
  if (value === null) return 'own';
  return axis === 'scale' ? `×${String(value)}` : String(value);
}

/** Letters for notes, in the order in which they come up. */
class Footnotes {
  readonly #marks = new Map<string, string>();

  mark(text: string): string {
    const known = this.#marks.get(text);
    if (known !== undefined) return known;
    const mark = letters(this.#marks.size);
    this.#marks.set(text, mark);
    return mark;
  }

  get list(): { mark: string; text: string }[] {
    return [...this.#marks].map(([text, mark]) => ({ mark, text }));
  }
}

/** a … z, aa, ab, … */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

/** What is the same in the whole table, as a line. */
export function commonText({ common, rowAxes, rows }: SweepReport): string {
  const hidden = rowAxes.length === 0 && rows.every(({ label }) => label === null) ? ['model'] : [];
  const parts = Object.entries(common).filter(([axis, value]) => value !== null && value !== 'none' && value !== 'own' && !hidden.includes(axis));
  return parts.map(([axis, value]) => (axis === 'scale' ? `×${value}` : String(value))).join(', ');
}
