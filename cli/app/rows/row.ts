import type { Tone } from '../../ui/screen/line.ts';

/** A paragraph about a row. */
export interface AboutLine {
  readonly text: string;
  readonly tone?: Tone;
  /** Columns that it stands to the right. */
  readonly indent?: number;
  /** It is a picture or a table: cut where it does not fit, never wrapped. */
  readonly fixed?: boolean;
}

/**
 * One row of a list. `heading` begins a section, `many` is one of several that may be chosen, `one` one of a section of which one is, `open` has
 * details or does something, `note` only says something.
 */
export interface Row {
  readonly id: string;
  /** What it stands for among the choices. */
  readonly value: string;
  readonly kind: 'heading' | 'many' | 'one' | 'open' | 'note';
  readonly label: string;
  readonly tone?: Tone;
  /** What stands behind the label, in columns. */
  readonly cells: readonly string[];
  readonly chosen: boolean;
  /** Why it cannot be chosen; null where it can. */
  readonly blocked: string | null;
  readonly depth: number;
  /** True where rows below it are shown, false where they are hidden, null where there are none. */
  readonly expanded: boolean | null;
  /** Words that the filter finds it by besides its label and cells. */
  readonly words: string;
  /** Details; `columns` is the room that pictures have. Made when they are shown. */
  readonly about: (columns: number) => readonly AboutLine[];
}

/** A row with nothing but what is given. */
export function row(given: Pick<Row, 'id' | 'kind' | 'label'> & Partial<Row>): Row {
  return { value: given.id, cells: [], chosen: false, blocked: null, depth: 0, expanded: null, words: '', about: () => [], ...given };
}

export function heading(label: string, ...cells: readonly string[]): Row {
  return row({ id: `heading ${label} ${cells.join(' ')}`, kind: 'heading', label, cells });
}

export function note(text: string, tone: Tone = 'dim'): Row {
  return row({ id: `note ${text}`, kind: 'note', label: text, tone });
}

/** Whether the cursor may stand on it. */
export function isStop({ kind }: Row): boolean {
  return kind !== 'heading' && kind !== 'note';
}
