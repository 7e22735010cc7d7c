interface Row {
  cells: string[];
  /** Its text goes on in the next row because the terminal was too narrow. */
  wrapped: boolean;
}

interface Screen {
  rows: Row[];
  /** Index of the row at the top of the terminal; those before are the scrollback. */
  top: number;
  x: number;
  y: number;
}

/**
 * A terminal in memory: rows with a scrollback, a second screen, the few sequences that drawing in place needs, and lines that break anew when the width
 * changes, as in tmux. What it does not know is an error, so that nothing else is ever sent.
 */
export class ScreenEmulator {
  columns: number;
  rows: number;
  cursorShown = true;
  isSecond = false;
  #main: Screen;
  #second: Screen = blank();
  #waits = false;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#main = blank();
  }

  write(text: string): boolean {
    for (const piece of text.match(/\x1b\[[?\d;]*[A-Za-z]|[\s\S]/gu) ?? []) this.#take(piece);
    return true;
  }

  /** Lines of the first screen with all that scrolled away, broken lines joined, empty ones at the end left out. */
  lines(): string[] {
    const all = joined(this.#main.rows).map(({ text }) => text.trimEnd());
    return all.slice(0, all.findLastIndex((line) => line !== '') + 1);
  }

  /** What is seen now. */
  seen(): string[] {
    const { rows, top } = this.#now;
    const all = rows.slice(top, top + this.rows).map(({ cells }) => cells.join('').trimEnd());
    return all.slice(0, all.findLastIndex((line) => line !== '') + 1);
  }

  resize(columns: number, rows: number): void {
    this.#waits = false;
    this.#main = reflowed(this.#main, columns, rows);
    this.columns = columns;
    this.rows = rows;
    this.#second.rows = this.#second.rows.slice(0, rows).map(({ cells }) => ({ cells: cells.slice(0, columns), wrapped: false }));
    this.#second.y = Math.min(this.#second.y, rows - 1);
  }

  get #now(): Screen {
    return this.isSecond ? this.#second : this.#main;
  }

  #take(piece: string): void {
    const screen = this.#now;
    const code = /^\x1b\[(\??)([\d;]*)([A-Za-z])$/.exec(piece);
    if (code) {
      this.#waits = false;
      this.#sequence(screen, `${code[1]}${code[3]}`, (code[2] as string).split(';').map(Number));
      return;
    }
    if (piece === '\r') {
      screen.x = 0;
      this.#waits = false;
    } else if (piece === '\n') this.#down(screen);
    else {
      if (this.#waits) {
        rowAt(screen, screen.y).wrapped = true;
        this.#down(screen);
        screen.x = 0;
      }
      const { cells } = rowAt(screen, screen.y);
      while (cells.length < screen.x) cells.push(' ');
      cells[screen.x] = piece;
      this.#waits = screen.x === this.columns - 1;
      if (!this.#waits) screen.x++;
    }
  }

  #down(screen: Screen): void {
    this.#waits = false;
    screen.y++;
    if (screen.y >= screen.top + this.rows) {
      if (this.isSecond) screen.rows.shift();
      else screen.top++;
      if (this.isSecond) screen.y--;
    }
    rowAt(screen, screen.y);
  }

  #sequence(screen: Screen, name: string, [first = 0, second = 0]: readonly number[]): void {
    if (name === 'A') screen.y = Math.max(screen.top, screen.y - Math.max(1, first));
    else if (name === 'H') [screen.y, screen.x] = [screen.top + Math.max(1, first) - 1, Math.max(1, second) - 1];
    else if (name === 'K' && first === 0) cut(rowAt(screen, screen.y), screen.x);
    else if (name === 'J' && first === 0) {
      cut(rowAt(screen, screen.y), screen.x);
      screen.rows.length = screen.y + 1;
    } else if (name === 'm' || ((name === '?h' || name === '?l') && first === 2026)) return;
    else if ((name === '?h' || name === '?l') && first === 25) this.cursorShown = name === '?h';
    else if ((name === '?h' || name === '?l') && first === 1049) {
      this.isSecond = name === '?h';
      this.#second = blank();
    } else throw new Error(`An escape sequence that nobody should send: ${name} ${first}`);
  }
}

function blank(): Screen {
  return { rows: [{ cells: [], wrapped: false }], top: 0, x: 0, y: 0 };
}

function rowAt({ rows }: Screen, y: number): Row {
  while (rows.length <= y) rows.push({ cells: [], wrapped: false });
  return rows[y] as Row;
}

function cut(row: Row, x: number): void {
  row.cells.length = Math.min(row.cells.length, x);
  row.wrapped = false;
}

function joined(rows: readonly Row[]): { text: string; from: number }[] {
  const lines: { text: string; from: number }[] = [];
  rows.forEach(({ cells }, y) => {
    if (y > 0 && rows[y - 1]?.wrapped) (lines.at(-1) as { text: string }).text += cells.join('');
    else lines.push({ text: cells.join(''), from: y });
  });
  return lines;
}

/** Lines broken anew; the cursor stays at its place in the text. */
function reflowed({ rows: before, x, y }: Screen, columns: number, height: number): Screen {
  const lines = joined(before);
  const own = lines.findLastIndex(({ from }) => from <= y);
  const at = before.slice((lines[own] as { from: number }).from, y).reduce((sum, { cells }) => sum + cells.length, 0) + x;
  const rows: Row[] = [];
  let cursor = { x: 0, y: 0 };
  lines.forEach(({ text }, i) => {
    const characters = [...text];
    const parts = Math.max(1, Math.ceil(characters.length / columns));
    if (i === own) cursor = { x: at % columns, y: rows.length + Math.min(parts - 1, Math.floor(at / columns)) };
    for (let part = 0; part < parts; part++) rows.push({ cells: characters.slice(part * columns, (part + 1) * columns), wrapped: part < parts - 1 });
  });
  return { rows, top: Math.max(0, Math.max(cursor.y, rows.findLastIndex(({ cells }) => cells.length > 0)) + 1 - height), ...cursor };
}
